"""What a policy may know of a dossier, a client group or an account: read here in one query, decided in Rego."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.clock import day
from chassis.problems import Conflict, NotFound, Refusal

# More ways than this into one dossier add nothing to what they open; the embedded interpreter slows with each.
MOST_WAYS = 20


class DossierUnknown(NotFound):
    """There is no such dossier, or you have no access to it."""

    nl = "Dit dossier bestaat niet, of u hebt er geen toegang toe."


class DossierIsArchived(Conflict):
    """This dossier is archived: it can be read, and must be restored before anything is written or shared."""

    nl = "Dit dossier is gearchiveerd: lezen kan, voor schrijven of delen moet het eerst worden teruggezet."


class GroupUnknown(NotFound):
    """There is no such client group, or you have no access to it."""

    nl = "Deze cliëntgroep bestaat niet, of u hebt er geen toegang toe."


class AccountUnknown(NotFound):
    """There is no such account, or you do not belong to it."""

    nl = "Dit account bestaat niet, of u hoort er niet bij."


@dataclass(frozen=True)
class DossierResource:
    """One dossier, with every way in which a person reaches it."""

    dossier_id: UUID
    package: ClassVar[str] = "dossier"
    problems: ClassVar[Mapping[str, type[Refusal]]] = {"dossier-archived": DossierIsArchived}
    missing: ClassVar[type[NotFound]] = DossierUnknown

    @property
    def subject(self) -> UUID | None:
        return self.dossier_id

    async def facts(self, session: AsyncSession, user_id: UUID, now: datetime, *, lock: bool) -> dict[str, Any]:
        asked = {"user": user_id, "dossier": self.dossier_id}
        if lock:
            await session.execute(_HOLD_DOSSIER, asked)
        found = (await session.execute(_DOSSIER, {**asked, "today": day(now), "most": MOST_WAYS})).one()
        if found.dossier is None:
            # Nobody reaches what is not there; nothing of it is uncertain, unless its first event is parked.
            nowhere = {"id": str(self.dossier_id), "account": "", "group": "", "status": "absent"}
            return _facts(found, now) | {"dossier": nowhere, "groups": [], "grants": []}
        return _facts(found, now) | {"dossier": found.dossier, "groups": found.groups, "grants": found.grants}


@dataclass(frozen=True)
class GroupResource:
    """One client group with a person's access to it. Its account and status come from the service that owns groups."""

    group_id: UUID
    account_id: UUID
    status: str = "open"
    package: ClassVar[str] = "group"
    problems: ClassVar[Mapping[str, type[Refusal]]] = {}
    missing: ClassVar[type[NotFound]] = GroupUnknown

    @property
    def subject(self) -> UUID | None:
        return None

    async def facts(self, session: AsyncSession, user_id: UUID, now: datetime, *, lock: bool) -> dict[str, Any]:
        asked = {"user": user_id, "group": self.group_id}
        if lock:
            await session.execute(_HOLD_GROUP, asked)
        found = (await session.execute(_GROUP, {**asked, "most": MOST_WAYS})).one()
        group = {"id": str(self.group_id), "account": str(self.account_id), "status": self.status}
        return _facts(found, now) | {"group": group, "groups": found.groups}


@dataclass(frozen=True)
class AccountResource:
    """An account, for what a person may do there by his role. An action about oneself is `about` a person; when it is
    `concerning` a dossier, the access log's line says so."""

    account_id: UUID
    about: UUID | None = None
    concerning: UUID | None = None
    package: ClassVar[str] = "account"
    problems: ClassVar[Mapping[str, type[Refusal]]] = {}
    missing: ClassVar[type[NotFound]] = AccountUnknown

    @property
    def subject(self) -> UUID | None:
        return self.concerning

    async def facts(self, session: AsyncSession, user_id: UUID, now: datetime, *, lock: bool) -> dict[str, Any]:
        if lock:
            await session.execute(_HOLD_PERSON, {"user": user_id})
        found = (await session.execute(_ACTOR, {"user": user_id})).one()
        return _facts(found, now) | {
            "account": {"id": str(self.account_id)},
            "subject": str(self.about) if self.about else None,
        }


@dataclass(frozen=True)
class ScopeResource:
    """Which dossiers a list may hold."""

    package: ClassVar[str] = "scope"
    problems: ClassVar[Mapping[str, type[Refusal]]] = {}
    missing: ClassVar[type[NotFound]] = AccountUnknown

    @property
    def subject(self) -> UUID | None:
        return None

    async def facts(self, session: AsyncSession, user_id: UUID, now: datetime, *, lock: bool) -> dict[str, Any]:
        found = (await session.execute(_SCOPE, {"user": user_id})).one()
        return _facts(found, now) | {"has_grants": found.has_grants}


def dossier(dossier_id: UUID) -> DossierResource:
    return DossierResource(dossier_id)


def group(group_id: UUID, account_id: UUID, *, status: str = "open") -> GroupResource:
    return GroupResource(group_id, account_id, status)


