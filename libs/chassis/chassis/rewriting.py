"""After an erasure the disk: a database keeps rows that were deleted in its pages and in its journal until something else is
written over them. The tables they stood in are written anew, the old files are removed, and so is the journal."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import asyncpg
import structlog

from chassis.clock import AMSTERDAM, Clock
from chassis.databases import Databases
from chassis.horizon import StillSeen, until_unseen
from chassis.log import EventLog

# So often is looked whether anything was erased (seconds).
EVERY: Final = 10.0

# Whoever uses a table waits for its rewriting: a second or two for one of this size. A larger one waits for the night.
SMALL: Final = 256 * 1024 * 1024
_NIGHT: Final = range(1, 5)  # hours in the Netherlands

# Readers and writers wait no longer behind who waits for the table; it is tried again (seconds).
_PATIENCE: Final = "2s"

# One at a time per database.
_LOCK: Final = 0x4B657406

# Of every service: what passes through these tells of people too.
_MACHINERY: Final = ("public.outbox", "public.stored_answer", "projection.dead_letter", "public.chunk")

_logger = structlog.get_logger()


class Rewriting:
    """Of one service's database. `tables` are those with content, by schema and name; `log` is seen to as well where this
    service says something private on it."""

    def __init__(
        self, service: str, databases: Databases, tables: Sequence[str], *, log: EventLog | None, clock: Clock
    ) -> None:
        self._service, self._databases, self._log, self._clock = service, databases, log, clock
        self._tables = (*tables, *_MACHINERY)

    async def run(self) -> None:
        """For ever. What was erased while a table could not be had is seen to the next time."""
        while True:
            try:
                await self.rewrite()
            except Exception as fault:
                _logger.warning("rewriting_interrupted", service=self._service, reason=type(fault).__name__)
            await asyncio.sleep(EVERY)

    async def rewrite(self) -> int:
        """Rewrite what held something that was erased. Returns of how much nothing is left on this disk."""
        async with self._databases.connected(self._service, "worker") as connection:
            erased = await connection.fetch(_ERASED)
            if not erased or not await connection.fetchval("select pg_try_advisory_lock($1)", _LOCK):
                return 0
            try:
                await until_unseen(connection)
                if not await self._is_rewritten(connection):
                    return 0
                if self._log is not None:
                    await self._log.forget()
            except StillSeen:
                return 0
            await _drop_journal(connection)
            ids, moments = [row["id"] for row in erased], [row["at"] for row in erased]
            rewritten = len(await connection.fetch(_REWRITTEN, ids, moments))
        _logger.info("disk_rewritten", service=self._service, erased=rewritten)
        return rewritten

    async def _is_rewritten(self, connection: asyncpg.Connection) -> bool:
        """Whether every table was written anew."""
        done = True
        await connection.execute(f"set role \"{self._service}_owner\"; set lock_timeout = '{_PATIENCE}'")
        try:
            for table in self._tables:
                if not is_time(self._clock(), await connection.fetchval(_SIZE, table)):
                    done = False
                    continue
                try:
                    await connection.execute(f"vacuum (full) {table}")
                except asyncpg.LockNotAvailableError:
                    done = False
        finally:
            await connection.execute("reset role; reset lock_timeout")
        return done


def is_time(now: datetime, size: int, zone: ZoneInfo = AMSTERDAM) -> bool:
    """Whether a table of this size (bytes) can be rewritten now."""
    return size < SMALL or now.astimezone(zone).hour in _NIGHT


async def _drop_journal(connection: asyncpg.Connection) -> None:
    """What the journal held up to now goes with the next checkpoint, which is made here."""
    await connection.execute("select pg_switch_wal()")
    await connection.execute("set role pg_checkpoint")
    await connection.execute("checkpoint")
    await connection.execute("reset role")


# What was erased, once all that was said before has left for the log: a name may still wait there.
_ERASED: Final = """
select id, at from public.erased e where rewritten_at is null
    and not exists (select from public.outbox o where o.key = e.id)"""

# What was erased anew meanwhile may have stood in a table that was written before: it is seen to the next time.
_REWRITTEN: Final = """
update public.erased e set rewritten_at = now() from unnest($1::uuid[], $2::timestamptz[]) seen (id, at)
where e.id = seen.id and e.at = seen.at returning e.id"""

_SIZE: Final = "select pg_total_relation_size(cast($1 as regclass))"
