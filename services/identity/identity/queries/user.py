"""Users as colleagues see them, and oneself."""

from typing import Any, TypeVar
from uuid import UUID

from pydantic import Field, PrivateAttr
from sqlalchemy import Row, Select, exists, select

from chassis.context import Query
from chassis.keyset import beyond
from chassis.models import Instant, Model
from chassis.paging import Page, Slice
from chassis.reading_links import ReadingLink
from contracts.actions import ROLES, Role
from contracts.identity import Language, UserStatus
from contracts.names import ERASED_PERSON
from identity import facts
from identity.domain.user import UserNotFound
from identity.photos import Photos
from identity.tables import account, app_user, second_factor

D = TypeVar("D", bound="UserDetail")

HAS_SECOND_FACTOR = (
    exists()
    .where(second_factor.c.user_id == app_user.c.id, second_factor.c.confirmed_at.is_not(None))
    .label("second_factor")
)


class UserRow(Model):
    """A user as colleagues see him."""

    id: UUID
    name: str
    initials: str
    photo: ReadingLink | None = Field(description="Who shows none is shown by his initials.")
    email: str
    role: Role
    status: UserStatus
    medical: bool = Field(description="May read medical sections, where a level opens them too.")
    activated: bool = Field(description="Has set a password.")
    verified: bool = Field(description="Has proven that the address is his.")
    second_factor: bool = Field(description="Has set up a second factor.")


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


async def users(q: Query, *, page: Page, photos: Photos) -> Slice[UserRow]:
    """Those of the reader's own account by name; who was removed is no longer listed."""
    await q.authorize("user.read", facts.account(q.actor.account_id))
    own = app_user.c.account_id == q.actor.account_id
    order = (app_user.c.sort_key, app_user.c.id)
    # Behind anybody of the own account, removed or not; a stranger's place among them would tell what he is called.
    after = await beyond(q.session, select(app_user.c.id).where(own), page, order=order)
    listed = select(app_user, HAS_SECOND_FACTOR).where(own, app_user.c.status != UserStatus.REMOVED, after)
    rows = (await q.session.execute(listed.order_by(*order).limit(page.fetch))).all()
    return page.slice(rows, lambda row: UserRow(**_shown(row, q, photos)), key=lambda row: row.id)


async def user_detail(q: Query, user_id: UUID, *, photos: Photos) -> UserDetail:
    await q.authorize("user.read", facts.user(user_id))
    row = await _one(q, select(app_user, HAS_SECOND_FACTOR).where(app_user.c.id == user_id))
    return _at(row, UserDetail(**_shown(row, q, photos), **_more(row)))


async def me(q: Query, *, photos: Photos) -> Me:
    await q.authorize("self.read", facts.user(q.actor.user_id))
    shown = select(app_user, HAS_SECOND_FACTOR, account.c.name.label("account_name"))
    own = shown.join(account, account.c.id == app_user.c.account_id)
    row = await _one(q, own.where(app_user.c.id == q.actor.user_id))
    own_account = OwnAccount(id=row.account_id, name=row.account_name)
    shown_and_more = {**_shown(row, q, photos), **_more(row)}
    return _at(row, Me(**shown_and_more, account=own_account, permissions=sorted(ROLES[row.role])))


async def _one(q: Query, query: Select[Any]) -> Row[Any]:
    row: Row[Any] | None = (await q.session.execute(query)).one_or_none()
    if row is None:
        raise UserNotFound
    return row


def _shown(row: Row[Any], q: Query, photos: Photos) -> dict[str, Any]:
    photo_id = row.photo_id if row.status is UserStatus.ACTIVE else None
    return {
        "id": row.id,
        "name": row.name if row.erased_at is None else ERASED_PERSON[q.language],
        "initials": row.initials,
        "photo": photos.link(row.id, photo_id, reader=q.actor.user_id, now=q.now),
        "email": row.email,
        "role": row.role,
        "status": row.status,
        "medical": row.medical,
        "activated": row.password_hash is not None,
        "verified": row.verified,
        "second_factor": row.second_factor,
    }


def _more(row: Row[Any]) -> dict[str, Any]:
    return {"language": row.language, "added_at": row.added_at}


def _at(row: Row[Any], user: D) -> D:
    user._version = row.version
    return user