def account(account_id: UUID, *, about: UUID | None = None, concerning: UUID | None = None) -> AccountResource:
    return AccountResource(account_id, about, concerning)


def _facts(found: Any, now: datetime) -> dict[str, Any]:
    return {
        "at": int(now.timestamp()),
        "today": day(now).isoformat(),
        "actor": found.actor or {},
        "fresh": found.fresh,
        "parked": found.parked,
    }


def _sql(*parts: str) -> TextClause:
    return text("select " + ",\n".join(parts))


# A session that was ended makes its own tokens' bearer inactive, not the person elsewhere.
_ACTOR_PART = """
(select jsonb_build_object('id', p.id, 'account', p.account_id, 'role', p.role, 'medical', p.medical, 'status',
    case when p.id::text = current_setting('keten.user', true) and exists (
        select from ended_session e where e.session_id = current_setting('keten.session', true))
    then 'signed-out' else p.status end)
 from person p where p.id = :user and p.version > 0) as actor"""

# Everything received rests on what other services said; without any word of them nothing is fresh.
_FRESH_PART = """
(select coalesce(min(f.at) > now() - make_interval(secs => current_setting('keten.staleness')::float), false)
 from freshness f) as fresh"""


def _parked_part(keys: str) -> str:
    return f"exists (select from dead_letter x where x.key in ({keys})) as parked"


_GROUPS_OF = """
coalesce((select jsonb_agg(jsonb_build_object('id', g.id, 'group', g.group_id, 'rights', g.rights, 'status', g.status)
    order by g.id)
 from (select * from group_access g where g.user_id = :user and g.group_id = {group}
       order by g.status desc, cardinality(g.rights) desc, g.id limit :most) g), '[]') as groups"""

_GRANTS_PART = """
coalesce((
    with recursive chain as (
        (select g.id as leaf, 0 as depth, g.* from grant_access g
         where g.recipient_id = :user and g.dossier_id = :dossier
         order by (g.effective_until is null or g.effective_until > :today) desc,
             cardinality(g.effective_rights) desc, g.at desc, g.id limit :most)
        union all
        select c.leaf, c.depth + 1, g.* from grant_access g join chain c on g.id = c.parent_id),
    links as (
        select leaf, jsonb_agg(jsonb_build_object('id', id, 'rights', rights, 'status', status, 'until', until)
            order by depth desc) as chain
        from chain group by leaf having bool_or(parent_id is null))
    select jsonb_agg(jsonb_build_object('id', leaf, 'chain', chain) order by leaf) from links), '[]') as grants"""

_DOSSIER = _sql(
    _ACTOR_PART,
    """(select jsonb_build_object('id', d.dossier_id, 'account', d.account_id, 'group', d.group_id, 'status', d.status)
        from dossier_access d where d.dossier_id = :dossier) as dossier""",
    _GROUPS_OF.format(group="(select d.group_id from dossier_access d where d.dossier_id = :dossier)"),
    _GRANTS_PART,
    _FRESH_PART,
    _parked_part(
        ":user, :dossier, (select d.group_id from dossier_access d where d.dossier_id = :dossier),"
        " (select d.account_id from dossier_access d where d.dossier_id = :dossier),"
        " (select p.account_id from person p where p.id = :user)"
    ),
)

_GROUP = _sql(
    _ACTOR_PART,
    _GROUPS_OF.format(group=":group"),
    _FRESH_PART,
    _parked_part(":user, :group, (select p.account_id from person p where p.id = :user)"),
)

_ACTOR = _sql(_ACTOR_PART, _FRESH_PART, _parked_part(":user, (select p.account_id from person p where p.id = :user)"))

# A list leans on every grant and group of its reader, so any of them that is parked makes it uncertain.
_SCOPE = _sql(
    _ACTOR_PART,
    "exists (select from grant_access g where g.recipient_id = :user) as has_grants",
    _FRESH_PART,
    _parked_part("""
        select :user union all select p.account_id from person p where p.id = :user
        union all select g.group_id from group_access g where g.user_id = :user
        union all select g.dossier_id from grant_access g where g.recipient_id = :user"""),
)

_HOLD_PERSON = text("select from person where id = :user for share")

_HOLD_GROUP = text("""
with p as (select 1 from person where id = :user for share),
     g as (select 1 from group_access where user_id = :user and group_id = :group for share)
select (select count(*) from p), (select count(*) from g)""")

_HOLD_DOSSIER = text("""
with recursive links as (
    select id, parent_id from grant_access where recipient_id = :user and dossier_id = :dossier
    union select g.id, g.parent_id from grant_access g join links l on g.id = l.parent_id),
    p as (select 1 from person where id = :user for share),
    d as (select group_id from dossier_access where dossier_id = :dossier for share),
    g as (select 1 from group_access where user_id = :user and group_id in (select group_id from d) for share),
    c as (select 1 from grant_access where id in (select id from links) for share)
select (select count(*) from p), (select count(*) from d), (select count(*) from g), (select count(*) from c)""")
