"""What the dossier service hears: who is who and who reaches what (as libs/access keeps it), and lines of access logs."""

from collections.abc import Sequence

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from access.handlers import HANDLERS as ACCESS
from chassis.consumer import Handlers
from contracts import documents, sharing
from contracts.access_log import AccessLogged
from contracts.events import Heard
from dossier.tables import access_log_shipped


async def keep_shipped_lines(session: AsyncSession, heard: Sequence[Heard[AccessLogged]]) -> None:
    """A line of another service is read with ours, once."""
    rows = [line.model_dump() for one in heard for line in one.event.lines]
    if rows:
        await session.execute(insert(access_log_shipped).values(rows).on_conflict_do_nothing())


HANDLERS: Handlers = {
    **ACCESS,
    documents.AccessLogged: keep_shipped_lines,
    sharing.AccessLogged: keep_shipped_lines,
}
