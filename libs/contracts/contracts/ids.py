"""Names for identifiers. All are UUIDs; new ones are version 7, so that they sort by the time of their making."""

from typing import NewType
from uuid import UUID

import uuid_utils.compat

AccountId = NewType("AccountId", UUID)
UserId = NewType("UserId", UUID)
ClientId = NewType("ClientId", UUID)
ClientGroupId = NewType("ClientGroupId", UUID)
DossierId = NewType("DossierId", UUID)
EventId = NewType("EventId", UUID)
FileId = NewType("FileId", UUID)
GrantId = NewType("GrantId", UUID)
GroupAccessId = NewType("GroupAccessId", UUID)
LevelId = NewType("LevelId", UUID)


def new_id() -> UUID:
    """A fresh identifier (UUIDv7, RFC 9562)."""
    return uuid_utils.compat.uuid7()
