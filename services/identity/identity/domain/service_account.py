"""Service accounts: partner systems that work in an account as a member of it does. No database, no clock, no HTTP."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

from chassis.problems import Conflict, NotFound
from contracts.actions import Role
from contracts.identity import (
    UserAdded,
    UserErased,
    UserFact,
    UserProfile,
    UserRemoved,
    UserResumed,
    UserStatus,
    UserSuspended,
)
from contracts.ids import AccountId, UserId
from contracts.names import initials, sort_key

F = TypeVar("F", bound=UserFact)

# The one in use and the one that takes over; more are only more to lose.
MOST_SECRETS: Final = 2


@dataclass
class ServiceAccount:
    """A partner system. To every other service it is a user: a member without e-mail address, password and second factor."""

    id: UserId
    account_id: AccountId
    name: str
    description: str
    sort_key: str
    status: UserStatus
    added_at: datetime
    version: int = 1

    def added(self) -> tuple[UserAdded, UserProfile]:
        return self._fact(UserAdded), self.profile()

    def profile(self) -> UserProfile:
        """What it is called."""
        return UserProfile(
            user_id=self.id,
            account_id=self.account_id,
            name=self.name,
            initials=initials(self.name),
            sort_key=self.sort_key,
            language="nl",
        )

    def describe(self, *, name: str | None, description: str | None) -> UserProfile | None:
        """Another name or description; the profile when it is called otherwise from now on."""
        self._refuse_removed()
        is_renamed = name not in (None, self.name)
        if is_renamed or description not in (None, self.description):
            self.version += 1
        self.name = self.name if name is None else name
        self.description = self.description if description is None else description
        self.sort_key = sort_key(self.name)
        return self.profile() if is_renamed else None

    def rotate(self, held: Collection[UUID]) -> None:
        """A second secret beside the one it holds."""
        self._refuse_removed()
        if len(held) >= MOST_SECRETS:
            raise TwoSecretsAlready
        self.version += 1

    def lose(self, secret_id: UUID, held: Collection[UUID]) -> None:
        """One of its secrets opens nothing any more."""
        if secret_id not in held:
            raise SecretNotFound
        self.version += 1

    def suspend(self) -> UserSuspended:
        self._refuse_removed()
        if self.status is UserStatus.SUSPENDED:
            raise ServiceAccountAlreadySuspended
        self.status = UserStatus.SUSPENDED
        return self._next(UserSuspended)

    def resume(self) -> UserResumed:
        self._refuse_removed()
        if self.status is not UserStatus.SUSPENDED:
            raise ServiceAccountNotSuspended
        self.status = UserStatus.ACTIVE
        return self._next(UserResumed)

    def remove(self) -> UserRemoved:
        """For good; what it wrote stays under its name."""
        self._refuse_removed()
        self.status = UserStatus.REMOVED
        return self._next(UserRemoved)

    def erase(self) -> UserErased:
        """Part of the end of its account: to others it is a person, and what it was called may name one."""
        self.status = UserStatus.REMOVED
        self.name = self.description = self.sort_key = ""
        self.version += 1
        return UserErased(user_id=self.id, account_id=self.account_id)

    def _refuse_removed(self) -> None:
        if self.status is UserStatus.REMOVED:
            raise ServiceAccountAlreadyRemoved

    def _next(self, kind: type[F]) -> F:
        self.version += 1
        return self._fact(kind)

    def _fact(self, kind: type[F]) -> F:
        return kind(user_id=self.id, account_id=self.account_id, role=Role.MEMBER, status=self.status, medical=False)


def new_service_account(
    service_account_id: UserId, account_id: AccountId, *, name: str, description: str, at: datetime
) -> ServiceAccount:
    """A partner system that may work from now on."""
    return ServiceAccount(
        id=service_account_id,
        account_id=account_id,
        name=name,
        description=description,
        sort_key=sort_key(name),
        status=UserStatus.ACTIVE,
        added_at=at,
    )


class ServiceAccountNotFound(NotFound):
    """There is no such service account, or you may not know of it."""

    nl = "Dit serviceaccount bestaat niet, of u mag het niet kennen."


class SecretNotFound(NotFound):
    """This service account has no such secret any more."""

    nl = "Dit serviceaccount heeft dit geheim niet (meer)."


class TwoSecretsAlready(Conflict):
    """This service account has two secrets. Drop the one that is no longer used, then make a new one."""

    nl = "Dit serviceaccount heeft twee geheimen. Trek het geheim in dat niet meer wordt gebruikt, en maak dan een nieuw."


class ServiceAccountAlreadySuspended(Conflict):
    """This service account is already suspended."""

    nl = "Dit serviceaccount is al opgeschort."


class ServiceAccountNotSuspended(Conflict):
    """This service account is not suspended."""

    nl = "Dit serviceaccount is niet opgeschort."


class ServiceAccountAlreadyRemoved(Conflict):
    """This service account has been removed. Add a new one to let the partner system back in."""

    nl = "Dit serviceaccount is verwijderd. Voeg een nieuw toe om het systeem van de partner weer toe te laten."
