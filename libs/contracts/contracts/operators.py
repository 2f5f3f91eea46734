"""Who runs the platform, as the access log names him, and what he does there. He has the databases' passwords and asks no
policy; instead each deed of his is a line with a reason."""

import re
from enum import StrEnum
from typing import Final
from uuid import UUID

from contracts.ids import AccountId, UserId

# Fixed, so that every installation and every line means the same by them: whoever operates, and where he works.
OPERATOR: Final = UserId(UUID("0197a000-0000-7000-8000-0000000000a1"))
PLATFORM: Final = AccountId(UUID("0197a000-0000-7000-8000-0000000000a0"))

# The rule that a line of his names, where a person's names the grant or the role.
RULE: Final = "operator"


class OperatorAction(StrEnum):
    """What an operator does to what people entrusted to the platform. None of these is asked of a policy."""

    EVENTS_REPLAY = "events.replay"
    EVENTS_DROP = "events.drop"
    EVENTS_REBUILD = "events.rebuild"
    EVENTS_UNMASK = "events.unmask"
    ERASE_DOSSIER = "erasure.dossier"
    ERASE_USER = "erasure.user"
    ERASE_ACCOUNT = "erasure.account"
    BACKUP_MAKE = "backup.make"
    BACKUP_RESTORE = "backup.restore"


class OperatorReason(StrEnum):
    """Why he does it. A code and no words: what he would write might tell of a person, and the log is kept for years."""

    FAULT = "fault"
    """Something in the software or in its data is mended."""
    INCIDENT = "incident"
    """A leak, an attack or an outage is looked into."""
    REQUEST = "request"
    """The person or the organisation whom it is about asked for it."""
    DUTY = "duty"
    """The law or a supervisor demands it."""
    MAINTENANCE = "maintenance"
    """Planned work: a release, a backup, an exercise."""


# Where the words stand: the number of a ticket, in which no sentence fits.
REFERENCE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/#-]{0,39}", re.ASCII)
