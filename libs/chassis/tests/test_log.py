"""The contract of the event log, held by every driver."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from chassis.databases import Databases
from chassis.log import Batch, Record, Subscription
from chassis.log_postgres import BATCH, PostgresLog
from contracts.ids import new_id

DRIVERS = ["postgres"]

OPENED = datetime(2026, 1, 1, tzinfo=UTC)

Connect = Callable[[], PostgresLog]


@pytest.fixture(scope="module")
def databases(kept_databases: Callable[..., Databases]) -> Databases:
    return kept_databases("orders")


@pytest.fixture(params=DRIVERS)
async def connect(request: pytest.FixtureRequest, databases: Databases) -> AsyncIterator[Connect]:
    """Another process's way to the same log."""
    made: list[PostgresLog] = []

    def connect() -> PostgresLog:
        made.append(PostgresLog(databases.dsn("log", "service")))
        return made[-1]

    yield connect
    for log in made:
        await log.close()


@pytest.fixture
def log(connect: Connect) -> PostgresLog:
    return connect()


@pytest.fixture
def topic() -> str:
    return f"keten.{new_id().hex}"


def a_record(topic: str, body: object = "", *, key: UUID | None = None, type: str = "nl.keten.test.said.v1") -> Record:
    return Record(topic, key or new_id(), new_id(), type, str(body))


class Reader:
    """Takes batches with a bound on the wait."""

    def __init__(self, subscription: Subscription) -> None:
        self.subscription, self._batches = subscription, subscription.batches()

    async def batch(self) -> Batch:
        async with asyncio.timeout(10):
            return await anext(self._batches)

    async def records(self, number: int, *, done: bool = True) -> list[Record]:
        read: list[Record] = []
        while len(read) < number:
            batch = await self.batch()
            read.extend(batch.records)
            if done:
                await self.subscription.done(batch)
        return read


@asynccontextmanager
async def reading(log: PostgresLog, group: str, *topics: str, from_start: bool = False) -> AsyncIterator[Reader]:
    async with log.subscribe(group, topics, from_start=from_start) as subscription:
        yield Reader(subscription)


def bodies(records: list[Record], key: UUID | None = None) -> list[str]:
    return [record.body for record in records if key is None or record.key == key]


async def test_order_holds_per_key(log: PostgresLog, topic: str) -> None:
    one, other = new_id(), new_id()

    for n in range(10):
        await log.publish([a_record(topic, n, key=one), a_record(topic, n, key=other), a_record(topic, -n, key=one)])

    async with reading(log, "a", topic) as reader:
        read = await reader.records(30)
    assert bodies(read, one) == [str(n) for pair in ((n, -n) for n in range(10)) for n in pair]
    assert bodies(read, other) == [str(n) for n in range(10)]


async def test_what_was_not_done_is_sent_again(log: PostgresLog, topic: str) -> None:
    await log.publish([a_record(topic, n) for n in range(3)])
    async with reading(log, "a", topic) as reader:
        await reader.records(3, done=False)

    async with reading(log, "a", topic) as again:
        assert bodies(await again.records(3)) == ["0", "1", "2"]


async def test_what_was_done_is_not_sent_again(connect: Connect, topic: str) -> None:
    log = connect()
    await log.publish([a_record(topic, "before")])
    async with reading(log, "a", topic) as reader:
        await reader.records(1)

    await log.publish([a_record(topic, "after")])

    async with reading(connect(), "a", topic) as again:
        assert bodies(await again.records(1)) == ["after"]


async def test_groups_do_not_know_of_each_other(log: PostgresLog, topic: str) -> None:
    await log.publish([a_record(topic, "said")])
    async with reading(log, "a", topic) as reader:
        await reader.records(1)

    async with reading(log, "b", topic) as other:
        assert bodies(await other.records(1)) == ["said"]


async def test_a_group_can_read_from_the_start(log: PostgresLog, topic: str) -> None:
    await log.publish([a_record(topic, "said")])
    async with reading(log, "a", topic) as reader:
        await reader.records(1)

    async with reading(log, "a", topic, from_start=True) as again:
        assert bodies(await again.records(1)) == ["said"]


async def test_only_what_was_asked_for_is_read(log: PostgresLog, topic: str) -> None:
    await log.publish([a_record(f"{topic}.other", "other"), a_record(topic, "asked")])

    async with reading(log, "a", topic) as reader:
        assert bodies(await reader.records(1)) == ["asked"]


async def test_a_head_waits_for_all_that_was_said_before_it(log: PostgresLog, topic: str) -> None:
    await log.publish([a_record(topic, n) for n in range(BATCH + 1)])
    await log.beat([topic], OPENED)

    async with reading(log, "a", topic) as reader:
        first, second = await reader.batch(), await reader.batch()

    assert (len(first.records), dict(first.heads)) == (BATCH, {})
    assert (len(second.records), dict(second.heads)) == (1, {topic: OPENED})


async def test_a_head_never_promises_more_than_was_read(connect: Connect, topic: str) -> None:
    writer, told = connect(), 60

    async def say() -> None:
        for n in range(told):
            await writer.publish([a_record(topic, n)])
            await writer.beat([topic], OPENED + timedelta(seconds=n + 1))

    async with reading(connect(), "a", topic) as reader:
        saying = asyncio.create_task(say())
        read, promised = 0, OPENED
        while promised < OPENED + timedelta(seconds=told):
            batch = await reader.batch()
            read += len(batch.records)
            promised = batch.heads.get(topic, promised)
            assert promised <= OPENED + timedelta(seconds=read)
        await saying


