"""Questions about accounts and users: one SQL query in, a response model out."""

from typing import Any, TypeVar
from uuid import UUID

from pydantic import Field, PrivateAttr
from sqlalchemy import Row, Select, select

from chassis.context import Query
from chassis.keyset import beyond
from chassis.models import Instant, Model
from chassis.paging import Page, Slice
from contracts.actions import ROLES, Role
from contracts.identity import Language, UserStatus
from identity import facts
from identity.domain import AccountNotFound, UserNotFound
from identity.tables import account, app_user

D = TypeVar("D", bound="UserDetail")


class OwnerOfAccount(Model):
    """Who owns an account."""

    user_id: UUID
    name: str
    initials: str


class AccountDetail(Model):
    """An organisation's account."""

    id: UUID
    name: str
    opened_at: Instant
    owner: OwnerOfAccount


class UserRow(Model):
    """A user as colleagues see him."""

    id: UUID
    name: str
    initials: str
    email: str
    role: Role
    status: UserStatus
    medical: bool = Field(description="May read medical sections, where a level opens them too.")
    activated: bool = Field(description="Has set a password.")


class UserDetail(UserRow):
    """One user."""

    language: Language
    added_at: Instant
    _version: int = PrivateAttr(default=0)

    @property
    def version(self) -> int:
        """For the ETag."""
        return self._version


class OwnAccount(Model):
    """The account that somebody is in."""

    id: UUID
    name: str


class Me(UserDetail):
    """Who is asking, and what he may do in his account."""

    account: OwnAccount
    permissions: list[str]


async def account_detail(q: Query, account_id: UUID) -> AccountDetail:
    await q.authorize("account.read", facts.account(account_id))
    found = await q.session.execute(
        select(account, app_user.c.name.label("owner_name"), app_user.c.initials)
        .join(app_user, app_user.c.id == account.c.owner_id)
        .where(account.c.id == account_id)
    )
    row = found.one_or_none()
    if row is None:
        raise AccountNotFound
    owner = OwnerOfAccount(user_id=row.owner_id, name=row.owner_name, initials=row.initials)
    return AccountDetail(id=row.id, name=row.name, opened_at=row.opened_at, owner=owner)


async def users(q: Query, *, page: Page) -> Slice[UserRow]:
    """Those of the reader's own account by name; who was removed is no longer listed."""
    await q.authorize("user.read", facts.account(q.actor.account_id))
    own = app_user.c.account_id == q.actor.account_id
    order = (app_user.c.sort_key, app_user.c.id)
    # Behind anybody of the own account, removed or not; a stranger's place among them would tell what he is called.
    after = await beyond(q.session, select(app_user.c.id).where(own), page, order=order)
    listed = select(app_user).where(own, app_user.c.status != UserStatus.REMOVED, after)
    rows = (await q.session.execute(listed.order_by(*order).limit(page.fetch))).all()
    return page.slice(rows, lambda row: UserRow(**_shown(row)), key=lambda row: row.id)


async def user_detail(q: Query, user_id: UUID) -> UserDetail:
    await q.authorize("user.read", facts.user(user_id))
    row = await _one(q, select(app_user).where(app_user.c.id == user_id))
    return _at(row, UserDetail(**_shown(row), **_more(row)))


async def me(q: Query) -> Me:
    await q.authorize("self.read", facts.user(q.actor.user_id))
    own = select(app_user, account.c.name.label("account_name")).join(account, account.c.id == app_user.c.account_id)
    row = await _one(q, own.where(app_user.c.id == q.actor.user_id))
    own_account = OwnAccount(id=row.account_id, name=row.account_name)
    return _at(row, Me(**_shown(row), **_more(row), account=own_account, permissions=sorted(ROLES[row.role])))


async def _one(q: Query, query: Select[Any]) -> Row[Any]:
    row: Row[Any] | None = (await q.session.execute(query)).one_or_none()
    if row is None:
        raise UserNotFound
    return row


def _shown(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "initials": row.initials,
        "email": row.email,
        "role": row.role,
        "status": row.status,
        "medical": row.medical,
        "activated": row.password_hash is not None,
    }


def _more(row: Row[Any]) -> dict[str, Any]:
    return {"language": row.language, "added_at": row.added_at}


def _at(row: Row[Any], user: D) -> D:
    user._version = row.version
    return user
