"""Taking what is to be changed out of the database, and handing back what was; the same for every section."""

from datetime import UTC, date, datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import func, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from access.facts import DossierUnknown, GroupUnknown
from chassis.clock import day
from chassis.context import Command, check_version
from contracts.dossier import SectionWritten
from contracts.ids import ClientGroupId, ClientId, DossierId, new_id
from dossier import tables
from dossier.domain.client import Client, ClientUnknown
from dossier.domain.dossier import Dossier
from dossier.domain.entry import Entry, EntryUnknown
from dossier.domain.group import ClientGroup, GroupIsClosed, GroupStatus

E = TypeVar("E", bound=Entry)


def new_entry(c: Command, dossier_id: DossierId) -> dict[str, Any]:
    """What every new entry begins with."""
    by = c.actor.user_id
    return {
        "id": new_id(),
        "dossier_id": dossier_id,
        "author_id": by,
        "written_at": c.now,
        "editor_id": by,
        "edited_at": c.now,
    }


def added(c: Command, entry: E) -> E:
    """A new entry, and the fact that it was written."""
    c.stage(entry.written(), version=entry.version)
    c.session.add(entry)
    return entry


def changed(c: Command, entry: E, event: SectionWritten | None) -> E:
    """A changed entry, with the fact if anything changed."""
    if event is not None:
        c.stage(event, version=entry.version)
    return entry


async def entry_of(session: AsyncSession, kind: type[E], dossier_id: DossierId, entry_id: UUID) -> E:
    """Raises EntryUnknown for what is not in this dossier."""
    held = tables.table_of(kind).c
    found = await session.scalar(select(kind).where(held.id == entry_id, held.dossier_id == dossier_id))
    if found is None:
        raise EntryUnknown
    return found


async def entry_to_change(c: Command, kind: type[E], dossier_id: DossierId, entry_id: UUID, expected: int | None) -> E:
    """Called after authorize; raises as `check_version` does."""
    found = await entry_of(c.session, kind, dossier_id, entry_id)
    check_version(found.version, expected)
    return found


async def profile_of(session: AsyncSession, dossier_id: DossierId) -> Client:
    found = await session.scalar(select(Client).where(tables.client.c.dossier_id == dossier_id))
    if found is None:
        raise DossierUnknown
    return found


async def dossier_to_change(session: AsyncSession, dossier_id: DossierId) -> Dossier:
    found = await session.get(Dossier, dossier_id)
    if found is None:
        raise DossierUnknown
    return found


async def last_change(session: AsyncSession, dossier_id: DossierId) -> date:
    """The day on which something in a dossier was last written: from then on the law counts (BW 7:454 lid 3)."""
    written = [tables.client, tables.report, tables.goal, tables.goal_action, tables.task, tables.note]
    moments = union_all(*(select(t.c.edited_at).where(t.c.dossier_id == dossier_id) for t in written)).subquery()
    return day(await session.scalar(select(func.max(moments.c.edited_at))) or datetime.min.replace(tzinfo=UTC))


async def years_kept(session: AsyncSession) -> int:
    """How long a dossier must be kept after its last change."""
    asked = select(tables.retention.c.years).where(tables.retention.c.what == "dossier")
    years: int = (await session.execute(asked)).scalar_one()
    return years


async def dossier_of_client(session: AsyncSession, client_id: ClientId) -> Dossier:
    found = await session.scalar(select(Dossier).where(tables.dossier.c.client_id == client_id))
    if found is None:
        raise ClientUnknown
    return found


async def group_to_change(session: AsyncSession, group_id: ClientGroupId) -> ClientGroup:
    """An open group; a closed one is there for nobody."""
    found = await session.get(ClientGroup, group_id)
    if found is None or found.status is GroupStatus.CLOSED:
        raise GroupUnknown
    return found


async def hold_group(session: AsyncSession, group: ClientGroup, *, to_close: bool = False) -> None:
    """Until the commit: whoever puts a client in keeps the group from closing, who closes it keeps clients out. Raises
    GroupIsClosed when that happened since it was loaded."""
    await session.refresh(group, with_for_update={"read": not to_close})
    if group.status is GroupStatus.CLOSED:
        raise GroupIsClosed
