"""One dossier: what its reader may read of it, what he may do with it, and why (SHR-10, SHR-21, BEY-2)."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, Table, Uuid, bindparam, func, select, union_all

from access import facts
from access.tables import account, grant_access, group_access, level
from chassis.clock import day
from chassis.context import Context, Query
from chassis.decisions import Decision
from chassis.models import Model
from contracts.dossier import DossierStatus
from contracts.ids import DossierId
from contracts.rights import STANDARD_LEVELS, Section, section_of
from dossier import tables
from dossier.domain.client import Client
from dossier.domain.plan import GoalState
from dossier.loading import profile_of
from dossier.queries.members import counted_members
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
    found = (await q.session.execute(_DETAIL, {"dossier": dossier_id, "today": day(q.now)})).one_or_none()
    if found is None:
        raise facts.DossierUnknown
    is_own = found.account_id == q.actor.account_id
    return DossierAnswer(
        id=found.id,
        client_id=found.client_id,
        group_id=found.group_id if is_own else None,
        status=found.status,
        account_id=found.account_id,
        organisation=found.organisation,
        received=not is_own,
        levels=await _levels(q, decision),
        rights=_by_section(decision),
        sections=await _sections(q, decision, found),
        why=[dict(reason) for reason in decision.reasons],
        version=found.version,
    )


async def profile(q: Query, dossier_id: DossierId) -> ProfileAnswer:
    await q.authorize("profile.read", facts.dossier(dossier_id))
    return await profile_as_is(q, await profile_of(q.session, dossier_id))


async def profile_as_is(c: Context, client: Client) -> ProfileAnswer:
    # open to everyone: its caller asked the policy
    return shown(ProfileAnswer, client, await people_in(c, [client]))


async def _levels(q: Query, decision: Decision) -> list[str]:
    """The levels by which the reader reaches it; a role is no level."""
    ways = {UUID(str(reason[name])) for reason in decision.reasons for name in ("grant", "access") if name in reason}
    if not ways:
        return []
    given = await q.session.execute(_LEVELS, {"ways": ways})
    return sorted({code for row in given if (code := row.code or _STANDARD.get(row.level_id))})


def _by_section(decision: Decision) -> dict[Section, list[str]]:
    held: dict[Section, list[str]] = {}
    for right in sorted(decision.rights):
        held.setdefault(section_of(right), []).append(right.partition(":")[2])
    return held


async def _sections(q: Query, decision: Decision, found: Any) -> Sections:
    """Those that the reader may read; the profile is shown whole, and that is a line of the access log."""
    counts = _counts(found)
    readable = {section_of(right) for right in decision.rights if right.endswith(":read")}
    shown_here: dict[str, Any] = {section.value: counts[section] for section in readable if section in counts}
    if Section.PROFILE in readable:
        q.includes("profile.read")
        shown_here["profile"] = await profile_as_is(q, await profile_of(q.session, found.id))
    return Sections(**shown_here)


def _counts(found: Any) -> dict[Section, Count]:
    """Of every section that is counted; who may not read a section is not told."""
    return {
        Section.REPORTS: Count(count=found.reports),
        Section.PLAN: OpenCount(count=found.goals, open=found.open_goals),
        Section.TASKS: OpenCount(count=found.tasks, open=found.open_tasks),
        Section.DOCUMENTS: Count(count=found.documents),
        Section.MEDICAL: Count(count=found.medical),
        Section.MEMBERS: Count(count=found.members),
    }


def _count(table: Table, *narrowed: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count()).select_from(table).where(table.c.dossier_id == _ID, *narrowed).scalar_subquery()


# Made once: building a query takes longer than what the database needs for it.
_ID = bindparam("dossier", type_=Uuid())
_WAYS = bindparam("ways", expanding=True, type_=Uuid())
_STANDARD = {one.id: one.code for one in STANDARD_LEVELS}

_DETAIL = (
    select(
        tables.dossier,
        account.c.name.label("organisation"),
        _count(tables.report).label("reports"),
        _count(tables.goal).label("goals"),
        _count(tables.goal, tables.goal.c.state == GoalState.OPEN).label("open_goals"),
        _count(tables.task).label("tasks"),
        _count(tables.task, tables.task.c.done.is_(False)).label("open_tasks"),
        _count(tables.note, tables.note.c.section == Section.DOCUMENTS).label("documents"),
        _count(tables.note, tables.note.c.section == Section.MEDICAL).label("medical"),
        counted_members().label("members"),
    )
    .outerjoin_from(tables.dossier, account, account.c.id == tables.dossier.c.account_id)
    .where(tables.dossier.c.id == _ID)
)

_LEVELS = union_all(
    select(grant_access.c.level_id, grant_access.c.level_code.label("code")).where(grant_access.c.id.in_(_WAYS)),
    select(group_access.c.level_id, level.c.code)
    .outerjoin_from(group_access, level, level.c.id == group_access.c.level_id)
    .where(group_access.c.id.in_(_WAYS)),
)
