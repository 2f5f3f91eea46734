"""Who reached a dossier at a moment, now or earlier: the same facts as ever, taken from every version that was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.clock import day


@dataclass(frozen=True)
class PersonFacts:
    """One person who may have had access, with the policy's input for him at that moment."""

    user_id: UUID
    facts: Mapping[str, Any]
    given: Sequence[Mapping[str, Any]]
    """The grants and group accesses that name him, as they were."""


async def people_with_access(session: AsyncSession, dossier_id: UUID, at: datetime) -> list[PersonFacts]:
    """Everybody whom a role, a group or a grant could have let in at `at`. Who really got in is for the policy."""
    rows = (await session.execute(_AS_OF, {"dossier": dossier_id, "at": at})).all()
    of = {
        kind: [row.body for row in rows if row.kind == kind] for kind in ("dossier", "group-access", "grant", "person")
    }
    if not of["dossier"]:
        return []
    dossier = of["dossier"][0]
    return [_person(body, dossier, of["group-access"], of["grant"], at) for body in of["person"]]


def _person(
    person: Mapping[str, Any],
    dossier: Mapping[str, Any],
    accesses: Sequence[Mapping[str, Any]],
    grants: Sequence[Mapping[str, Any]],
    at: datetime,
) -> PersonFacts:
    own = [one for one in accesses if one["user_id"] == person["user_id"]]
    received = [one for one in grants if one["recipient_id"] == person["user_id"]]
    facts = {
        "at": int(at.timestamp()),
        "today": day(at).isoformat(),
        "actor": {
            "id": person["user_id"],
            "account": person["account_id"],
            "role": person["role"],
            "status": person["status"],
            "medical": person["medical"],
        },
        "dossier": {
            "id": dossier["dossier_id"],
            "account": dossier["account_id"],
            "group": dossier["group_id"],
            "status": dossier["status"],
        },
        "groups": [
            {"id": a["access_id"], "group": a["group_id"], "rights": sorted(a["rights"]), "status": a["status"]}
            for a in own
        ],
        "grants": [{"id": g["grant_id"], "chain": _chain(g, grants)} for g in received],
        "fresh": True,
        "parked": False,
    }
    return PersonFacts(UUID(person["user_id"]), facts, [*own, *received])


def _chain(leaf: Mapping[str, Any], grants: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    by_id = {grant["grant_id"]: grant for grant in grants}
    links, link = [], leaf
    while True:
        links.append(
            {"id": link["grant_id"], "rights": sorted(link["rights"]), "status": link["status"], "until": link["until"]}
        )
        parent = link["parent_id"]
        if parent is None:
            return links[::-1]
        if parent not in by_id:
            # A link nobody knows opens nothing.
            return [{"id": parent, "rights": [], "status": "ended", "until": None}, *links[::-1]]
        link = by_id[parent]


_AS_OF = text("""
with held as (
    select distinct on (kind, id) kind, id, scope_id, body from fact_history
    where at <= :at and scope_id = :dossier and kind in ('dossier', 'grant')
    order by kind, id, version desc),
here as (
    select (body->>'group_id')::uuid as group_id, (body->>'account_id')::uuid as account_id
    from held where kind = 'dossier'),
accesses as (
    select distinct on (h.id) h.kind, h.id, h.scope_id, h.body from fact_history h, here
    where h.kind = 'group-access' and h.scope_id = here.group_id and h.at <= :at order by h.id, h.version desc),
named as (
    select (body->>'recipient_id')::uuid as id from held where kind = 'grant'
    union select (body->>'user_id')::uuid from accesses
    union select h.id from fact_history h, here where h.kind = 'person' and h.scope_id = here.account_id
        and h.body->>'role' in ('owner', 'administrator')),
people as (
    select distinct on (h.id) h.kind, h.id, h.scope_id, h.body from fact_history h join named n on n.id = h.id
    where h.kind = 'person' and h.at <= :at order by h.id, h.version desc)
select * from held union all select * from accesses union all select * from people
""")
