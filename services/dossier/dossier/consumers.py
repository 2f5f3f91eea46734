"""What the dossier service hears: who is who and who reaches what (as libs/access keeps it), lines of access logs, and
that an account ended."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from access.handlers import HANDLERS as ACCESS
from access.handlers import forget_accounts
from chassis.access_log_months import kept_from
from chassis.clock import utc_now
from chassis.consumer import Handlers
from chassis.work import open_job
from contracts import documents, sharing
from contracts.access_log import AccessLogged
from contracts.events import Heard
from contracts.identity import AccountErased
from contracts.ids import AccountId
from dossier import tables
from dossier.domain.dossier import ENDING
from dossier.tables import access_log_shipped

# Dossiers that are erased in one transaction: a second or two, and then others have their turn.
AT_ONCE: Final = 50


async def keep_shipped_lines(session: AsyncSession, heard: Sequence[Heard[AccessLogged]]) -> None:
    """A line of another service is read with ours, once, and as long: what a rebuild reads of older months stays away."""
    oldest = kept_from(utc_now())
    rows = [line.model_dump() for one in heard for line in one.event.lines if line.at >= oldest]
    if rows:
        await session.execute(insert(access_log_shipped).values(rows).on_conflict_do_nothing())


async def end_accounts(session: AsyncSession, heard: Sequence[Heard[AccountErased]]) -> None:
    """All that an account had here goes, by work in parts. The job is named by the fact: twice is once."""
    await forget_accounts(session, heard)
    for one in heard:
        account_id = one.event.account_id
        items = await _parts_of(session, account_id)
        await open_job(session, kind=ENDING, account_id=account_id, opened_by=None, items=items, at=one.at, key=one.id)


async def _parts_of(session: AsyncSession, account_id: AccountId) -> list[dict[str, str]]:
    """Its dossiers, some at a time, and its groups."""
    own = select(tables.dossier.c.id).where(tables.dossier.c.account_id == account_id)
    ids = list(await session.scalars(own.order_by(tables.dossier.c.id)))
    parts = [ids[begin : begin + AT_ONCE] for begin in range(0, len(ids), AT_ONCE)]
    return [*({"from": str(part[0]), "to": str(part[-1])} for part in parts), {"groups": str(account_id)}]


HANDLERS: Handlers = {
    **ACCESS,
    AccountErased: end_accounts,
    documents.AccessLogged: keep_shipped_lines,
    sharing.AccessLogged: keep_shipped_lines,
}
