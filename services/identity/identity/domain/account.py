"""Accounts: an organisation's own part of the platform, and its one owner."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chassis.problems import Conflict, NotFound, TooMany
from contracts.actions import Role
from contracts.identity import (
    AccountErased,
    AccountOpened,
    AccountProfile,
    AccountTransferred,
    Retention,
    UserChanged,
)
from contracts.ids import AccountId, UserId
from identity.domain.user import User

# An account is erased in one step, so there is time to undo it: a week, in which a colleague sees it too. People and
# dossiers go in two steps, of which the first can be undone.
SECOND_THOUGHTS: Final = timedelta(days=7)


@dataclass
class Account:
    """An organisation's account; exactly one of its users owns it (SHR-2)."""

    id: AccountId
    name: str
    owner_id: UserId
    opened_at: datetime
    second_factor_demanded: bool = False
    erase_after: datetime | None = None
    """From then on it is erased, unless its owner keeps it."""
    retention: Retention | None = None
    erased_at: datetime | None = None
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

    def end(self, retention: Retention, *, at: datetime) -> datetime:
        """Its owner wants it erased, and says that no dossier in it must be kept here. Returns from when on. Raises
        AccountEnding."""
        if self.erase_after is not None:
            raise AccountEnding(until=self.erase_after.date().isoformat())
        self.erase_after, self.retention = at + SECOND_THOUGHTS, retention
        self.version += 1
        return self.erase_after

    def keep(self) -> None:
        """He has thought better of it. Raises AccountNotEnding."""
        if self.erase_after is None or self.erased_at is not None:
            raise AccountNotEnding
        self.erase_after = self.retention = None
        self.version += 1

    def erase(self, *, at: datetime) -> AccountErased:
        """For good."""
        assert self.retention is not None
        self.name, self.erased_at = "", at
        self.version += 1
        return AccountErased(account_id=self.id, retention=self.retention)

    def demand_second_factor(self, demanded: bool) -> None:
        """Whoever has none sets one up when he signs in next."""
        if demanded != self.second_factor_demanded:
            self.second_factor_demanded = demanded
            self.version += 1


class AccountEnding(Conflict):
    """This account is going to be erased already, on {until}. Until then it can be kept."""

    nl = "Dit account wordt al gewist, op {until}. Tot dan kan het worden behouden."


class AccountNotEnding(Conflict):
    """This account is not going to be erased, so there is nothing to keep it from."""

    nl = "Dit account wordt niet gewist; er valt niets tegen te houden."


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
