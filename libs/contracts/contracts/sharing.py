"""What sharing states: levels, and grants given, changed and ended."""

from datetime import date
from enum import StrEnum

from contracts import access_log
from contracts.events import ENFORCERS, Event, Rights
from contracts.ids import AccountId, DossierId, GrantId, LevelId, UserId


class Onward(StrEnum):
    """How far a recipient may pass a dossier on (SHR-24)."""

    NONE = "none"
    OWN_ORGANISATION = "own-organisation"
    ANY = "any"


class GrantStatus(StrEnum):
    """Whether a grant still opens something."""

    LIVE = "live"
    ENDED = "ended"


class LevelDefined(Event, type="nl.keten.sharing.level-defined.v1", key="level_id", enforced_by=ENFORCERS):
    """An account made a level of its own; a level never changes afterwards, a better one is another row."""

    level_id: LevelId
    account_id: AccountId
    code: str
    rights: Rights


class GrantFact(Event):
    """All that decides what a grant opens, as it is after the fact. `until` is the first day without access."""

    grant_id: GrantId
    dossier_id: DossierId
    account_id: AccountId
    recipient_id: UserId
    recipient_account_id: AccountId
    given_by: UserId
    parent_id: GrantId | None
    level_id: LevelId
    level_code: str
    rights: Rights
    until: date | None
    onward: Onward
    status: GrantStatus


class GrantGiven(
    GrantFact, type="nl.keten.sharing.grant-given.v1", key="dossier_id", subject="grant_id", enforced_by=ENFORCERS
):
    """A dossier was shared with one person (SHR-6)."""


class GrantChanged(
    GrantFact, type="nl.keten.sharing.grant-changed.v1", key="dossier_id", subject="grant_id", enforced_by=ENFORCERS
):
    """A person reaches a dossier at another level or until another day (SHR-11)."""


class GrantWithdrawn(
    GrantFact, type="nl.keten.sharing.grant-withdrawn.v1", key="dossier_id", subject="grant_id", enforced_by=ENFORCERS
):
    """A person no longer reaches a dossier (SHR-12)."""


class GrantLeft(
    GrantFact, type="nl.keten.sharing.grant-left.v1", key="dossier_id", subject="grant_id", enforced_by=ENFORCERS
):
    """A recipient gave a shared dossier back by himself (SHR-12)."""


class AccessLogged(access_log.AccessLogged, type="nl.keten.sharing.access-logged.v1", key="dossier_id"):
    """What was done with a dossier's grants, and what was refused."""


class AccessLogSealed(access_log.AccessLogSealed, type="nl.keten.sharing.access-log-sealed.v1", key="segment_id"):
    """The head of sharing's access log."""
