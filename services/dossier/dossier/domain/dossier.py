"""Dossiers: to whom they belong, where they stand, and whether they can be written."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

from chassis.problems import Conflict
from contracts.dossier import (
    ClientMoved,
    ClientRegistered,
    DossierArchived,
    DossierDeleted,
    DossierErased,
    DossierFact,
    DossierRestored,
    DossierStatus,
    ErasureGround,
)
from contracts.ids import AccountId, ClientGroupId, ClientId, DossierId, UserId
from dossier.domain.group import ClientGroup, GroupIsClosed, GroupStatus

# The kinds of long work that take contents away: of some dossiers of an account, and of its groups' names.
ERASURE: Final = "dossier-erasure"
ENDING: Final = "account-ending"

F = TypeVar("F", bound=DossierFact)


class Status(StrEnum):
    """As `DossierStatus`; a deleted dossier is there for nobody and can be restored, of an erased one nothing is left."""

    OPEN = "open"
    ARCHIVED = "archived"
    DELETED = "deleted"
    ERASED = "erased"


class DossierAlreadyArchived(Conflict):
    """This dossier is already archived."""

    nl = "Dit dossier is al gearchiveerd."


class DossierNotArchived(Conflict):
    """This dossier is not archived, so there is nothing to restore."""

    nl = "Dit dossier is niet gearchiveerd; er valt niets terug te zetten."


class DossierNotDeleted(Conflict):
    """Only a deleted dossier can be erased. Delete it first; until it is erased it can be restored."""

    nl = "Alleen een verwijderd dossier kan worden gewist. Verwijder het eerst; tot het wissen kan het worden teruggezet."


class RetentionNotEnded(Conflict):
    """This dossier must be kept until {until} (BW 7:454). Before that day it is erased if the person himself asks for it."""

    nl = (
        "Dit dossier moet worden bewaard tot {until} (BW 7:454). Voor die dag wordt het alleen gewist als de persoon zelf "
        "daarom vraagt."
    )


class GroupOfAnotherAccount(Conflict):
    """A client stays in the organisation that the dossier belongs to. Choose one of its groups."""

    nl = "Een cliënt blijft bij de organisatie waar het dossier bij hoort. Kies een van de groepen daarvan."


@dataclass(eq=False, kw_only=True)
class Dossier:
    """One client's dossier. The account it belongs to is part of what it is: nothing here changes it (SHR-1)."""

    id: DossierId
    client_id: ClientId
    account_id: AccountId
    group_id: ClientGroupId
    status: Status = Status.OPEN
    version: int = 1
    changed_on: date | None = None
    """When something was last written in it; known of a deleted one."""
    deleted_at: datetime | None = None
    deleted_by: UserId | None = None
    erased_at: datetime | None = None
    ground: ErasureGround | None = None

    def registered(self) -> ClientRegistered:
        return self._fact(ClientRegistered)

    def move(self, group: ClientGroup) -> ClientMoved | None:
        """None when it stands there already."""
        if group.account_id != self.account_id:
            raise GroupOfAnotherAccount
        if group.status is GroupStatus.CLOSED:
            raise GroupIsClosed
        if group.id == self.group_id:
            return None
        self.group_id = group.id
        self.version += 1
        return self._fact(ClientMoved)

    def archive(self) -> DossierArchived:
        if self.status is Status.ARCHIVED:
            raise DossierAlreadyArchived
        self.status = Status.ARCHIVED
        self.version += 1
        return self._fact(DossierArchived)

    def restore(self) -> DossierRestored:
        """An archived or a deleted one; either can be written again."""
        if self.status is Status.OPEN:
            raise DossierNotArchived
        self.status, self.deleted_at, self.deleted_by, self.changed_on = Status.OPEN, None, None, None
        self.version += 1
        return self._fact(DossierRestored)

    def delete(self, *, by: UserId | None, at: datetime, changed_on: date) -> DossierDeleted:
        """For nobody any more, until it is restored (SHR-37)."""
        self.status, self.deleted_at, self.deleted_by, self.changed_on = Status.DELETED, at, by, changed_on
        self.version += 1
        return DossierDeleted(**self._place())

    def erase(self, *, ground: ErasureGround, at: datetime, today: date, keep_years: int) -> DossierErased:
        """For good. Raises DossierNotDeleted, RetentionNotEnded."""
        if self.status is not Status.DELETED or self.changed_on is None:
            raise DossierNotDeleted
        until = kept_until(self.changed_on, keep_years)
        if ground is ErasureGround.RETENTION_ENDED and today < until:
            raise RetentionNotEnded(until=until.isoformat())
        self.status, self.erased_at, self.ground = Status.ERASED, at, ground
        self.version += 1
        return DossierErased(**self._place(), ground=ground)

    def _fact(self, kind: type[F]) -> F:
        return kind(**self._place(), status=DossierStatus(self.status))

    def _place(self) -> dict[str, Any]:
        return {
            "dossier_id": self.id,
            "client_id": self.client_id,
            "account_id": self.account_id,
            "group_id": self.group_id,
        }


def kept_until(changed_on: date, years: int) -> date:
    """The first day on which it need not be kept any more: so many years after its last change (BW 7:454 lid 3)."""
    try:
        return changed_on.replace(year=changed_on.year + years)
    except ValueError:
        return date(changed_on.year + years, 3, 1)  # the 29th of February
