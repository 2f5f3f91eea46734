"""The relay: oldest outbox rows → log, acknowledged → deleted by id. One at a time per service, held by a lock that
lives and dies with the connection that reads the batch, so a relay that lost it cannot go on."""

import asyncio
import contextlib
from collections.abc import Sequence

import asyncpg
import structlog

from chassis.log import EventLog, Record

BATCH = 500

# The advisory lock's number within a service's database: there is only this one relay.
_LOCK = 0x6B6574656E

# NOTIFY can be missed; so often the outbox is looked at without being called (seconds).
PATIENCE = 1.0

# Between two attempts; who held out longer than the longest begins with the shortest again (seconds).
SHORTEST_PAUSE, LONGEST_PAUSE = 0.1, 5.0

_logger = structlog.get_logger()


class Relay:
    """Publishes one service's outbox. `dsn` is a direct connection; `heartbeat` in seconds."""

    def __init__(self, service: str, dsn: str, log: EventLog, topics: Sequence[str], *, heartbeat: float) -> None:
        self._service, self._dsn, self._log, self._topics, self._heartbeat = service, dsn, log, topics, heartbeat

    async def run(self) -> None:
        """For ever; whatever fails is tried again with a new connection and, if it was lost, a new lock."""
        loop, pause = asyncio.get_running_loop(), SHORTEST_PAUSE
        while True:
            started = loop.time()
            try:
                await self._hold()
            except Exception as lost:
                _logger.warning("relay_interrupted", service=self._service, reason=type(lost).__name__)
            if loop.time() - started > LONGEST_PAUSE:
                pause = SHORTEST_PAUSE
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _hold(self) -> None:
        connection = await asyncpg.connect(self._dsn, timeout=10)
        try:
            called = asyncio.Event()
            await connection.add_listener("outbox", lambda *_: called.set())
            connection.add_termination_listener(lambda _: called.set())
            while not await connection.fetchval("select pg_try_advisory_lock($1)", _LOCK):  # noqa: ASYNC110 - the lock calls nobody
                await asyncio.sleep(PATIENCE)
            await self._publish_for_ever(connection, called)
        finally:
            await connection.close(timeout=5)

    async def _publish_for_ever(self, connection: asyncpg.Connection, called: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        beaten = float("-inf")
        while True:
            called.clear()
            while await publish_batch(connection, self._log) == BATCH:
                pass
            if loop.time() - beaten >= self._heartbeat:
                await self._beat(connection)
                beaten = loop.time()
            # Not wait_for: in Python 3.11 it loses a cancellation that comes together with the call.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(PATIENCE, self._heartbeat)):
                    await called.wait()

    async def _beat(self, connection: asyncpg.Connection) -> None:
        # A head may only be claimed while the lock is held and the outbox is empty behind it.
        # statement_timestamp() lies before the snapshot, so nothing committed earlier can be missing.
        at = await connection.fetchval("select statement_timestamp() where not exists (select from public.outbox)")
        if at is not None:
            await self._log.beat(self._topics, at)


async def publish_batch(connection: asyncpg.Connection, log: EventLog) -> int:
    """Publish the oldest rows and delete them once the log has them. Returns how many."""
    rows = await connection.fetch(
        "select seq, topic, key, id, type, body from public.outbox order by seq limit $1", BATCH
    )
    if not rows:
        return 0
    await log.publish([Record(row["topic"], row["key"], row["id"], row["type"], row["body"]) for row in rows])
    await connection.execute("delete from public.outbox where seq = any($1)", [row["seq"] for row in rows])
    return len(rows)
