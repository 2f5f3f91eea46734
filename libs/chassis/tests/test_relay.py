"""The relay: what was committed reaches the log, whatever breaks on the way."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text

from chassis import relay
from chassis.consumer import Consumer
from chassis.database import engine, sessions
from chassis.databases import Databases
from chassis.log import Batch, Record
from chassis.relay import Relay, publish_batch
from contracts.ids import new_id
from sharing.consumers import HANDLERS

Eventually = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]
Told = Callable[..., Record]


@pytest.fixture(scope="module")
def kept(kept_databases: Callable[..., Databases]) -> Databases:
    return kept_databases("sharing")


@pytest.fixture
async def connection(kept: Databases) -> AsyncIterator[asyncpg.Connection]:
    """The service's own way to its database, the outbox empty."""
    async with kept.connected("sharing", "worker") as connection:
        await connection.execute("delete from outbox")
        yield connection


@pytest.fixture
def databases(kept: Databases, connection: asyncpg.Connection) -> Databases:
    return kept


async def put(connection: asyncpg.Connection, *records: Record) -> None:
    for r in records:
        await connection.execute(
            "insert into outbox (id, topic, key, type, body) values ($1, $2, $3, $4, $5)",
            *(r.id, r.topic, r.key, r.type, r.body),
        )


def told_to(log: Any) -> list[Any]:
    return [record.id for record in log.published]


@asynccontextmanager
async def relaying(databases: Databases, log: Any, *, heartbeat: float = 60) -> AsyncIterator["asyncio.Task[None]"]:
    works = Relay("sharing", databases.dsn("sharing", "worker"), log, ["keten.sharing"], heartbeat=heartbeat)
    task = asyncio.create_task(works.run())
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def is_empty(connection: asyncpg.Connection) -> Callable[[], Awaitable[bool]]:
    async def is_so() -> bool:
        return bool(await connection.fetchval("select not exists (select from outbox)"))

    return is_so


async def cut_off(databases: Databases, *, having: str) -> None:
    """End the connections of the relay whose lock is `having` (granted, or asked for in vain)."""
    async with databases.administered() as admin:
        await admin.execute(
            f"""select pg_terminate_backend(a.pid) from pg_stat_activity a where a.datname = $1 and {having}""",
            databases.name("sharing"),
        )


HOLDS = "a.pid in (select pid from pg_locks where locktype = 'advisory' and granted)"


async def test_what_is_committed_is_published_in_order_and_then_gone(
    databases: Databases, connection: asyncpg.Connection, memory_log: Any, told: Told, eventually: Eventually
) -> None:
    user = new_id()
    before, after = [told(user, n) for n in (1, 2, 3)], [told(user, n) for n in (4, 5)]
    await put(connection, *before)

    async with relaying(databases, memory_log):
        await eventually(is_empty(connection))
        await put(connection, *after)
        await eventually(is_empty(connection))

    assert memory_log.published == [*before, *after]


async def test_a_fact_goes_at_once_and_those_right_behind_it_together(
    databases: Databases,
    connection: asyncpg.Connection,
    memory_log: Any,
    told: Told,
    eventually: Eventually,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relay, "GATHERING", 5.0)

    async with relaying(databases, memory_log):
        await put(connection, told(new_id(), 1))
        await eventually(is_empty(connection))
        for _ in range(3):
            await put(connection, told(new_id(), 1))
            await asyncio.sleep(0.2)  # a relay that does not gather has taken it by then
        await eventually(is_empty(connection))

    assert memory_log.at_once == [1, 3]


async def test_a_row_stays_until_the_log_has_it(
    databases: Databases, connection: asyncpg.Connection, memory_log: Any, told: Told, eventually: Eventually
) -> None:
    await put(connection, told(new_id(), 1))
    memory_log.open.clear()

    async with relaying(databases, memory_log):
        async with asyncio.timeout(10):
            await memory_log.asked.wait()
        held = await connection.fetchval("select count(*) from outbox")
        memory_log.open.set()
        await eventually(is_empty(connection))

    assert held == 1
    assert len(memory_log.published) == 1


@pytest.mark.parametrize("refusal", [ConnectionError("gone"), RuntimeError("the log's own kind of fault")])
async def test_a_log_that_fails_is_asked_again(
    databases: Databases,
    connection: asyncpg.Connection,
    memory_log: Any,
    told: Told,
    eventually: Eventually,
    refusal: Exception,
) -> None:
    records = [told(new_id(), 1), told(new_id(), 1)]
    await put(connection, *records)
    memory_log.refusals = [refusal, refusal]

    async with relaying(databases, memory_log):
        await eventually(is_empty(connection))

    assert memory_log.published == records