async def test_time_goes_on_when_nothing_is_said(log: PostgresLog, topic: str) -> None:
    async with reading(log, "a", topic) as reader:
        await log.beat([topic], OPENED)
        first = await reader.batch()
        await log.beat([topic], OPENED + timedelta(seconds=5))
        second = await reader.batch()

    assert (list(first.records), first.heads[topic]) == ([], OPENED)
    assert (list(second.records), second.heads[topic]) == ([], OPENED + timedelta(seconds=5))


async def test_a_private_topic_keeps_the_latest_of_each_key_and_type(log: PostgresLog, topic: str) -> None:
    private, key = f"{topic}.private", new_id()

    await log.publish([a_record(private, "old name", key=key), a_record(private, "other key")])
    await log.publish([a_record(private, "name", key=key), a_record(private, "photo", key=key, type="photo")])

    async with reading(log, "a", private) as reader:
        assert bodies(await reader.records(3)) == ["other key", "name", "photo"]


async def test_a_private_topic_keeps_one_of_what_is_said_twice_at_once(log: PostgresLog, topic: str) -> None:
    private, key = f"{topic}.private", new_id()

    await log.publish([a_record(private, "old", key=key), a_record(private, "new", key=key), a_record(private, "end")])

    async with reading(log, "a", private) as reader:
        assert bodies(await reader.records(2)) == ["new", "end"]


async def test_a_topic_of_facts_keeps_everything(log: PostgresLog, topic: str) -> None:
    key = new_id()

    await log.publish([a_record(topic, "old", key=key)])
    await log.publish([a_record(topic, "new", key=key)])

    async with reading(log, "a", topic) as reader:
        assert bodies(await reader.records(2)) == ["old", "new"]


async def test_a_reader_goes_on_where_compaction_took_records_away(log: PostgresLog, topic: str) -> None:
    private, key = f"{topic}.private", new_id()
    await log.publish([a_record(private, "old", key=key)])
    async with reading(log, "a", private) as reader:
        await reader.records(1)

    await log.publish([a_record(private, "newer", key=key)])
    await log.publish([a_record(private, "newest", key=key)])

    async with reading(log, "a", private) as again:
        assert bodies(await again.records(1)) == ["newest"]


async def test_publishing_is_all_or_nothing(log: PostgresLog, topic: str) -> None:
    refused = Record(f"{topic}.z", new_id(), new_id(), "type", None)  # type: ignore[arg-type]

    with pytest.raises(Exception, match="null"):
        await log.publish([a_record(topic, "with it"), refused])
    await log.publish([a_record(topic, "after it")])

    async with reading(log, "a", topic) as reader:
        assert bodies(await reader.records(1)) == ["after it"]


async def test_publishers_of_the_same_topics_do_not_hinder_each_other(connect: Connect, topic: str) -> None:
    topics = [topic, f"{topic}.b"]
    keys = [new_id() for _ in range(3)]

    async def say(key: UUID) -> None:
        log = connect()
        for n in range(15):
            await log.publish([a_record(one, n, key=key) for one in (topics if n % 2 else reversed(topics))])

    await asyncio.gather(*(say(key) for key in keys))

    async with reading(connect(), "a", *topics) as reader:
        read = await reader.records(90)
    for one in topics:
        for key in keys:
            assert bodies([r for r in read if r.topic == one], key) == [str(n) for n in range(15)]


async def test_a_reader_misses_nothing_of_those_who_publish_at_once(connect: Connect, topic: str) -> None:
    async def say() -> None:
        log = connect()
        for n in range(20):
            await log.publish([a_record(topic, n)])

    async with reading(connect(), "a", topic) as reader, AsyncExitStack() as stack:
        group = await stack.enter_async_context(asyncio.TaskGroup())
        for _ in range(4):
            group.create_task(say())
        read = await reader.records(80)

    assert len({record.id for record in read}) == 80


async def test_a_waiting_reader_is_woken(connect: Connect, topic: str) -> None:
    log = connect()
    async with reading(connect(), "a", topic) as reader:
        waiting = asyncio.create_task(reader.batch())
        await log.publish([a_record(topic, "first, so that everything is connected")])
        await waiting

        taken = []
        for _ in range(5):
            waiting = asyncio.create_task(reader.batch())
            await asyncio.sleep(0)
            started = time.perf_counter()
            await log.publish([a_record(topic, "wake up")])
            await waiting
            taken.append(time.perf_counter() - started)

    # Without a call it would be a second before the log is looked at again.
    assert sorted(taken)[2] < 0.3


async def test_who_publishes_finds_its_way_back(connect: Connect, databases: Databases, topic: str) -> None:
    log = connect()
    await log.publish([a_record(topic, "before")])

    await _cut(databases)
    with contextlib.suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        await log.publish([a_record(f"{topic}.other", "kept or lost; who publishes is told which")])
    await log.publish([a_record(topic, "after")])

    async with reading(log, "a", topic) as reader:
        assert bodies(await reader.records(2)) == ["before", "after"]


async def test_a_reader_that_was_cut_off_says_so(log: PostgresLog, databases: Databases, topic: str) -> None:
    async with reading(log, "a", topic) as reader:
        waiting = asyncio.create_task(reader.batch())
        await asyncio.sleep(0.05)

        await _cut(databases)

        with pytest.raises(Exception, match=r"connection|terminat"):
            await waiting


async def _cut(databases: Databases) -> None:
    async with databases.administered() as admin:
        await admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", databases.name("log")
        )
