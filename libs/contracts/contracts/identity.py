"""What identity states: accounts, users and who they are. Names stand on the private topic only."""

from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from contracts import access_log
from contracts.actions import Role
from contracts.events import ENFORCERS, Event
from contracts.ids import AccountId, UserId


class UserStatus(StrEnum):
    """Whether a user can work: a suspended one can be let back in, a removed one cannot."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REMOVED = "removed"


Language = Literal["nl", "en"]


class AccountFact(Event):
    """What is true of an account after the fact."""

    account_id: AccountId
    owner_id: UserId


class AccountOpened(AccountFact, type="nl.keten.identity.account-opened.v1", key="account_id"):
    """An organisation opened an account; who registered it owns it."""


class AccountTransferred(AccountFact, type="nl.keten.identity.account-transferred.v1", key="account_id"):
    """The account has another owner."""


class UserFact(Event):
    """All that decides what a user may do, as it is after the fact."""

    user_id: UserId
    account_id: AccountId
    role: Role
    status: UserStatus
    medical: bool


class UserAdded(UserFact, type="nl.keten.identity.user-added.v1", key="user_id", enforced_by=ENFORCERS):
    """A user belongs to an account from now on."""


class UserChanged(UserFact, type="nl.keten.identity.user-changed.v1", key="user_id", enforced_by=ENFORCERS):
    """A user's role or medical authorisation changed."""


class UserSuspended(UserFact, type="nl.keten.identity.user-suspended.v1", key="user_id", enforced_by=ENFORCERS):
    """A user may do nothing until he is resumed."""


class UserResumed(UserFact, type="nl.keten.identity.user-resumed.v1", key="user_id", enforced_by=ENFORCERS):
    """A suspended user may work again."""


class UserRemoved(UserFact, type="nl.keten.identity.user-removed.v1", key="user_id", enforced_by=ENFORCERS):
    """A user left the account for good; what he wrote stays under his name."""


class AccountProfile(Event, type="nl.keten.identity.account-profile.v1", key="account_id", private=True):
    """The name of an account's organisation."""

    account_id: AccountId
    name: str


class UserProfile(Event, type="nl.keten.identity.user-profile.v1", key="user_id", private=True):
    """Who a user is to other people."""

    user_id: UserId
    account_id: AccountId
    name: str
    initials: str
    sort_key: str
    language: Language
    photo_id: UUID | None = None


class UserErased(Event, type="nl.keten.identity.user-erased.v1", key="user_id", erases=True, enforced_by=ENFORCERS):
    """Who a removed user was is known no more; what he wrote stays, as written by an erased person (NET-13)."""

    user_id: UserId
    account_id: AccountId


class Retention(StrEnum):
    """What whoever ends an account says of the dossiers in it that must be kept (BW 7:454)."""

    HANDED_OVER = "handed-over"
    NOTHING_TO_KEEP = "nothing-to-keep"


class AccountErased(
    Event, type="nl.keten.identity.account-erased.v1", key="account_id", erases=True, enforced_by=ENFORCERS
):
    """An account ended, with all its users, dossiers, groups and files; whoever keeps something of it erases that."""

    account_id: AccountId
    retention: Retention


class SessionEnded(Event, type="nl.keten.identity.session-ended.v1", key="user_id", enforced_by=ENFORCERS):
    """A user signed out, or his session was ended: its tokens open nothing any more."""

    user_id: UserId
    session_id: str
    tokens_expire_at: datetime


class MailRequested(Event, type="nl.keten.identity.mail-requested.v1", key="request_id"):
    """A mail is to be sent; its address, words and link are asked of identity at the moment of sending."""

    request_id: UUID
    purpose: str


class MailErased(Event, type="nl.keten.identity.mail-erased.v1", key="request_id"):
    """Whom a mail was for is known no more; whoever kept the mail erases it."""

    request_id: UUID


class AccessLogSealed(access_log.AccessLogSealed, type="nl.keten.identity.access-log-sealed.v1", key="segment_id"):
    """The head of identity's access log."""
