"""The access log of one dossier as a person reads it (NEN 7513): lines of this service and those that others shipped."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Subquery, Table, Text, literal, select, union_all

from access import facts
from chassis.context import Query
from chassis.keyset import continued
from chassis.models import Instant, Model
from chassis.paging import Page, Slice
from chassis.problems import Language
from chassis.tables import access_log_line
from contracts.access_log import Outcome
from contracts.ids import DossierId
from contracts.operators import OPERATOR, PLATFORM
from dossier.queries.written import Person, people
from dossier.tables import access_log_shipped


class LogLine(Model):
    """Who did what, when, on whose behalf, and by which rule; refusals stand here too."""

    id: UUID
    at: Instant
    service: str
    action: str
    outcome: Outcome
    person: Person
    client: str
    on_behalf_of: Person | None
    emergency: bool
    reasons: list[dict[str, Any]]


async def access_log(
    q: Query, dossier_id: DossierId, page: Page, *, since: datetime | None, until: datetime | None
) -> Slice[LogLine]:
    """Newest first; `since` and `until` are instants, the last one not included."""
    await q.authorize("access_log.read", facts.dossier(dossier_id))
    lines = _lines(dossier_id)
    asked = select(lines)
    if since is not None:
        asked = asked.where(lines.c.at >= since)
    if until is not None:
        asked = asked.where(lines.c.at < until)
    asked = await continued(q.session, asked, page, order=(lines.c.at, lines.c.id), newest_first=True)
    rows = (await q.session.execute(asked)).all()
    named = await people(q, {i for row in rows for i in (row.actor_id, row.on_behalf_of) if i is not None})
    named[OPERATOR] = operator(q.language)
    return page.slice(rows, lambda row: _line(row, named), key=lambda row: row.id)


def operator(language: Language) -> Person:
    """Whoever runs the platform. He is no user and has no name here; the line's client says under which he is known."""
    name, initials = ("Platformbeheer", "PB") if language == "nl" else ("Platform operator", "PO")
    return Person(user_id=OPERATOR, name=name, initials=initials, account_id=PLATFORM, organisation="Keten")


def _line(row: Any, named: dict[UUID, Person]) -> LogLine:
    return LogLine(
        id=row.id,
        at=row.at,
        service=row.service,
        action=row.action,
        outcome=row.outcome,
        person=named[row.actor_id],
        client=row.client,
        on_behalf_of=named.get(row.on_behalf_of),
        emergency=row.emergency,
        reasons=row.reasons,
    )


def _lines(dossier_id: DossierId) -> Subquery:
    own = _of(access_log_line, dossier_id, literal("dossier", Text))
    shipped = _of(access_log_shipped, dossier_id, access_log_shipped.c.service)
    return union_all(own, shipped).subquery("lines")


def _of(table: Table, dossier_id: DossierId, service: Any) -> Select[Any]:
    held = table.c
    return select(
        held.id,
        held.at,
        service.label("service"),
        held.action,
        held.outcome,
        held.actor_id,
        held.client,
        held.on_behalf_of,
        held.emergency,
        held.reasons,
    ).where(held.subject_id == dossier_id)