async def test_a_crash_between_publish_and_delete_publishes_twice_and_counts_once(
    databases: Databases, connection: asyncpg.Connection, memory_log: Any, told: Told
) -> None:
    user = new_id()
    await put(connection, told(user, 1), told(user, 2))

    async with databases.connected("sharing", "worker") as dying:
        log: Any = _CutsOffAfterPublish(memory_log, dying, databases)
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)):
            await publish_batch(dying, log, "identity")
    async with databases.connected("sharing", "worker") as following:
        await publish_batch(following, memory_log, "identity")

    assert await connection.fetchval("select count(*) from outbox") == 0
    assert [record.id for record in memory_log.published[2:]] == [record.id for record in memory_log.published[:2]]
    await _take(databases, memory_log.published)
    assert await connection.fetchval("select version from person where id = $1", user) == 2
    assert await connection.fetchval("select count(*) from fact_history where id = $1", user) == 2


async def test_one_relay_publishes_and_the_next_takes_over(
    databases: Databases, connection: asyncpg.Connection, memory_log: Any, told: Told, eventually: Eventually
) -> None:
    spare = type(memory_log)()
    async with relaying(databases, memory_log):
        await eventually(_someone_holds(databases))
        async with relaying(databases, spare):
            for n in range(1, 6):
                await put(connection, told(new_id(), n))
            await eventually(is_empty(connection))
            assert (len(memory_log.published), spare.published) == (5, [])

    async with relaying(databases, spare):
        await put(connection, told(new_id(), 1))
        await eventually(is_empty(connection))
    assert (len(memory_log.published), len(spare.published)) == (5, 1)


async def test_a_relay_that_lost_its_connection_does_not_go_on(
    databases: Databases, connection: asyncpg.Connection, memory_log: Any, told: Told, eventually: Eventually
) -> None:
    user, spare = new_id(), type(memory_log)()
    await put(connection, told(user, 1))
    memory_log.open.clear()

    async with relaying(databases, memory_log):
        async with asyncio.timeout(10):
            await memory_log.asked.wait()
        async with relaying(databases, spare):
            await cut_off(databases, having=HOLDS)
            await eventually(_nobody_is_left(memory_log))
            memory_log.open.set()
            for n in range(2, 8):
                await put(connection, told(user, n))
            await eventually(is_empty(connection))

    # What it had in hand it let go of at once: whoever holds the lock now has said everything, and nobody twice.
    assert sorted(told_to(memory_log) + told_to(spare)) == sorted({*told_to(memory_log), *told_to(spare)})
    assert len(memory_log.published) + len(spare.published) == 7


async def test_a_relay_says_that_nothing_is_missing_only_when_that_is_so(
    databases: Databases, connection: asyncpg.Connection, memory_log: Any, told: Told, eventually: Eventually
) -> None:
    await put(connection, told(new_id(), 1))
    stated: datetime = await connection.fetchval("select clock_timestamp()")
    memory_log.refusals = [ConnectionError("gone")] * 3
    said_early: list[datetime] = []

    async with relaying(databases, _Watched(memory_log, said_early), heartbeat=0.02):
        await eventually(is_empty(connection))

        async def has_beaten() -> bool:
            return len(memory_log.beats) > 1

        await eventually(has_beaten)

    assert said_early == []
    assert min(memory_log.beats) >= stated


async def test_a_relay_says_how_far_it_is_also_when_there_is_always_more_to_say(
    databases: Databases, connection: asyncpg.Connection, memory_log: Any, told: Told, eventually: Eventually
) -> None:
    first = told(new_id(), 1)
    await put(connection, first)
    log = _Refilled(memory_log, lambda: put(connection, told(new_id(), 1)))

    async with relaying(databases, log, heartbeat=0.02):

        async def has_beaten() -> bool:
            return len(memory_log.beats) > 2

        await eventually(has_beaten)

    assert first in memory_log.published
    assert log.left_at_beats == [True] * len(memory_log.beats)


