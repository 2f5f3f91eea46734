"""Users: people who work in one account, and what may happen to them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar
from uuid import UUID

from chassis.problems import Conflict, NotFound, TooMany
from contracts.actions import Role
from contracts.identity import (
    Language,
    UserAdded,
    UserChanged,
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

# Long enough for a holiday week, short enough that a forgotten mailbox does not open an account.
LINK_LIFE: Final = timedelta(days=7)


@dataclass
class User:
    """Somebody who works in one account. Without a password he has been added, but not yet opened his link."""

    id: UserId
    account_id: AccountId
    email: str
    name: str
    initials: str
    sort_key: str
    language: Language
    role: Role
    status: UserStatus
    medical: bool
    password_hash: str | None
    link_generation: int
    link_expires_at: datetime | None
    added_at: datetime
    verified: bool = False
    photo_id: UUID | None = None
    photo_awaited: UUID | None = None
    erased_at: datetime | None = None
    version: int = 1

    def added(self) -> tuple[UserAdded, UserProfile]:
        return self._fact(UserAdded), self.profile()

    def profile(self) -> UserProfile:
        """Who he is to other people."""
        return UserProfile(
            user_id=self.id,
            account_id=self.account_id,
            name=self.name,
            initials=self.initials,
            sort_key=self.sort_key,
            language=self.language,
            photo_id=self.photo_id,
        )

    def can_sign_in(self) -> bool:
        return self.status is UserStatus.ACTIVE and self.password_hash is not None and self.verified

    def would_lose(self, *, role: Role | None, medical: bool | None) -> bool:
        """Whether a change takes anything away."""
        return (self.medical and medical is False) or (role is Role.MEMBER and self.role is not Role.MEMBER)

    def change(self, *, role: Role | None, medical: bool | None) -> UserChanged | None:
        """Another role or medical authorisation; None when it was so already."""
        self._refuse_removed()
        if role not in (None, self.role) and Role.OWNER in (role, self.role):
            raise OwnerStays
        if role in (None, self.role) and medical in (None, self.medical):
            return None
        self.role = self.role if role is None else role
        self.medical = self.medical if medical is None else medical
        return self._next(UserChanged)

    def become(self, role: Role) -> UserChanged:
        """Part of a transfer, which is the only way to and from being the owner."""
        self.role = role
        return self._next(UserChanged)

    def describe(self, *, name: str | None, language: Language | None) -> UserProfile | None:
        """How he is called and spoken to; None when it was so already."""
        if name in (None, self.name) and language in (None, self.language):
            return None
        self.name = self.name if name is None else name
        self.language = self.language if language is None else language
        self.initials, self.sort_key = initials(self.name), sort_key(self.name)
        self.version += 1
        return self.profile()

    def await_photo(self, photo_id: UUID) -> None:
        """A picture is on its way. Of several the last one counts; nothing that others know of him changes yet."""
        self._refuse_removed()
        self.photo_awaited = photo_id

    def show(self, photo_id: UUID) -> UserProfile | None:
        """The picture that was awaited is made; None when by now another one is awaited, or none."""
        if self.photo_awaited != photo_id:
            return None
        self.photo_id, self.photo_awaited = photo_id, None
        self.version += 1
        return self.profile()

    def hide_photo(self) -> UserProfile | None:
        """Initials again, and whatever is on its way comes too late; None when there was nothing to hide."""
        self.photo_awaited = None
        if self.photo_id is None:
            return None
        self.photo_id = None
        self.version += 1
        return self.profile()

    def suspend(self, *, by: UserId) -> UserSuspended:
        self._refuse_ending(by)
        if self.status is UserStatus.SUSPENDED:
            raise AlreadySuspended
        self.status = UserStatus.SUSPENDED
        return self._next(UserSuspended)

    def resume(self) -> UserResumed:
        self._refuse_removed()
        if self.status is not UserStatus.SUSPENDED:
            raise NotSuspended
        self.status = UserStatus.ACTIVE
        return self._next(UserResumed)

    def remove(self, *, by: UserId) -> UserRemoved:
        """For good: his address is free again and there is no password left to try."""
        self._refuse_ending(by)
        self.status, self.password_hash, self.link_expires_at = UserStatus.REMOVED, None, None
        return self._next(UserRemoved)

    def leave(self) -> None:
        """Part of the end of his account, whatever he is in it."""
        self.status, self.password_hash, self.link_expires_at = UserStatus.REMOVED, None, None

    def erase(self, *, at: datetime) -> UserErased:
        """Who he was is known no more; that it was he who wrote what he wrote stays, by his id (NET-13). Raises NotRemoved,
        AlreadyErased."""
        if self.status is not UserStatus.REMOVED:
            raise NotRemoved
        if self.erased_at is not None:
            raise AlreadyErased
        self.name = self.initials = self.sort_key = self.email = ""
        self.photo_id = self.photo_awaited = self.password_hash = self.link_expires_at = None
        self.erased_at = at
        self.version += 1
        return UserErased(user_id=self.id, account_id=self.account_id)

    def invite(self, *, at: datetime) -> None:
        """A new link to set a password; the one before opens nothing any more."""
        self._refuse_removed()
        if self.password_hash is not None:
            raise AlreadyActivated
        self.link_generation += 1
        self.link_expires_at = at + LINK_LIFE
        self.version += 1

    def can_activate(self, generation: int, *, at: datetime) -> bool:
        """Whether the link of this generation still opens."""
        return (
            self.status is UserStatus.ACTIVE
            and generation == self.link_generation
            and self.link_expires_at is not None
            and at < self.link_expires_at
        )

    def activate(self, generation: int, *, password_hash: str, at: datetime) -> None:
        """Set the first password, which proves the address as well. The link is spent."""
        if not self.can_activate(generation, at=at):
            raise LinkSpent
        self.password_hash, self.link_expires_at, self.verified = password_hash, None, True
        self.link_generation += 1
        self.version += 1

    def choose_password(self, password_hash: str) -> None:
        """Another password, by a link to the proven address."""
        if not self.can_sign_in():
            raise LinkSpent
        self.password_hash = password_hash
        self.version += 1

    def move(self, *, email: str) -> str:
        """To another address, which he has proven; returns the one before."""
        if not self.can_sign_in():
            raise LinkSpent
        before, self.email = self.email, email
        self.version += 1
        return before

    def _refuse_ending(self, by: UserId) -> None:
        self._refuse_removed()
        if self.role is Role.OWNER:
            raise OwnerStays
        if self.id == by:
            raise NotYourself

    def _refuse_removed(self) -> None:
        if self.status is UserStatus.REMOVED:
            raise AlreadyRemoved

    def _next(self, kind: type[F]) -> F:
        self.version += 1
        return self._fact(kind)

    def _fact(self, kind: type[F]) -> F:
        return kind(
            user_id=self.id, account_id=self.account_id, role=self.role, status=self.status, medical=self.medical
        )


def new_user(
    user_id: UserId,
    account_id: AccountId,
    *,
    name: str,
    email: str,
    language: Language,
    role: Role,
    at: datetime,
    password_hash: str | None = None,
) -> User:
    """Somebody new in an account. With a password he came by a link to his address, without one he is sent it."""
    return User(
        id=user_id,
        account_id=account_id,
        email=email,
        name=name,
        initials=initials(name),
        sort_key=sort_key(name),
        language=language,
        role=role,
        status=UserStatus.ACTIVE,
        medical=False,
        password_hash=password_hash,
        link_generation=1,
        link_expires_at=None if password_hash else at + LINK_LIFE,
        added_at=at,
        verified=password_hash is not None,
    )


class UserNotFound(NotFound):
    """There is no such user, or you may not know of him."""

    nl = "Deze gebruiker bestaat niet, of u mag hem niet kennen."


class EmailInUse(Conflict):
    """There is already a user with this e-mail address."""

    nl = "Er is al een gebruiker met dit e-mailadres."


class OwnerStays(Conflict):
    """The owner of an account keeps his place until the account is transferred to somebody else."""

    nl = "De eigenaar van een account houdt zijn plaats tot het account aan iemand anders is overgedragen."


class NotYourself(Conflict):
    """You cannot suspend or remove yourself. Ask the owner or another administrator of the account."""

    nl = "U kunt uzelf niet opschorten of verwijderen. Vraag het de eigenaar of een andere beheerder van het account."


class AlreadySuspended(Conflict):
    """This user is already suspended."""

    nl = "Deze gebruiker is al opgeschort."


class NotSuspended(Conflict):
    """This user is not suspended."""

    nl = "Deze gebruiker is niet opgeschort."


class AlreadyRemoved(Conflict):
    """This user has been removed from the account. Add him again to let him back in."""

    nl = "Deze gebruiker is uit het account verwijderd. Voeg hem opnieuw toe om hem weer toe te laten."


class NotRemoved(Conflict):
    """Only a user who was removed from the account can be erased. Remove him first."""

    nl = "Alleen een gebruiker die uit het account is verwijderd kan worden gewist. Verwijder hem eerst."


class AlreadyErased(Conflict):
    """This user was erased already; who he was is known no more."""

    nl = "Deze gebruiker is al gewist; wie hij was is niet meer bekend."


class AlreadyActivated(Conflict):
    """This user has set a password already and needs no link."""

    nl = "Deze gebruiker heeft al een wachtwoord ingesteld en heeft geen link nodig."


class LinkSpent(Conflict):
    """This link has been used, has expired, or was replaced by a newer one. Ask for a new link."""

    nl = "Deze link is gebruikt, verlopen, of vervangen door een nieuwere. Vraag om een nieuwe link."


class TooManySearches(TooMany):
    """You have looked for people by e-mail address too often. Try again in {minutes} minutes."""

    nl = "U hebt te vaak personen op e-mailadres gezocht. Probeer het over {minutes} minuten opnieuw."
