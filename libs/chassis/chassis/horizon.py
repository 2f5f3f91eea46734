"""When what was deleted can leave a database's files: once nobody looks at the database as it was."""

import asyncio
import time
from typing import Final

import asyncpg

# Those who look at what was are waited for so long (seconds).
LOOKING: Final = 5.0


class StillSeen(Exception):
    """Somebody looks at this database as it was. What was deleted stays for him; it is to be tried again."""


async def until_unseen(connection: asyncpg.Connection) -> None:
    """Return when nobody sees any more what has been deleted by now. For whoever does, Postgres keeps a row, and
    `vacuum full` writes it into the new file as well. Who writes counts in whatever database of the server he is: as long as
    he does, everybody's view begins before him, that of `vacuum full` too. Raises StillSeen."""
    now = await connection.fetchval("select pg_snapshot_xmax(pg_current_snapshot())::text")
    end = time.monotonic() + LOOKING
    while await connection.fetchval(_SEEN, now):
        if time.monotonic() > end:
            raise StillSeen
        await asyncio.sleep(0.1)


_SEEN: Final = """
select pg_snapshot_xmin(pg_current_snapshot()) < $1::text::xid8 or exists (
    select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
        and age(backend_xmin) > age($1::text::xid8::xid))"""