async def test_what_got_its_number_earlier_and_was_committed_later_is_not_lost(
    databases: Databases, connection: asyncpg.Connection, memory_log: Any, told: Told, eventually: Eventually
) -> None:
    slow, quick = told(new_id(), 1), told(new_id(), 1)

    async with relaying(databases, memory_log, heartbeat=0.02), databases.connected("sharing", "worker") as other:
        transaction = other.transaction()
        await transaction.start()
        await put(other, slow)
        await put(connection, quick)
        await eventually(is_empty(connection))
        assert told_to(memory_log) == [quick.id]
        before: datetime = await connection.fetchval("select clock_timestamp()")
        await transaction.commit()

        async def has_both() -> bool:
            return told_to(memory_log) == [quick.id, slow.id]

        await eventually(has_both)
        await eventually(is_empty(connection))
    assert before


async def test_the_right_to_publish_is_taken_anew_now_and_then(
    databases: Databases,
    connection: asyncpg.Connection,
    memory_log: Any,
    told: Told,
    eventually: Eventually,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relay, "TERM", 0.02)
    records = [told(new_id(), 1) for _ in range(5)]

    async with relaying(databases, memory_log, heartbeat=0.01):
        for record in records:
            await put(connection, record)
            await eventually(is_empty(connection))

        async def has_been_renewed() -> bool:
            return bool(memory_log.terms > 2)

        await eventually(has_been_renewed)

    assert memory_log.published == records


async def test_a_relay_gets_over_an_interruption_at_once(
    databases: Databases, connection: asyncpg.Connection, memory_log: Any, told: Told, eventually: Eventually
) -> None:
    async with relaying(databases, memory_log):
        await eventually(_someone_holds(databases))
        started = asyncio.get_running_loop().time()
        await cut_off(databases, having=HOLDS)
        await put(connection, told(new_id(), 1))
        await eventually(is_empty(connection))
        took = asyncio.get_running_loop().time() - started

    # Without being told it would look at its outbox, and find out, a second later.
    assert took < 0.9


def _nobody_is_left(memory_log: Any) -> Callable[[], Awaitable[bool]]:
    """Whether whoever was saying something has let go of it."""

    async def is_so() -> bool:
        return bool(memory_log.cancelled)

    return is_so


def _someone_holds(databases: Databases) -> Callable[[], Awaitable[bool]]:
    async def is_so() -> bool:
        async with databases.administered(databases.name("sharing")) as admin:
            found: bool = await admin.fetchval(
                """select exists (select from pg_locks where locktype = 'advisory' and granted
                   and database = (select oid from pg_database where datname = current_database()))"""
            )
            return found

    return is_so


class _CutsOffAfterPublish:
    """A log after whose acknowledgement the relay's connection breaks."""

    def __init__(self, log: Any, connection: asyncpg.Connection, databases: Databases) -> None:
        self._log, self._connection, self._databases = log, connection, databases

    async def publish(self, records: Sequence[Record]) -> None:
        await self._log.publish(records)
        async with self._databases.administered() as admin:
            await admin.execute("select pg_terminate_backend($1)", self._connection.get_server_pid())


class _Watched:
    """A log that notes beats which come while something is still to be published."""

    def __init__(self, log: Any, said_early: list[datetime]) -> None:
        self._log, self._said_early = log, said_early

    @asynccontextmanager
    async def publisher(self, name: str) -> AsyncIterator["_Watched"]:
        yield self

    async def publish(self, records: Sequence[Record]) -> None:
        await self._log.publish(records)

    async def beat(self, topics: Sequence[str], at: datetime) -> None:
        if not self._log.published:
            self._said_early.append(at)
        await self._log.beat(topics, at)


class _Refilled:
    """A log during whose every request something new is stated."""

    def __init__(self, log: Any, state: Callable[[], Awaitable[None]]) -> None:
        self._log, self._state = log, state
        self.left_at_beats: list[bool] = []

    @asynccontextmanager
    async def publisher(self, name: str) -> AsyncIterator["_Refilled"]:
        yield self

    async def publish(self, records: Sequence[Record]) -> None:
        await self._log.publish(records)
        await self._state()
        self._has_more = True

    async def beat(self, topics: Sequence[str], at: datetime) -> None:
        self.left_at_beats.append(self._has_more)
        await self._log.beat(topics, at)


async def _take(databases: Databases, records: Sequence[Record]) -> None:
    worker = engine(databases.url("sharing", "worker"), size=2)
    try:
        made = sessions(worker)
        await Consumer("sharing", made, None, HANDLERS).take(Batch(records, {}))  # type: ignore[arg-type]
        async with made() as session:
            await session.execute(text("select 1"))
    finally:
        await worker.dispose()
