"""Accounts: an organisation's own part of the platform, and its one owner."""

from dataclasses import dataclass
from datetime import datetime

from chassis.problems import Conflict, NotFound, TooMany
from contracts.actions import Role
from contracts.identity import AccountOpened, AccountProfile, AccountTransferred, UserChanged
from contracts.ids import AccountId, UserId
from identity.domain.user import User


@dataclass
class Account:
    """An organisation's account; exactly one of its users owns it (SHR-2)."""

    id: AccountId
    name: str
    owner_id: UserId
    opened_at: datetime
    second_factor_demanded: bool = False
    version: int = 1

    def opened(self) -> tuple[AccountOpened, AccountProfile]:
        return AccountOpened(account_id=self.id, owner_id=self.owner_id), self.profile()

    def profile(self) -> AccountProfile:
        """What it is called by other people."""
        return AccountProfile(account_id=self.id, name=self.name)

    def rename(self, name: str) -> AccountProfile | None:
        """Another name for the organisation; None when it was so already."""
        if name == self.name:
            return None
        self.name = name
        self.version += 1
        return self.profile()

    def transfer(self, *, owner: User, to: User) -> tuple[AccountTransferred, UserChanged, UserChanged]:
        """Another active user owns the account from now on; who did is an administrator of it."""
        if to.id == self.owner_id:
            raise AlreadyOwner
        if to.account_id != self.id or not to.can_sign_in():
            raise NewOwnerNotActive
        lowered, raised = owner.become(Role.ADMINISTRATOR), to.become(Role.OWNER)
        self.owner_id = to.id
        self.version += 1
        return AccountTransferred(account_id=self.id, owner_id=to.id), lowered, raised

    def demand_second_factor(self, demanded: bool) -> None:
        """Whoever has none sets one up when he signs in next."""
        if demanded != self.second_factor_demanded:
            self.second_factor_demanded = demanded
            self.version += 1


class AccountNotFound(NotFound):
    """There is no such account here."""

    nl = "Dit account bestaat hier niet."


class AlreadyOwner(Conflict):
    """This user owns the account already."""

    nl = "Deze gebruiker is al eigenaar van het account."


class NewOwnerNotActive(Conflict):
    """The new owner must be an active user of this account who has set a password."""

    nl = "De nieuwe eigenaar moet een actieve gebruiker van dit account zijn die een wachtwoord heeft ingesteld."


class TooManySignUps(TooMany):
    """Too many accounts were asked for from here within the hour. Try again later."""

    nl = "Er zijn vanaf hier binnen een uur te veel accounts aangevraagd. Probeer het later opnieuw."


class TooManyResets(TooMany):
    """New passwords were asked for from here too often. Try again later."""

    nl = "Er is vanaf hier te vaak om een nieuw wachtwoord gevraagd. Probeer het later opnieuw."
