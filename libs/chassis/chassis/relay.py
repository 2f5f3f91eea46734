"""The relay: oldest outbox rows → log, acknowledged → deleted by id. One at a time per service, held by a lock that
lives and dies with the connection that reads the batch; a relay that lost it stops at once, and what it may still have on
its way is shut out by the next one's right to publish."""

import asyncio
import contextlib
from collections.abc import Coroutine, Sequence
from typing import Any

import asyncpg
import structlog

from chassis import metrics, standstill, traces
from chassis.database import NOTICED_BY_SERVER, connect
from chassis.log import EventLog, Publisher, Record

BATCH = 500

# The advisory lock's number within a service's database: there is only this one relay.
_LOCK = 0x6B6574656E

# NOTIFY can be missed; so often the outbox is looked at without being called (seconds).
PATIENCE = 1.0

# What is committed within so short a time after a batch goes with the next one: a fact by itself does not wait, and many in
# a row do not cost the log, and everybody who reads it, a batch each (seconds).
GATHERING = 0.02

# Between two attempts; who held out longer than the longest begins with the shortest again (seconds).
SHORTEST_PAUSE, LONGEST_PAUSE = 0.1, 5.0

# A right to publish is taken anew so often: a log forgets who held one that is older than a week (seconds).
TERM = 24 * 60 * 60.0

# A statement takes no longer (seconds).
STATEMENT = 30.0

# It deletes what the log has, and no more: a crash that brings rows back has them published twice, which changes nothing.
_NO_WAIT_FOR_DISK = {"synchronous_commit": "off"}

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
                metrics.RELAY_INTERRUPTED.labels(self._service).inc()
            if loop.time() - started > LONGEST_PAUSE:
                pause = SHORTEST_PAUSE
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _hold(self) -> None:
        connection = await connect(
            self._dsn, command_timeout=STATEMENT, server_settings=NOTICED_BY_SERVER | _NO_WAIT_FOR_DISK
        )
        try:
            await _while_connected(connection, self._relay(connection))
        finally:
            await connection.close(timeout=5)

    async def _relay(self, connection: asyncpg.Connection) -> None:
        called = asyncio.Event()
        await connection.add_listener("outbox", lambda *_: called.set())
        while not await connection.fetchval("select pg_try_advisory_lock($1)", _LOCK):  # noqa: ASYNC110 - the lock calls nobody
            await asyncio.sleep(PATIENCE)
        while True:
            # Taken over after the lock and before the outbox is read: who lost the lock holds an older right, and what it
            # still sends cannot come after what the next one says.
            async with self._log.publisher(self._service) as publisher:
                await self._publish_for_a_term(connection, publisher, called)

    async def _publish_for_a_term(
        self, connection: asyncpg.Connection, publisher: Publisher, called: asyncio.Event
    ) -> None:
        loop = asyncio.get_running_loop()
        beaten, end = float("-inf"), loop.time() + TERM
        while loop.time() < end:
            called.clear()
            is_due = loop.time() - beaten >= self._heartbeat
            # Before the outbox is read to its end: what was committed earlier is published then, whatever comes meanwhile.
            at = await connection.fetchval("select statement_timestamp()") if is_due else None
            while (published := await publish_batch(connection, publisher, self._service)) == BATCH:
                pass
            if at is not None:
                await publisher.beat(self._topics, at)
                beaten = loop.time()
            if published:
                await asyncio.sleep(GATHERING)
            # Not wait_for: in Python 3.11 it loses a cancellation that comes together with the call.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(PATIENCE, self._heartbeat)):
                    await called.wait()


async def publish_batch(connection: asyncpg.Connection, publisher: Publisher, service: str) -> int:
    """Publish the oldest rows and delete them once the log has them. Returns how many."""
    rows = await connection.fetch(
        "select seq, topic, key, id, type, body from public.outbox order by seq limit $1", BATCH
    )
    if not rows:
        return 0
    records = [Record(row["topic"], row["key"], row["id"], row["type"], row["body"]) for row in rows]
    with traces.span_for_each(service, "publish", records):
        async with standstill.relaying(connection):
            await publisher.publish(records)
            await connection.execute("delete from public.outbox where seq = any($1)", [row["seq"] for row in rows])
    metrics.PUBLISHED.labels(service).inc(len(rows))
    return len(rows)


async def _while_connected(connection: asyncpg.Connection, work: Coroutine[Any, Any, None]) -> None:
    """Do the work until the connection, and so the lock, is lost: whatever is under way then stops at once."""
    lost = asyncio.Event()
    connection.add_termination_listener(lambda _: lost.set())
    working, losing = asyncio.create_task(work), asyncio.create_task(lost.wait())
    try:
        await asyncio.wait([working, losing], return_when=asyncio.FIRST_COMPLETED)
    finally:
        working.cancel()
        losing.cancel()
        await asyncio.gather(working, losing, return_exceptions=True)
    if lost.is_set():
        raise ConnectionError("The connection that holds the lock is closed.")
    working.result()
