"""Who reaches a dossier now: people of the account it belongs to, and those of other organisations (SHR-17)."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import UUID, Boolean, Date, Subquery, Text, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from access import facts
from chassis.clock import day
from chassis.context import Query
from chassis.keyset import continued
from chassis.paging import Page, Slice
from contracts.actions import ACCOUNT_WIDE
from contracts.ids import DossierId
from contracts.rights import STANDARD_LEVELS
from dossier.queries.written import Person

Through = Literal["account-role", "group-access", "grant"]


class Member(Person):
    """One person and the ways by which he reaches the dossier. A role gives everything and has no level."""

    external: bool
    level: str | None
    through: list[Through]


async def members(q: Query, dossier_id: DossierId, page: Page) -> Slice[Member]:
    """Everybody who reaches the dossier, by name."""
    await q.authorize("member.read", facts.dossier(dossier_id))
    people = _members(dossier_id, q.now)
    asked = await continued(q.session, select(people), page, order=(people.c.sort_key, people.c.id))
    rows = (await q.session.execute(asked)).all()
    return page.slice(rows, _member, key=lambda row: row.id)


async def member_count(session: AsyncSession, dossier_id: DossierId, now: datetime) -> int:
    # open to everyone: a number, for whom the policy has let read the members
    return await session.scalar(select(func.count()).select_from(_members(dossier_id, now))) or 0


def _member(row: Any) -> Member:
    return Member(
        user_id=row.id,
        name=row.name,
        initials=row.initials,
        account_id=row.account_id,
        organisation=row.organisation,
        external=row.external,
        level=row.level,
        through=row.through,
    )


def _members(dossier_id: DossierId, now: datetime) -> Subquery:
    given = {
        "dossier": dossier_id,
        "today": day(now),
        "account_wide": sorted(ACCOUNT_WIDE),
        "standard": {str(level.id): level.code for level in STANDARD_LEVELS},
    }
    return _MEMBERS.bindparams(**given).subquery("members")


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
select p.id, coalesce(p.sort_key, '') as sort_key, p.name, p.initials, p.account_id, a.name as organisation,
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
        bindparam("dossier", type_=UUID),
        bindparam("today", type_=Date),
        bindparam("account_wide", type_=ARRAY(Text)),
        bindparam("standard", type_=JSONB),
    )
    .columns(
        id=UUID,
        sort_key=Text,
        name=Text,
        initials=Text,
        account_id=UUID,
        organisation=Text,
        external=Boolean,
        level=Text,
        through=ARRAY(Text),
    )
)
