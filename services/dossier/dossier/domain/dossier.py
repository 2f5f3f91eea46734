"""Dossiers: to whom they belong, where they stand, and whether they can be written."""

from dataclasses import dataclass
from typing import TypeVar

from chassis.problems import Conflict
from contracts.dossier import (
    ClientMoved,
    ClientRegistered,
    DossierArchived,
    DossierFact,
    DossierRestored,
    DossierStatus,
)
from contracts.ids import AccountId, ClientGroupId, ClientId, DossierId
from dossier.domain.group import ClientGroup, GroupIsClosed, GroupStatus

F = TypeVar("F", bound=DossierFact)


class DossierAlreadyArchived(Conflict):
    """This dossier is already archived."""

    nl = "Dit dossier is al gearchiveerd."


class DossierNotArchived(Conflict):
    """This dossier is not archived, so there is nothing to restore."""

    nl = "Dit dossier is niet gearchiveerd; er valt niets terug te zetten."


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
    status: DossierStatus = DossierStatus.OPEN
    version: int = 1

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
        if self.status is DossierStatus.ARCHIVED:
            raise DossierAlreadyArchived
        self.status = DossierStatus.ARCHIVED
        self.version += 1
        return self._fact(DossierArchived)

    def restore(self) -> DossierRestored:
        if self.status is DossierStatus.OPEN:
            raise DossierNotArchived
        self.status = DossierStatus.OPEN
        self.version += 1
        return self._fact(DossierRestored)

    def _fact(self, kind: type[F]) -> F:
        return kind(
            dossier_id=self.id,
            client_id=self.client_id,
            account_id=self.account_id,
            group_id=self.group_id,
            status=self.status,
        )
