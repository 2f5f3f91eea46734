"""The contract of the event log, held by every driver."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from chassis.databases import Databases
from chassis.log import Batch, Record, Standing, Subscription, topic_of
from chassis.log_postgres import BATCH, STILL_NAMED
from chassis.testing.logs import DRIVERS, Logs, Way
from contracts.ids import new_id

OPENED = datetime(2026, 1, 1, tzinfo=UTC)

Connect = Callable[[], Way]

on_postgres = pytest.mark.parametrize("logs", ["postgres"], indirect=True)


@pytest.fixture(scope="module")
def databases(kept_databases: Callable[..., Databases]) -> Databases:
    return kept_databases("orders")


@pytest.fixture(params=DRIVERS)
async def logs(request: pytest.FixtureRequest, databases: Databases) -> AsyncIterator[Logs]:
    kafka = request.getfixturevalue("kafka").address if request.param == "kafka" else None
    logs = Logs(request.param, databases, kafka)
    yield logs
    await logs.close()


@pytest.fixture
def connect(logs: Logs) -> Connect:
    """Another process's way to the same log."""
    return logs.connect


@pytest.fixture
def log(connect: Connect) -> Way:
    return connect()


@pytest.fixture
def topic() -> str:
    return f"keten.{new_id().hex}"


def a_record(
    topic: str, body: object = "{}", *, key: UUID | None = None, type: str = "nl.keten.test.said.v1"
) -> Record:
    return Record(topic, key or new_id(), new_id(), type, str(body))


class Reader:
    """Takes batches with a bound on the wait, and remembers what the heads promised."""

    def __init__(self, subscription: Subscription, streams: Sequence[str]) -> None:
        self.subscription, self._batches, self._streams = subscription, subscription.batches(), streams
        self._heads: dict[str, datetime] = {}

    async def batch(self) -> Batch:
        async with asyncio.timeout(10):
            batch = await anext(self._batches)
        assert set(batch.heads) | set(batch.offsets) <= set(self._streams)
        self._heads |= batch.heads
        return batch

    def promised(self, topic: str) -> datetime | None:
        """Up to when nothing of the whole topic is missing."""
        heads = [self._heads.get(stream) for stream in self._streams if topic_of(stream) == topic]
        return None if None in heads else min(head for head in heads if head is not None)

    async def records(self, number: int, *, done: bool = True) -> list[Record]:
        read: list[Record] = []
        while len(read) < number:
            batch = await self.batch()
            read.extend(batch.records)
            if done:
                await self.subscription.done(batch)
        return read


@asynccontextmanager
async def reading(log: Way, group: str, *topics: str, from_start: bool = False) -> AsyncIterator[Reader]:
    async with log.subscribe(f"{group}-{topics[0]}", topics, from_start=from_start) as subscription:
        yield Reader(subscription, await log.streams(topics))


async def no_position_names_it_any_more(log: Way, databases: Databases, topic: str) -> None:
    """Eleven minutes go by, and with the next sign of life what was said anew is gone."""
    async with databases.administered(databases.name("log")) as admin:
        older = "update record set superseded_at = superseded_at - $2::interval where topic = $1"
        await admin.execute(older, topic, STILL_NAMED)
    await log.beat([topic], datetime.now(UTC))


def bodies(records: list[Record], key: UUID | None = None) -> list[str]:
    return [record.body for record in records if key is None or record.key == key]


async def test_order_holds_per_key(log: Way, topic: str) -> None:
    one, other = new_id(), new_id()

    for n in range(10):
        await log.publish([a_record(topic, n, key=one), a_record(topic, n, key=other), a_record(topic, -n, key=one)])

    async with reading(log, "a", topic) as reader:
        read = await reader.records(30)
    assert bodies(read, one) == [str(n) for pair in ((n, -n) for n in range(10)) for n in pair]
    assert bodies(read, other) == [str(n) for n in range(10)]


