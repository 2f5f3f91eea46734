"""What workers do: take the contents of erased dossiers away, and end what an account had here. And what is forgotten every
hour."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from access.facts import DossierUnknown
from chassis.access_log_months import kept_from
from chassis.clock import Clock, day
from chassis.consumer import FORGOTTEN_AT_ONCE, handle_own
from chassis.erasure import forget
from chassis.staging import put, stage
from chassis.work import Claim, Work, open_job
from contracts.dossier import DossierErased, ErasureGround
from contracts.ids import DossierId
from dossier import tables
from dossier.consumers import HANDLERS
from dossier.domain.dossier import ENDING, ERASURE, Dossier, Status
from dossier.domain.group import ClientGroup, GroupStatus
from dossier.loading import dossier_to_change, last_change, years_kept

# What must go is tried for a week: a database that is away comes back.
_ATTEMPTS: Final = 1000


def works(clock: Clock) -> Sequence[Work]:
    """The kinds of work that the dossier service has."""
    return [
        Work(kind=ERASURE, run=_Contents().run, attempts=_ATTEMPTS, limit=120),
        Work(kind=ENDING, run=_Ending(clock).run, attempts=_ATTEMPTS),
    ]


class _Contents:
    """All that was written in one dossier goes, in one transaction."""

    async def run(self, claim: Claim) -> None:
        async with claim.finishing() as session:
            await take_away(session, [DossierId(UUID(claim.item["dossier"]))])


class _Ending:
    """Some dossiers of an account that ended, or what its groups are called."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def run(self, claim: Claim) -> None:
        async with claim.finishing() as session:
            await (self._groups if "groups" in claim.item else self._dossiers)(session, claim)

    async def _dossiers(self, session: AsyncSession, claim: Claim) -> None:
        held = tables.dossier.c
        here = (held.account_id == claim.account_id, held.id >= _id(claim, "from"), held.id <= _id(claim, "to"))
        for dossier in await session.scalars(select(Dossier).where(*here, held.status != Status.ERASED)):
            claim.stage(await ended(session, dossier, at=self._clock()), version=dossier.version)
        await session.flush()
        ids = await session.scalars(select(held.id).where(*here))
        await take_away(session, [DossierId(one) for one in ids])

    async def _groups(self, session: AsyncSession, claim: Claim) -> None:
        """What they are called was told to nobody as a fact, so that it goes is nobody's news; that they are closed is."""
        mine = tables.client_group.c.account_id == claim.account_id
        for group in await session.scalars(select(ClientGroup).where(mine)):
            if group.status is GroupStatus.OPEN:
                claim.stage(group.close(clients=0), version=group.version)
        await session.flush()
        await session.execute(update(tables.client_group).where(mine).values(name="", name_key=""))
        await forget(session, [claim.account_id])


def _id(claim: Claim, name: str) -> UUID:
    return UUID(claim.item[name])


async def ended(session: AsyncSession, dossier: Dossier, *, at: datetime) -> DossierErased:
    """A dossier of an account that ended, whatever its state. Its account said that it need not be kept here."""
    if dossier.status is not Status.DELETED:
        dossier.delete(by=None, at=at, changed_on=await last_change(session, dossier.id))
    return dossier.erase(ground=ErasureGround.ACCOUNT_ENDED, at=at, today=day(at), keep_years=0)


async def erase_now(session: AsyncSession, dossier_id: UUID, *, ground: ErasureGround, at: datetime) -> None:
    """For who runs the platform: delete it, if it is not, and erase it. Raises DossierUnknown, RetentionNotEnded."""
    dossier = await dossier_to_change(session, DossierId(dossier_id))
    if dossier.status is Status.ERASED:
        raise DossierUnknown
    staged = []
    if dossier.status is not Status.DELETED:
        deleted = dossier.delete(by=None, at=at, changed_on=await last_change(session, dossier.id))
        staged.append(stage(deleted, version=dossier.version, at=at, account=dossier.account_id))
    years = await years_kept(session)
    erased = dossier.erase(ground=ground, at=at, today=day(at), keep_years=years)
    staged.append(stage(erased, version=dossier.version, at=at, account=dossier.account_id))
    await session.flush()
    await put(session, staged)
    await handle_own(session, HANDLERS, [one.heard() for one in staged])
    items = [{"dossier": str(dossier.id)}]
    await open_job(session, kind=ERASURE, account_id=dossier.account_id, opened_by=None, items=items, at=at)


async def take_away(session: AsyncSession, ids: Sequence[DossierId]) -> None:
    """What stood in these dossiers, and what tells of it elsewhere in this database. Twice is once."""
    for content in (
        tables.report_edit,
        tables.report,
        tables.goal_action,
        tables.goal,
        tables.task,
        tables.note,
        tables.client,
    ):
        await session.execute(delete(content).where(content.c.dossier_id.in_(ids)))
    await forget(session, ids)


async def forget_shipped(session: AsyncSession, now: datetime) -> bool:
    """Lines that other services shipped go with the month in which ours go (ALL-2), some at a time; whether there are more.
    They are no partitions: a rebuild makes these tables anew."""
    gone = await session.execute(_FORGET_SHIPPED, {"kept": kept_from(now), "most": FORGOTTEN_AT_ONCE})
    return len(gone.all()) == FORGOTTEN_AT_ONCE


_FORGET_SHIPPED = text("""
delete from access_log_shipped where id in (
    select id from access_log_shipped where at < :kept limit :most) returning 1""")
