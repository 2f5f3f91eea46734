"""One dossier: what its reader may read of it, what he may do with it, and why (SHR-10, SHR-21, BEY-2)."""

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, Table, func, select

from access import facts
from access.tables import account, grant_access, group_access
from chassis.context import Context, Query
from chassis.decisions import Decision
from chassis.models import Model
from contracts.dossier import DossierStatus
from contracts.ids import DossierId
from contracts.rights import Section, section_of
from dossier import tables
from dossier.domain.client import Client
from dossier.domain.dossier import Dossier
from dossier.domain.plan import GoalState
from dossier.loading import dossier_to_change, profile_of
from dossier.queries.group import level_codes
from dossier.queries.members import member_count
from dossier.queries.written import Written, people_in, shown


class Address(Model):
    """Where somebody lives."""

    street: str | None = None
    house_number: str | None = None
    postal_code: str | None = None
    city: str | None = None


class ProfileAnswer(Written):
    """The profile section; its id is the client's."""

    given_name: str
    infix: str | None
    family_name: str
    name: str
    initials: str
    birth_date: date | None
    email: str | None
    phone: str | None
    address: Address | None


class Count(Model):
    """How much there is in a section."""

    count: int


class OpenCount(Count):
    """Of how many, how many are still open."""

    open: int


class Sections(Model):
    """What the reader may read; null is a section that is not open to him."""

    profile: ProfileAnswer | None = None
    reports: Count | None = None
    plan: OpenCount | None = None
    tasks: OpenCount | None = None
    documents: Count | None = None
    medical: Count | None = None
    members: Count | None = None


class DossierAnswer(Model):
    """A dossier as this reader has it: `rights` per section, by which levels, and `why`."""

    id: UUID
    client_id: UUID
    group_id: UUID | None
    status: DossierStatus
    account_id: UUID
    organisation: str | None
    received: bool
    levels: list[str]
    rights: dict[Section, list[str]]
    sections: Sections
    why: list[dict[str, Any]]
    version: int


async def dossier_detail(q: Query, dossier_id: DossierId) -> DossierAnswer:
    decision = await q.authorize("dossier.read", facts.dossier(dossier_id))
    found = await dossier_to_change(q.session, dossier_id)
    readable = {section_of(right) for right in decision.rights if right.endswith(":read")}
    is_own = found.account_id == q.actor.account_id
    return DossierAnswer(
        id=found.id,
        client_id=found.client_id,
        group_id=found.group_id if is_own else None,
        status=found.status,
        account_id=found.account_id,
        organisation=await q.session.scalar(select(account.c.name).where(account.c.id == found.account_id)),
        received=not is_own,
        levels=await _levels(q, decision),
        rights=_by_section(decision),
        sections=await _sections(q, found, readable),
        why=[dict(reason) for reason in decision.reasons],
        version=found.version,
    )


async def profile(q: Query, dossier_id: DossierId) -> ProfileAnswer:
    await q.authorize("profile.read", facts.dossier(dossier_id))
    return await profile_as_is(q, await profile_of(q.session, dossier_id))


async def profile_as_is(c: Context, client: Client) -> ProfileAnswer:
    # open to everyone: its caller asked the policy
    return shown(ProfileAnswer, client, await people_in(c.session, [client]))


async def _levels(q: Query, decision: Decision) -> list[str]:
    """The levels by which the reader reaches it; a role is no level."""
    ways = {UUID(str(reason[name])) for reason in decision.reasons for name in ("grant", "access") if name in reason}
    by_grant = select(grant_access.c.level_id, grant_access.c.level_code).where(grant_access.c.id.in_(ways))
    by_group = select(group_access.c.level_id).where(group_access.c.id.in_(ways))
    given = {row.level_id: row.level_code for row in await q.session.execute(by_grant)}
    groups = set(await q.session.scalars(by_group))
    return sorted({*given.values(), *(await level_codes(q.session, groups)).values()})


def _by_section(decision: Decision) -> dict[Section, list[str]]:
    held: dict[Section, list[str]] = {}
    for right in sorted(decision.rights):
        held.setdefault(section_of(right), []).append(right.partition(":")[2])
    return held


async def _sections(q: Query, found: Dossier, readable: Collection[Section]) -> Sections:
    counts = await _counts(q, found.id)
    shown_here: dict[str, Any] = {section.value: counts[section] for section in readable if section in counts}
    if Section.PROFILE in readable:
        shown_here["profile"] = await profile(q, found.id)
    if Section.MEMBERS in readable:
        shown_here["members"] = Count(count=await member_count(q.session, found.id, q.now))
    return Sections(**shown_here)


async def _counts(q: Query, dossier_id: DossierId) -> dict[Section, Count]:
    """Of every section, in one query; who may not read a section is not told."""
    notes, goals, tasks = tables.note.c, tables.goal.c, tables.task.c
    row = (
        await q.session.execute(
            select(
                _count(tables.report, dossier_id).label("reports"),
                _count(tables.goal, dossier_id).label("goals"),
                _count(tables.goal, dossier_id, goals.state == GoalState.OPEN).label("open_goals"),
                _count(tables.task, dossier_id).label("tasks"),
                _count(tables.task, dossier_id, tasks.done.is_(False)).label("open_tasks"),
                _count(tables.note, dossier_id, notes.section == Section.DOCUMENTS).label("documents"),
                _count(tables.note, dossier_id, notes.section == Section.MEDICAL).label("medical"),
            )
        )
    ).one()
    return {
        Section.REPORTS: Count(count=row.reports),
        Section.PLAN: OpenCount(count=row.goals, open=row.open_goals),
        Section.TASKS: OpenCount(count=row.tasks, open=row.open_tasks),
        Section.DOCUMENTS: Count(count=row.documents),
        Section.MEDICAL: Count(count=row.medical),
    }


def _count(table: Table, dossier_id: DossierId, *narrowed: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count()).select_from(table).where(table.c.dossier_id == dossier_id, *narrowed).scalar_subquery()
