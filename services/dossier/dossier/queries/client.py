"""The clients a person may find: page by page, by group, and by name."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, union
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.selectable import ScalarSelect, Subquery

from access import facts
from access.scope import Scope, scope_of, within
from access.tables import account, dossier_access, grant_access
from chassis.context import Query
from chassis.keyset import beyond
from chassis.models import Model
from chassis.paging import Page, Slice
from contracts.dossier import DossierStatus
from contracts.ids import ClientGroupId, DossierId
from contracts.names import plain
from dossier import tables
from dossier.domain.client import written_initials
from dossier.domain.group import SHARED_WITH_ME
from dossier.loading import group_to_change
from dossier.queries.group import is_received, own

_CLIENT = tables.client.c

_ORDER = (_CLIENT.sort_key, _CLIENT.dossier_id)

# What a list shows of a client, and what orders it.
_WRITTEN = (*_ORDER, _CLIENT.given_name, _CLIENT.infix, _CLIENT.family_name, _CLIENT.initials)

# The account stands in both, so that the list of one account is one walk along its index.
_SAME = and_(_CLIENT.dossier_id == dossier_access.c.dossier_id, _CLIENT.account_id == dossier_access.c.account_id)


class ClientRow(Model):
    """One dossier in a list. The name is shown to who may read the profile; what was received says from whom (SHR-14)."""

    client_id: UUID
    dossier_id: UUID
    group_id: UUID
    name: str | None
    initials: str
    status: DossierStatus
    received: bool
    organisation: str | None
    level: str | None


async def clients(q: Query, page: Page, *, group_id: ClientGroupId | None = None) -> Slice[ClientRow]:
    """Of one group, or of all that the reader reaches, by name."""
    scope = await scope_of(q, "dossier.read")
    named = await scope_of(q, "profile.read")
    return await _rows(q, page, scope, named, await _in_group(q, scope, group_id))


async def clients_found(q: Query, page: Page, *, words: str) -> Slice[ClientRow]:
    """Clients whose name holds every word, without regard to case and accents, among those whose name he may read."""
    named = await scope_of(q, "client.search")
    held = tables.client.c.search_key
    return await _rows(
        q, page, named, named, and_(*(held.contains(word, autoescape=True) for word in plain(words).split()))
    )


async def initials_of(session: AsyncSession, dossier_id: DossierId) -> str | None:
    """What a mail about a dossier may call its client (SHR-18); None when there is no such dossier."""
    # open to everyone: only other services of the platform ask this, and nobody learns more than initials
    named = select(_CLIENT.given_name, _CLIENT.infix, _CLIENT.family_name).where(_CLIENT.dossier_id == dossier_id)
    found = (await session.execute(named)).one_or_none()
    return None if found is None else written_initials(*found)


async def _in_group(q: Query, scope: Scope, group_id: ClientGroupId | None) -> ColumnElement[bool]:
    if group_id is None:
        return within(scope)
    if group_id == SHARED_WITH_ME:
        scope.only("grants")
        return is_received(scope)
    group = await group_to_change(q.session, group_id)
    await q.authorize("group.read", facts.group(group.id, group.account_id))
    return and_(dossier_access.c.group_id == group.id, within(own(scope)))


async def _rows(q: Query, page: Page, scope: Scope, named: Scope, narrowed: ColumnElement[bool]) -> Slice[ClientRow]:
    found = select(*_WRITTEN).join_from(dossier_access, tables.client, _SAME).where(narrowed)
    after = await beyond(q.session, found.where(within(scope)), page, order=_ORDER)
    first = _first_of_each_way(scope, found.where(after), page)
    asked = _row(scope, named, first).order_by(first.c.sort_key, first.c.dossier_id).limit(page.fetch)
    return page.slice((await q.session.execute(asked)).all(), _answer, key=lambda row: row.dossier_id)


def _first_of_each_way(scope: Scope, found: Select[Any], page: Page) -> Subquery:
    """A page of each way by itself: a narrow one begins at its few rows, a wide one walks its index in the order of the
    list. Together, joined by `or`, the database could do neither. All that is shown is taken along: row-level security is
    asked for every row that is read, so none is read twice."""
    ways = [
        found.where(within(scope.only(way))).order_by(*_ORDER).limit(page.fetch).subquery()
        for way in sorted(scope.ways)
    ]
    none = select(*_WRITTEN).where(false())
    return union(*(select(way) for way in ways), none).subquery()


def _row(scope: Scope, named: Scope, client: Subquery) -> Select[Any]:
    reached = dossier_access.c
    return (
        select(
            reached.client_id,
            reached.dossier_id,
            reached.group_id,
            reached.status,
            client.c.given_name,
            client.c.infix,
            client.c.family_name,
            client.c.initials,
            within(named).label("named"),
            is_received(scope).label("received"),
            account.c.name.label("organisation"),
            _best_level(scope).label("level"),
        )
        .join_from(client, dossier_access, reached.dossier_id == client.c.dossier_id)
        .outerjoin(account, account.c.id == reached.account_id)
    )


def _best_level(scope: Scope) -> ScalarSelect[Any]:
    held = grant_access.c
    return (
        select(held.level_code)
        .where(
            held.dossier_id == dossier_access.c.dossier_id,
            held.recipient_id == scope.user_id,
            or_(held.effective_until.is_(None), held.effective_until > scope.today),
            func.cardinality(held.effective_rights) > 0,
        )
        .order_by(func.cardinality(held.effective_rights).desc(), held.id)
        .limit(1)
        .scalar_subquery()
    )


def _answer(row: Any) -> ClientRow:
    return ClientRow(
        client_id=row.client_id,
        dossier_id=row.dossier_id,
        group_id=SHARED_WITH_ME if row.received else row.group_id,
        name=" ".join(filter(None, (row.given_name, row.infix, row.family_name))) if row.named else None,
        initials=row.initials,
        status=row.status,
        received=row.received,
        organisation=row.organisation if row.received else None,
        level=row.level if row.received else None,
    )
