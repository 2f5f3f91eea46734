"""Who had access to a dossier at a moment: through what, since when, and why (BEY-2, BEY-3)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import DateTime, Text, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from access import facts
from access.history import PersonFacts, people_with_access
from chassis.context import Query
from chassis.decisions import Decision, DecisionUnavailable
from chassis.models import Instant, Model
from chassis.paging import Page, Slice
from chassis.problems import Invalid, Unavailable
from chassis.reading_links import ReadingLink
from contracts.actions import ACCOUNT_WIDE
from contracts.ids import DossierId
from dossier.photos import MemberPhotos
from dossier.queries.group import level_codes
from dossier.queries.members import shown_photos
from dossier.queries.written import Person, people


class MomentInFuture(Invalid):
    """Who will have access is not known yet. Choose a moment that has been."""

    nl = "Wie straks toegang heeft is nog niet bekend. Kies een moment dat is geweest."


class Way(Model):
    """One way by which a person reached the dossier; `until` is the first day without."""

    through: Literal["account-role", "group-access", "grant"]
    id: UUID | None
    level: str | None
    since: Instant | None
    until: date | None
    given_by: Person | None


class PersonWithAccess(Person):
    """A person who could read something of the dossier at that moment, and the policy's own reasons. Who reaches it no more
    shows no photo."""

    photo: ReadingLink | None
    external: bool
    rights: list[str]
    ways: list[Way]
    why: list[dict[str, Any]]


async def people_at(
    q: Query, dossier_id: DossierId, at: datetime | None, page: Page, *, photos: MemberPhotos
) -> Slice[PersonWithAccess]:
    """Now, or as it was at `at`; decided by the policy on the facts of that moment."""
    await q.authorize("access.read", facts.dossier(dossier_id))
    moment = at or q.now
    if moment > q.now:
        raise MomentInFuture
    had = [(one, decision) for one, decision in await _decided(q, dossier_id, moment) if decision.allow]
    named = await people(q, {one.user_id for one, _ in had} | {UUID(g) for one, _ in had for g in _givers(one)})
    ways = {_id(one, reason) for one, decision in had for reason in decision.reasons}
    since = await _since(q.session, dossier_id, ways, moment)
    codes = await level_codes(q.session, {UUID(given["level_id"]) for one, _ in had for given in one.given})
    shown = await shown_photos(q.session, dossier_id, {one.user_id for one, _ in had}, now=q.now)
    links = {one: photos.link(q, dossier_id, one, photo_id) for one, photo_id in shown.items()}
    items = [_item(one, decision, named, since, codes, links) for one, decision in had]
    if had and had[0][0].facts["dossier"]["account"] != str(q.actor.account_id):
        items = [_to_outsider(item) for item in items]
    items.sort(key=lambda item: (item.external, item.name or "", item.user_id))
    return page.cut(items, key=lambda item: item.user_id)


async def _decided(q: Query, dossier_id: DossierId, at: datetime) -> list[tuple[PersonFacts, Decision]]:
    decided = []
    for one in await people_with_access(q.session, dossier_id, at):
        try:
            answer = await q.decisions.decide("dossier", {"action": "dossier.read", **one.facts})
        except DecisionUnavailable:
            raise Unavailable from None
        decided.append((one, Decision.of(answer)))
    return decided


def _item(
    one: PersonFacts,
    decision: Decision,
    named: Mapping[UUID, Person],
    since: Mapping[UUID, datetime],
    codes: Mapping[UUID, str],
    links: Mapping[UUID, ReadingLink | None],
) -> PersonWithAccess:
    return PersonWithAccess(
        **named[one.user_id].model_dump(),
        photo=links.get(one.user_id),
        external=one.facts["actor"]["account"] != one.facts["dossier"]["account"],
        rights=sorted(decision.rights),
        ways=[_way(one, reason, named, since, codes) for reason in decision.reasons],
        why=[dict(reason) for reason in decision.reasons],
    )


def _way(
    one: PersonFacts,
    reason: Mapping[str, Any],
    named: Mapping[UUID, Person],
    since: Mapping[UUID, datetime],
    codes: Mapping[UUID, str],
) -> Way:
    way = _id(one, reason)
    given: Mapping[str, Any] = next((g for g in one.given if str(way) in (g.get("grant_id"), g.get("access_id"))), {})
    return Way(
        through=reason["rule"],
        id=None if way == one.user_id else way,
        level=codes.get(UUID(given["level_id"]), given.get("level_code")) if given else None,
        since=since.get(way),
        until=given.get("until"),
        given_by=named[UUID(given["given_by"])] if "given_by" in given else None,
    )


def _to_outsider(item: PersonWithAccess) -> PersonWithAccess:
    """How the owning account orders its clients is its own: an outsider is told that a group gave access, not which."""
    ways = [way.model_copy(update={"id": None}) if way.through == "group-access" else way for way in item.ways]
    why = [{name: said for name, said in reason.items() if name not in ("group", "access")} for reason in item.why]
    return item.model_copy(update={"ways": ways, "why": why})


def _id(one: PersonFacts, reason: Mapping[str, Any]) -> UUID:
    """What gave access: a grant, an access to a group, or the person himself by his role."""
    return UUID(str(reason.get("grant") or reason.get("access") or one.user_id))


def _givers(one: PersonFacts) -> Sequence[str]:
    return [given["given_by"] for given in one.given if "given_by" in given]


async def _since(session: AsyncSession, dossier_id: DossierId, ways: set[UUID], at: datetime) -> dict[UUID, datetime]:
    """Since when each has opened the dossier without a break, up to `at`."""
    asked = {"dossier": dossier_id, "ways": sorted(ways), "at": at, "account_wide": sorted(ACCOUNT_WIDE)}
    rows = await session.execute(_SINCE, asked)
    return {row.id: row.since for row in rows}


_SINCE = text("""
with said as (
    select id, version, at, case kind
        when 'person' then body ->> 'status' = 'active' and body ->> 'role' = any(:account_wide)
        else body ->> 'status' = 'live' end as opens
    from fact_history where id = any(:ways) and at <= :at and kind in ('person', 'group-access', 'grant'))
select id, greatest(min(at), (select min(at) from fact_history where kind = 'dossier' and id = :dossier)) as since
from said s
where version > coalesce((select max(version) from said shut where shut.id = s.id and not shut.opens), 0)
group by id
""").bindparams(
    bindparam("dossier", type_=Uuid),
    bindparam("ways", type_=ARRAY(Uuid)),
    bindparam("at", type_=DateTime(timezone=True)),
    bindparam("account_wide", type_=ARRAY(Text)),
)