async def test_what_was_not_done_is_sent_again(log: Way, topic: str) -> None:
    await log.publish([a_record(topic, n) for n in range(3)])
    async with reading(log, "a", topic) as reader:
        await reader.records(3, done=False)

    async with reading(log, "a", topic) as again:
        assert sorted(bodies(await again.records(3))) == ["0", "1", "2"]


async def test_what_was_done_is_not_sent_again(connect: Connect, topic: str) -> None:
    log = connect()
    await log.publish([a_record(topic, "before")])
    async with reading(log, "a", topic) as reader:
        await reader.records(1)

    await log.publish([a_record(topic, "after")])

    async with reading(connect(), "a", topic) as again:
        assert bodies(await again.records(1)) == ["after"]


async def test_groups_do_not_know_of_each_other(log: Way, topic: str) -> None:
    await log.publish([a_record(topic, "said")])
    async with reading(log, "a", topic) as reader:
        await reader.records(1)

    async with reading(log, "b", topic) as other:
        assert bodies(await other.records(1)) == ["said"]


async def test_a_group_can_read_from_the_start(log: Way, topic: str) -> None:
    await log.publish([a_record(topic, "said")])
    async with reading(log, "a", topic) as reader:
        await reader.records(1)

    async with reading(log, "a", topic, from_start=True) as again:
        assert bodies(await again.records(1)) == ["said"]


async def test_only_what_was_asked_for_is_read(log: Way, topic: str) -> None:
    await log.publish([a_record(f"{topic}.other", "other"), a_record(topic, "asked")])

    async with reading(log, "a", topic) as reader:
        assert bodies(await reader.records(1)) == ["asked"]


async def test_a_head_waits_for_all_that_was_said_before_it(log: Way, topic: str) -> None:
    await log.publish([a_record(topic, n) for n in range(BATCH + 1)])
    await log.beat([topic], OPENED)

    async with reading(log, "a", topic) as reader:
        read = 0
        while read < BATCH + 1:
            assert reader.promised(topic) is None
            read += len((await reader.batch()).records)
        while reader.promised(topic) is None:
            assert not (await reader.batch()).records

    assert reader.promised(topic) == OPENED


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
            read += len((await reader.batch()).records)
            promised = reader.promised(topic) or promised
            assert promised <= OPENED + timedelta(seconds=read)
        await saying


async def test_time_goes_on_when_nothing_is_said(log: Way, topic: str) -> None:
    async with reading(log, "a", topic) as reader:
        for at in (OPENED, OPENED + timedelta(seconds=5)):
            await log.beat([topic], at)
            while reader.promised(topic) != at:
                assert not (await reader.batch()).records


async def test_a_reader_has_come_to_the_end_when_its_offsets_say_so(log: Way, topic: str) -> None:
    topics = [topic, f"{topic}.private"]
    await log.publish([a_record(one, n) for n in range(20) for one in topics])

    async with reading(log, "a", *topics, from_start=True) as reader:
        ends = await log.ends(topics)
        offsets: dict[str, int] = {}
        while any(offsets.get(stream, 0) < end for stream, end in ends.items()):
            offsets |= (await reader.batch()).offsets

    assert sum(ends.values()) == 40
    assert offsets == {stream: end for stream, end in ends.items() if stream in offsets}


async def test_who_was_taken_over_can_say_nothing_after_the_next(logs: Logs, topic: str) -> None:
    first, second, key = logs.open("first"), logs.open("second"), new_id()
    await logs.ensure([topic])

    async with first.publisher(topic) as old:
        await old.publish([a_record(topic, "before", key=key)])
        async with second.publisher(topic) as new:
            await new.publish([a_record(topic, "new", key=key)])
            with pytest.raises(Exception, match=r"Another publishes|Epoch|^$"):
                await old.publish([a_record(topic, "too late", key=key)])
            await new.publish([a_record(topic, "newer", key=key)])

    async with reading(logs.connect(), "a", topic) as reader:
        assert bodies(await reader.records(3)) == ["before", "new", "newer"]
    await first.close()
    await second.close()


