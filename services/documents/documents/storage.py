"""Where files' contents are kept, and how they are linked to. An object is never written or removed beside a commit: it is
put under a new id before, and removed by work that the commit opens."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from chassis.keyrings import Keyring
from chassis.objects import ObjectMissing, ObjectStore, content_missing
from chassis.problems import Unavailable
from chassis.reading_links import LinkExpired, ReadingLink, check, link
from contracts.ids import FileId, new_id

FOLDER: Final = "documents/files"

# So many are held in memory whole at once, while they are looked at and put away.
AT_ONCE: Final = 4


@dataclass(frozen=True)
class Files:
    """The contents of files, and the key of the links to them."""

    store: ObjectStore
    ring: Keyring
    room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def keep(self, content: bytes, *, kind: str) -> UUID:
        """The new object's id. Raises Unavailable."""
        object_id = new_id()
        try:
            await self.store.put(object_name(object_id), content, kind=kind)
        except OSError:
            raise Unavailable from None
        return object_id

    async def read(self, object_id: UUID) -> bytes:
        """Raises Unavailable: also when it is not there, of which the next look at the file says whether that is as it must
        be."""
        try:
            return await self.store.get(object_name(object_id))
        except ObjectMissing:
            content_missing("documents", object_id)
            raise Unavailable from None
        except OSError:
            raise Unavailable from None

    def link(self, file_id: FileId, object_id: UUID | None, *, reader: UUID, now: datetime) -> ReadingLink | None:
        """For one reader; None where nothing has come yet."""
        if object_id is None:
            return None
        return link(self.ring, f"/documents/v1/files/{file_id}/content", _what(object_id), reader=reader, now=now)

    def check(self, token: str, object_id: UUID | None, *, reader: UUID, now: datetime) -> UUID:
        """What may be read by this link. Raises LinkExpired."""
        if object_id is None:
            raise LinkExpired
        check(self.ring, token, _what(object_id), reader=reader, now=now)
        return object_id


def object_name(object_id: UUID) -> str:
    return f"{FOLDER}/{object_id}"


def _what(object_id: UUID) -> str:
    return f"file {object_id}"
