"""What the dossier service states: client groups and who reaches them, dossiers, and that something was written in one."""

from enum import StrEnum
from typing import Literal

from contracts import access_log
from contracts.events import ENFORCERS, Event, Rights
from contracts.ids import AccountId, ClientGroupId, ClientId, DossierId, GroupAccessId, LevelId, UserId
from contracts.rights import Section


class DossierStatus(StrEnum):
    """Whether a dossier can be written; an archived one can only be read."""

    OPEN = "open"
    ARCHIVED = "archived"


class ErasureGround(StrEnum):
    """Why a dossier is erased: its person asks for it (BW 7:455), the duty to keep it is over (BW 7:454), or its account
    ended and says that nothing in it must be kept any more."""

    REQUEST_OF_THE_PERSON = "request-of-the-person"
    RETENTION_ENDED = "retention-ended"
    ACCOUNT_ENDED = "account-ended"


class ClientGroupFact(Event):
    """What is true of a client group after the fact."""

    group_id: ClientGroupId
    account_id: AccountId
    status: Literal["open", "closed"]


class ClientGroupOpened(ClientGroupFact, type="nl.keten.dossier.client-group-opened.v1", key="group_id"):
    """An account has a new group to organise its clients in."""


class ClientGroupClosed(ClientGroupFact, type="nl.keten.dossier.client-group-closed.v1", key="group_id"):
    """An empty group was closed."""


class GroupAccessFact(Event):
    """How one user reaches the clients of one group of his own account, as it is after the fact."""

    access_id: GroupAccessId
    group_id: ClientGroupId
    account_id: AccountId
    user_id: UserId
    level_id: LevelId
    rights: Rights
    status: Literal["live", "ended"]


class GroupAccessGiven(
    GroupAccessFact,
    type="nl.keten.dossier.group-access-given.v1",
    key="group_id",
    subject="access_id",
    enforced_by=ENFORCERS,
):
    """A user may reach the clients of a group."""


class GroupAccessChanged(
    GroupAccessFact,
    type="nl.keten.dossier.group-access-changed.v1",
    key="group_id",
    subject="access_id",
    enforced_by=ENFORCERS,
):
    """A user reaches the clients of a group at another level."""


class GroupAccessEnded(
    GroupAccessFact,
    type="nl.keten.dossier.group-access-ended.v1",
    key="group_id",
    subject="access_id",
    enforced_by=ENFORCERS,
):
    """A user no longer reaches the clients of a group."""


class DossierFact(Event):
    """Where a dossier belongs and whether it can be written, as it is after the fact."""

    dossier_id: DossierId
    client_id: ClientId
    account_id: AccountId
    group_id: ClientGroupId
    status: DossierStatus


class ClientRegistered(
    DossierFact, type="nl.keten.dossier.client-registered.v1", key="dossier_id", enforced_by=ENFORCERS
):
    """A person is in care; the dossier is born with the registration and belongs to the account (SHR-1)."""


class ClientMoved(DossierFact, type="nl.keten.dossier.client-moved.v1", key="dossier_id", enforced_by=ENFORCERS):
    """A client stands in another group of the same account."""


class DossierArchived(
    DossierFact, type="nl.keten.dossier.dossier-archived.v1", key="dossier_id", enforced_by=ENFORCERS
):
    """A dossier was closed for writing; it can still be read and restored."""


class DossierRestored(
    DossierFact, type="nl.keten.dossier.dossier-restored.v1", key="dossier_id", enforced_by=ENFORCERS
):
    """An archived dossier can be written again."""


class DossierGone(Event):
    """Where a dossier belongs that is there for nobody."""

    dossier_id: DossierId
    client_id: ClientId
    account_id: AccountId
    group_id: ClientGroupId
    status: str


class DossierDeleted(DossierGone, type="nl.keten.dossier.dossier-deleted.v1", key="dossier_id", enforced_by=ENFORCERS):
    """A dossier is there for nobody any more; until it is erased it can be restored (SHR-37)."""

    status: Literal["deleted"] = "deleted"


class DossierErased(DossierGone, type="nl.keten.dossier.dossier-erased.v1", key="dossier_id", enforced_by=ENFORCERS):
    """All that was written in a dossier is gone for good; whoever keeps something about it erases that as well."""

    status: Literal["erased"] = "erased"
    ground: ErasureGround


class SectionWritten(Event):
    """That something was written in a section, never what."""

    dossier_id: DossierId
    section: Section
    entry_id: str
    author_id: UserId


class ProfileCorrected(SectionWritten, type="nl.keten.dossier.profile-corrected.v1", key="dossier_id"):
    """A client's profile was corrected."""


class ReportWritten(SectionWritten, type="nl.keten.dossier.report-written.v1", key="dossier_id"):
    """Somebody wrote a day report (SHR-22)."""


class ReportEdited(SectionWritten, type="nl.keten.dossier.report-edited.v1", key="dossier_id"):
    """A day report was edited; what it said before is kept."""


class GoalChanged(SectionWritten, type="nl.keten.dossier.goal-changed.v1", key="dossier_id"):
    """A goal of the plan, or one of its actions, was set or changed."""


class TaskChanged(SectionWritten, type="nl.keten.dossier.task-changed.v1", key="dossier_id"):
    """A task was set, changed or done."""


class EntryChanged(SectionWritten, type="nl.keten.dossier.entry-changed.v1", key="dossier_id"):
    """A text entry of the documents or medical section was written or changed."""


class AccessLogSealed(access_log.AccessLogSealed, type="nl.keten.dossier.access-log-sealed.v1", key="segment_id"):
    """The head of the dossier service's access log."""