async def looked_at(log: Way, *topics: str, **how: Any) -> list[Standing]:
    return [one async for batch in log.look(topics, **how) for one in batch]


async def test_looking_shows_everything_in_order_and_ends(log: Way, topic: str) -> None:
    key, count = new_id(), BATCH + 20
    await log.publish([a_record(topic, n, key=key) for n in range(count)])
    await log.publish([a_record(f"{topic}.other", "not asked for")])

    found = await looked_at(log, topic)

    assert [one.record.body for one in found] == [str(n) for n in range(count)]
    assert max(one.end for one in found) == sum((await log.ends([topic])).values())
    assert [one.offset for one in found] == sorted(one.offset for one in found)


async def test_looking_shows_one_key_alone(log: Way, topic: str) -> None:
    one, other = new_id(), new_id()
    await log.publish([a_record(topic, n, key=key) for n in range(3) for key in (one, other)])

    found = await looked_at(log, topic, key=other)

    assert [(standing.record.key, standing.record.body) for standing in found] == [(other, str(n)) for n in range(3)]


async def test_looking_begins_with_the_last_or_since_a_moment(log: Way, topic: str) -> None:
    key = new_id()
    await log.publish([a_record(topic, n, key=key) for n in range(5)])
    await asyncio.sleep(0.01)  # times on the log are whole milliseconds
    moment = datetime.now(UTC)
    await asyncio.sleep(0.01)
    await log.publish([a_record(topic, "later", key=key)])

    assert [one.record.body for one in await looked_at(log, topic, last=2)] == ["4", "later"]
    assert [one.record.body for one in await looked_at(log, topic, since=moment)] == ["later"]
    assert await looked_at(log, topic, since=datetime.now(UTC) + timedelta(hours=1)) == []


async def test_who_follows_sees_what_is_said_later(connect: Connect, topic: str) -> None:
    log = connect()
    await log.publish([a_record(topic, "before")])
    async with contextlib.aclosing(connect().look([topic], last=0, follow=True)) as looking:
        assert list(await anext(looking)) == []
        await log.publish([a_record(topic, "after")])
        async with asyncio.timeout(10):
            while not (seen := await anext(looking)):
                pass

    assert [one.record.body for one in seen] == ["after"]


async def test_looking_at_nothing_ends(log: Way, topic: str) -> None:
    await log.ensure([topic])

    assert await looked_at(log, topic) == []


async def test_it_is_told_how_far_a_group_has_read(log: Way, topic: str) -> None:
    await log.publish([a_record(topic, n) for n in range(20)])
    before = await log.read_to(f"a-{topic}", [topic])
    async with reading(log, "a", topic) as reader:
        await reader.records(20)

    told = await log.read_to(f"a-{topic}", [topic])

    assert sum(before.values()) == 0
    assert {stream: end for stream, end in told.items() if end} == {
        stream: end for stream, end in (await log.ends([topic])).items() if end
    }
    seen = await looked_at(log, topic)
    assert all(one.end <= told[one.stream] for one in seen)


@pytest.mark.rule("BEY-16")
async def test_who_was_away_still_reads_what_was_said_anew_meanwhile(log: Way, topic: str) -> None:
    """A position may name it, and whoever shows that one waits for this very event."""
    private, key = f"{topic}.private", new_id()

    await log.publish([a_record(private, "old", key=key)])
    await log.publish([a_record(private, "newer", key=key), a_record(private, "newest", key=key)])

    async with reading(log, "a", private) as reader:
        assert bodies(await reader.records(3)) == ["old", "newer", "newest"]


@on_postgres
async def test_a_private_topic_keeps_the_latest_of_each_key_and_type(
    log: Way, databases: Databases, topic: str
) -> None:
    private, key = f"{topic}.private", new_id()

    await log.publish([a_record(private, "old name", key=key), a_record(private, "other key")])
    await log.publish([a_record(private, "name", key=key), a_record(private, "photo", key=key, type="photo")])
    await no_position_names_it_any_more(log, databases, private)

    async with reading(log, "a", private) as reader:
        assert bodies(await reader.records(3)) == ["other key", "name", "photo"]


