"""Who reaches a dossier now: people of the account it belongs to, and those of other organisations (SHR-17)."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Boolean, Date, ScalarSelect, Subquery, Text, Uuid, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from access import facts
from chassis.clock import day
from chassis.context import Query
from chassis.keyset import continued
from chassis.paging import Page, Slice
from chassis.reading_links import ReadingLink
from contracts.actions import ACCOUNT_WIDE
from contracts.ids import DossierId
from contracts.rights import STANDARD_LEVELS
from dossier.photos import MemberPhotos
from dossier.queries.written import Person

Through = Literal["account-role", "group-access", "grant"]


class Member(Person):
    """One person and the ways by which he reaches the dossier. A role gives everything and has no level."""

    photo: ReadingLink | None
    external: bool
    level: str | None
    through: list[Through]


async def members(q: Query, dossier_id: DossierId, page: Page, *, photos: MemberPhotos) -> Slice[Member]:
    """Everybody who reaches the dossier, by name."""
    await q.authorize("member.read", facts.dossier(dossier_id))
    people = _members(dossier_id, q.now)
    asked = await continued(q.session, select(people), page, order=(people.c.sort_key, people.c.id))
    rows = (await q.session.execute(asked)).all()
    return page.slice(
        rows,
        lambda row: _member(row, photos.link(q, dossier_id, row.id, row.photo_id)),
        key=lambda row: row.id,
    )


async def shown_photos(
    session: AsyncSession, dossier_id: DossierId, people: Collection[UUID], *, now: datetime
) -> dict[UUID, UUID]:
    """The photos of those of these people who reach the dossier now."""
    # open to everyone: ids, for whom the policy has let read the members
    found = _members(dossier_id, now).c
    asked = select(found.id, found.photo_id).where(found.id.in_(people), found.photo_id.is_not(None))
    return {row.id: row.photo_id for row in await session.execute(asked)}


def counted_members() -> ScalarSelect[int]:
    """How many there are, within a query that binds `dossier` and `today`; for whom the policy has let read the members."""
    return select(func.count()).select_from(_MEMBERS.bindparams(**_FIXED).subquery("members")).scalar_subquery()


def _member(row: Any, photo: ReadingLink | None) -> Member:
    return Member(
        user_id=row.id,
        name=row.name,
        initials=row.initials,
        account_id=row.account_id,
        organisation=row.organisation,
        photo=photo,
        external=row.external,
        level=row.level,
        through=row.through,
    )


def _members(dossier_id: DossierId, now: datetime) -> Subquery:
    return _MEMBERS.bindparams(**_FIXED, dossier=dossier_id, today=day(now)).subquery("members")


_FIXED: Mapping[str, Any] = {
    "account_wide": sorted(ACCOUNT_WIDE),
    "standard": {str(level.id): level.code for level in STANDARD_LEVELS},
}


# Every way of every person; of more than one the widest gives the level. Whether a way opens anything for him is decided
# by the policy when he comes.
_MEMBERS = (
    text("""
with ways as (
    select 'account-role' as through, p.id as user_id, null as level, 1000 as width
    from dossier_access d join person p on p.account_id = d.account_id and p.role = any(:account_wide)
    where d.dossier_id = :dossier
    union all
    select 'group-access', g.user_id, coalesce(l.code, :standard ->> g.level_id::text), cardinality(g.rights)
    from dossier_access d join group_access g on g.group_id = d.group_id and g.status = 'live'
    left join level l on l.id = g.level_id
    where d.dossier_id = :dossier and cardinality(g.rights) > 0
    union all
    select 'grant', g.recipient_id, g.level_code, cardinality(g.effective_rights)
    from grant_access g
    where g.dossier_id = :dossier and cardinality(g.effective_rights) > 0
        and (g.effective_until is null or g.effective_until > :today))
select p.id, coalesce(p.sort_key, '') as sort_key, p.name, p.initials, p.photo_id, p.account_id,
    a.name as organisation,
    p.account_id <> d.account_id as external,
    (array_agg(w.level order by w.width desc, w.level))[1] as level,
    array_agg(distinct w.through) as through
from ways w
join person p on p.id = w.user_id and p.status = 'active'
join dossier_access d on d.dossier_id = :dossier
left join account a on a.id = p.account_id
group by p.id, a.name, d.account_id
""")
    .bindparams(
        bindparam("dossier", type_=Uuid),
        bindparam("today", type_=Date),
        bindparam("account_wide", type_=ARRAY(Text)),
        bindparam("standard", type_=JSONB),
    )
    .columns(
        id=Uuid,
        sort_key=Text,
        name=Text,
        initials=Text,
        photo_id=Uuid,
        account_id=Uuid,
        organisation=Text,
        external=Boolean,
        level=Text,
        through=ARRAY(Text),
    )
)
