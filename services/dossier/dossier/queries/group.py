"""The client groups a person sees: those of his own account, and what others shared with him (SHR-3, SHR-13)."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, cast, exists, func, not_, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from access import facts
from access.scope import Scope, scope_of, within
from access.tables import dossier_access, group_access, level
from chassis.context import Context, Query
from chassis.keyset import continued
from chassis.models import Model
from chassis.paging import Page, Slice
from chassis.problems import Language
from contracts.ids import ClientGroupId
from contracts.rights import STANDARD_LEVELS
from dossier import tables
from dossier.domain.group import SHARED_WITH_ME, AccessStatus, ClientGroup, GroupAccess, GroupStatus
from dossier.loading import group_to_change
from dossier.queries.written import Person, people

_SHARED_NAMES: dict[Language, str] = {"nl": "Met mij gedeeld", "en": "Shared with me"}


class ClientGroupAnswer(Model):
    """A group; `system` is the one that holds what was received, which fills itself."""

    id: UUID
    name: str
    system: bool
    clients: int
    version: int


class GroupAccessAnswer(Model):
    """How one user of the account reaches the clients of a group."""

    user: Person
    level_id: UUID
    level: str | None
    rights: list[str]


async def client_groups(q: Query, page: Page) -> Slice[ClientGroupAnswer]:
    """Each with how many dossiers in it the reader reaches; "Shared with me" when, and only when, there is something."""
    await q.authorize("client_group.read", facts.account(q.actor.account_id))
    scope = await scope_of(q, "dossier.read")
    held = tables.client_group.c
    asked = await continued(q.session, _groups(scope), page, order=(held.name_key, held.id))
    found = [_answer(row) for row in await q.session.execute(asked)]
    if len(found) < page.fetch and (received := await _received(q, scope)):
        found.append(shared_with_me(q, received))
    return page.slice(found, lambda group: group, key=lambda group: group.id)


async def client_group(q: Query, group_id: ClientGroupId) -> ClientGroupAnswer:
    if group_id == SHARED_WITH_ME:
        received = await _received(q, await scope_of(q, "dossier.read"))
        if not received:
            raise facts.GroupUnknown
        return shared_with_me(q, received)
    group = await group_to_change(q.session, group_id)
    await q.authorize("group.read", facts.group(group.id, group.account_id))
    return await group_as_is(q, group, await scope_of(q, "dossier.read"))


async def group_as_is(c: Context, group: ClientGroup, scope: Scope | None = None) -> ClientGroupAnswer:
    """A group as it is after a change, for who was just allowed to make it; without a scope, with all its clients."""
    # open to everyone: its caller asked the policy
    inside = select(func.count()).where(dossier_access.c.group_id == group.id)
    clients = await c.session.scalar(inside if scope is None else inside.where(within(own(scope)))) or 0
    return ClientGroupAnswer(id=group.id, name=group.name, system=False, clients=clients, version=group.version)


async def group_accesses(q: Query, group_id: ClientGroupId, page: Page) -> Slice[GroupAccessAnswer]:
    """Who of the account was given access to a group."""
    group = await group_to_change(q.session, group_id)
    await q.authorize("group.manage", facts.group(group.id, group.account_id))
    held = tables.access_to_group.c
    live = select(GroupAccess).where(held.group_id == group.id, held.status == AccessStatus.LIVE)
    found = (await q.session.scalars(await continued(q.session, live, page, order=(held.id,)))).all()
    shown = dict(zip(found, await _accesses(q, found), strict=True))
    return page.slice(found, lambda one: shown[one], key=lambda one: one.id)


async def access_as_is(c: Context, access: GroupAccess) -> GroupAccessAnswer:
    # open to everyone: its caller asked the policy
    return (await _accesses(c, [access]))[0]


def own(scope: Scope) -> Scope:
    """The reader's own account alone: what he sees in his own groups."""
    return scope.only("account", "groups")


def is_received(scope: Scope) -> ColumnElement[bool]:
    """What the reader reaches by a grant alone: it stands under "Shared with me" (SHR-13)."""
    return and_(within(scope.only(*(scope.ways & {"grants"}))), not_(within(own(scope))))


def shared_with_me(c: Context, clients: int) -> ClientGroupAnswer:
    return ClientGroupAnswer(id=SHARED_WITH_ME, name=_SHARED_NAMES[c.language], system=True, clients=clients, version=0)


async def _accesses(c: Context, found: Sequence[GroupAccess]) -> list[GroupAccessAnswer]:
    named = await people(c, {one.user_id for one in found})
    codes = await level_codes(c.session, {one.level_id for one in found})
    return [
        GroupAccessAnswer(
            user=named[one.user_id], level_id=one.level_id, level=codes.get(one.level_id), rights=sorted(one.rights)
        )
        for one in found
    ]


async def level_codes(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, str]:
    # open to everyone: what a level is called, for who sees that it was given
    own_levels = await session.execute(select(level.c.id, level.c.code).where(level.c.id.in_(ids)))
    return {row.id: row.code for row in own_levels} | {one.id: one.code for one in STANDARD_LEVELS if one.id in ids}


async def _received(q: Query, scope: Scope) -> int:
    return await q.session.scalar(select(func.count()).select_from(dossier_access).where(is_received(scope))) or 0


def _groups(scope: Scope) -> Any:
    held = tables.client_group
    reached = and_(dossier_access.c.group_id == held.c.id, within(own(scope)))
    return (
        select(held.c.id, held.c.name, held.c.version, func.count(dossier_access.c.dossier_id).label("clients"))
        .outerjoin_from(held, dossier_access, reached)
        .where(held.c.account_id == scope.account_id, held.c.status == GroupStatus.OPEN, _seen(scope))
        .group_by(held.c.id)
    )


def _seen(scope: Scope) -> ColumnElement[bool]:
    if "account" in scope.ways:
        return true()
    return exists().where(
        group_access.c.group_id == tables.client_group.c.id,
        group_access.c.user_id == scope.user_id,
        group_access.c.status == "live",
        group_access.c.rights.bool_op("&&")(cast(list(scope.rights), ARRAY(Text))),
    )


def _answer(row: Any) -> ClientGroupAnswer:
    return ClientGroupAnswer(id=row.id, name=row.name, system=False, clients=row.clients, version=row.version)