@on_postgres
async def test_a_private_topic_keeps_one_of_what_is_said_twice_at_once(
    log: Way, databases: Databases, topic: str
) -> None:
    private, key = f"{topic}.private", new_id()

    await log.publish([a_record(private, "old", key=key), a_record(private, "new", key=key), a_record(private, "end")])
    await no_position_names_it_any_more(log, databases, private)

    async with reading(log, "a", private) as reader:
        assert bodies(await reader.records(2)) == ["new", "end"]


async def test_a_tombstone_says_nothing_and_is_read_past(log: Way, topic: str) -> None:
    private, key = f"{topic}.private", new_id()
    await log.publish([a_record(private, "a name", key=key)])
    async with reading(log, "a", private) as reader:
        await reader.records(1)

    await log.publish([a_record(private, "", key=key)])
    ends = await log.ends([private])

    async with reading(log, "a", private, from_start=True) as again:
        offsets: dict[str, int] = {}
        while any(offsets.get(stream, 0) < end for stream, end in ends.items()):
            offsets |= (await again.batch()).offsets
    await log.publish([a_record(private, "after", key=key)])
    async with reading(log, "a", private) as reader:
        assert bodies(await reader.records(1))[-1:] == ["after"]


@on_postgres
async def test_a_tombstone_takes_the_place_of_what_was_said(log: Way, databases: Databases, topic: str) -> None:
    private, key = f"{topic}.private", new_id()
    await log.publish([a_record(private, "a name", key=key), a_record(private, "a photo", key=key, type="photo")])

    await log.publish([a_record(private, "", key=key)])

    async with reading(log, "a", private) as reader:
        assert bodies(await reader.records(1)) == ["a photo"]
    async with databases.administered(databases.name("log")) as admin:
        held = await admin.fetch("select body from record where topic = $1", private)
    assert {row["body"] for row in held} == {"a photo", ""}


async def test_a_topic_of_facts_keeps_everything(log: Way, topic: str) -> None:
    key = new_id()

    await log.publish([a_record(topic, "old", key=key)])
    await log.publish([a_record(topic, "new", key=key)])

    async with reading(log, "a", topic) as reader:
        assert bodies(await reader.records(2)) == ["old", "new"]


@on_postgres
async def test_a_reader_goes_on_where_compaction_took_records_away(log: Way, databases: Databases, topic: str) -> None:
    private, key = f"{topic}.private", new_id()
    await log.publish([a_record(private, "old", key=key)])
    async with reading(log, "a", private) as reader:
        await reader.records(1)

    await log.publish([a_record(private, "newer", key=key)])
    await log.publish([a_record(private, "newest", key=key)])
    await no_position_names_it_any_more(log, databases, private)

    async with reading(log, "a", private) as again:
        assert bodies(await again.records(1)) == ["newest"]


async def test_publishing_is_all_or_nothing(log: Way, topic: str) -> None:
    refused = Record(f"{topic}.z", new_id(), new_id(), "type", None)  # type: ignore[arg-type]

    with pytest.raises(Exception, match=r"null|NoneType"):
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


@on_postgres
async def test_who_publishes_finds_its_way_back(connect: Connect, databases: Databases, topic: str) -> None:
    log = connect()
    await log.publish([a_record(topic, "before")])

    await _cut(databases)
    with contextlib.suppress(asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError):
        await log.publish([a_record(f"{topic}.other", "kept or lost; who publishes is told which")])
    await log.publish([a_record(topic, "after")])

    async with reading(log, "a", topic) as reader:
        assert bodies(await reader.records(2)) == ["before", "after"]


@on_postgres
async def test_a_reader_that_was_cut_off_says_so(log: Way, databases: Databases, topic: str) -> None:
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
