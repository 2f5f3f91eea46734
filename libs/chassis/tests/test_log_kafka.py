"""What is Kafka's own: partitions, compaction, tombstones, messages of others, sizes and topics."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.consumer import fetcher
from aiokafka.consumer.fetcher import FetchRequest
from aiokafka.errors import KafkaConnectionError

from chassis import positions
from chassis.databases import Databases
from chassis.kafka_publisher import HEADS, PARTITIONS, message_key, partition_of
from chassis.kafka_topics import _COMPACTED, TopicDiffers, create_topics
from chassis.log import Batch, Record, Subscription
from chassis.testing.engines import Container
from chassis.testing.logs import Logs, Way
from contracts.ids import new_id

TYPE = "nl.keten.test.said.v1"
AT = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def databases(kept_databases: Callable[..., Databases]) -> Databases:
    return kept_databases("orders")


@pytest.fixture
async def logs(databases: Databases, kafka: Container) -> AsyncIterator[Logs]:
    logs = Logs("kafka", databases, kafka.address)
    yield logs
    await logs.close()


@pytest.fixture
def log(logs: Logs) -> Way:
    return logs.connect()


@pytest.fixture
def topic() -> str:
    return f"keten.{new_id().hex}"


@asynccontextmanager
async def a_stranger(kafka: Container) -> AsyncIterator[AIOKafkaProducer]:
    """Somebody else who writes to the topic."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka.address)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


def a_record(topic: str, body: object, *, key: UUID | None = None, type: str = TYPE) -> Record:
    return Record(topic, key or new_id(), new_id(), type, str(body))


async def everything(log: Way, topic: str) -> list[Record]:
    """All that the topic holds, read to its end as a rebuild does."""
    ends, offsets, read = await log.ends([topic]), dict[str, int](), list[Record]()
    async with asyncio.timeout(10), log.subscribe(f"all-{topic}", [topic], from_start=True) as subscription:
        async for batch in subscription.batches():
            assert isinstance(batch, Batch)
            offsets |= batch.offsets
            read.extend(batch.records)
            if all(offsets.get(stream, 0) >= end for stream, end in ends.items()):
                break
    return read


def test_a_key_has_its_partition_for_ever() -> None:
    keys = [UUID(int=n * 7919, version=4) for n in range(2400)]

    assert [partition_of(key) for key in keys[:6]] == [key.int % 12 for key in keys[:6]]
    assert {partition_of(key) for key in keys} == set(range(PARTITIONS))


def test_compaction_goes_by_key_and_type_where_content_is_private() -> None:
    key = UUID(int=5, version=4)

    assert message_key(a_record("keten.identity", "", key=key)) == str(key).encode()
    assert message_key(a_record("keten.identity.private", "", key=key)) == f"{key}/{TYPE}".encode()


async def test_a_tombstone_is_read_past(log: Way, logs: Logs, kafka: Container, topic: str) -> None:
    await log.publish([a_record(topic, "before")])
    async with a_stranger(kafka) as stranger:
        for partition in range(PARTITIONS):
            await stranger.send_and_wait(topic + logs.databases.suffix, None, b"erased", partition=partition)

    assert [record.body for record in await everything(log, topic)] == ["before"]


async def test_what_is_not_ours_is_read_past(log: Way, logs: Logs, kafka: Container, topic: str) -> None:
    key, id = new_id(), new_id()
    plain = {"id": str(id), "type": TYPE}
    await logs.ensure([topic])
    async with a_stranger(kafka) as stranger:
        for key_text, value in [
            (b"no key", b"{}"),
            (str(key).encode(), b"not json"),
            (None, b"{}"),
            (b"\xff", b"\xff"),
        ]:
            await stranger.send_and_wait(topic + logs.databases.suffix, value, key_text, partition=0)
        await stranger.send_and_wait(topic + logs.databases.suffix, json.dumps(plain).encode(), str(key).encode())

    (read,) = await everything(log, topic)

    assert (read.key, read.id, read.type) == (key, id, TYPE)


async def test_what_no_database_can_hold_is_read_past(log: Way, logs: Logs, kafka: Container, topic: str) -> None:
    await logs.ensure([topic])
    headers = [("ce_id", str(new_id()).encode()), ("ce_type", TYPE.encode())]
    async with a_stranger(kafka) as stranger:
        key = str(new_id()).encode()
        await stranger.send_and_wait(topic + logs.databases.suffix, b'{"a": "\0"}', key, headers=headers)
    await log.publish([a_record(topic, "after")])

    assert [record.body for record in await everything(log, topic)] == ["after"]


async def test_a_head_that_is_none_is_read_past(log: Way, logs: Logs, kafka: Container, topic: str) -> None:
    await logs.ensure([topic])
    async with a_stranger(kafka) as stranger:
        for told in ({"at": "2026-01-01T00:00:00", "ends": [0] * PARTITIONS}, {"at": AT.isoformat(), "ends": [1e999]}):
            key, value = f"stranger/{topic}".encode(), json.dumps(told).encode()
            await stranger.send_and_wait(HEADS + logs.databases.suffix, value, key)
    await log.beat([topic], AT)

    heads: dict[str, datetime] = {}
    async with asyncio.timeout(10), log.subscribe(f"heads-{topic}", [topic]) as subscription:
        async for batch in subscription.batches():
            heads |= batch.heads
            if len(heads) == PARTITIONS:
                break
    assert set(heads.values()) == {AT}


def test_what_a_position_names_is_not_compacted_away_while_somebody_may_wait_for_it() -> None:
    assert int(_COMPACTED["min.compaction.lag.ms"]) >= positions.LIFE.total_seconds() * 1000


async def test_what_compaction_took_away_is_not_waited_for(log: Way, logs: Logs, kafka: Container, topic: str) -> None:
    private, keys = f"{topic}.private", [new_id() for _ in range(3)]
    await _quickly_compacted(kafka, private + logs.databases.suffix)
    await logs.ensure([topic])
    logs._made.add(private)

    async with asyncio.timeout(30):
        for version in range(1, 1000):
            await log.publish(
                [a_record(private, version, key=key, type=type) for key in keys for type in ("name", "photo")]
            )
            read = await everything(log, private)
            if len(read) < 6 * version:
                break

    assert len(read) < 6 * version
    newest = {(record.key, record.type): record.body for record in read}
    assert newest == {(key, type): str(version) for key in keys for type in ("name", "photo")}


async def test_much_at_once_and_very_much_in_one_piece(log: Way, topic: str) -> None:
    key = new_id()
    records = [a_record(topic, str(n) + "x" * 50_000, key=key) for n in range(50)]
    large = a_record(topic, "y" * 3_000_000, key=key)

    await log.publish([*records, large])

    assert await everything(log, topic) == [*records, large]


async def test_making_topics_again_changes_nothing_and_other_ones_are_refused(
    logs: Logs, kafka: Container, topic: str
) -> None:
    suffix = logs.databases.suffix
    await create_topics(kafka.address, [topic], replication=1, suffix=suffix)
    await create_topics(kafka.address, [topic], replication=1, suffix=suffix)

    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.address)
    await admin.start()
    await admin.create_topics([NewTopic(f"{topic}.other{suffix}", 3, 1)])
    await admin.close()

    with pytest.raises(TopicDiffers):
        await create_topics(kafka.address, [f"{topic}.other"], replication=1, suffix=suffix)


async def test_what_a_tombstone_replaced_leaves_the_disk_when_it_is_said_again(
    log: Way, logs: Logs, kafka: Container, topic: str
) -> None:
    private, key, word = f"{topic}.private", new_id(), new_id().hex
    await _quickly_compacted(kafka, private + logs.databases.suffix)
    await logs.ensure([topic])
    logs._made.add(private)
    await log.publish([a_record(private, word, key=key)])
    await log.publish([a_record(private, "", key=key)])
    assert _files_with(kafka, word) != []

    async with asyncio.timeout(60):
        while _files_with(kafka, word):
            await log.publish([a_record(private, "", key=key)])
            await asyncio.sleep(0.5)

    assert await everything(log, private) == []


def _files_with(kafka: Container, word: str) -> list[str]:
    looking = ["docker", "exec", kafka.name, "grep", "-rl", word, "/tmp/kafka-logs"]  # noqa: S108 - the container's own
    return subprocess.run(looking, capture_output=True, text=True, check=False).stdout.split()


async def _quickly_compacted(kafka: Container, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.address)
    quickly = {"cleanup.policy": "compact", "segment.ms": "100", "min.cleanable.dirty.ratio": "0.01"}
    quickly |= {"file.delete.delay.ms": "100"}
    await admin.start()
    await admin.create_topics([NewTopic(topic, PARTITIONS, 1, topic_configs=quickly)])
    await admin.close()


@dataclass
class Telling:
    """The group is told only while `goes_on`; `told` says how often, and `faults` are what comes instead."""

    goes_on: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    told: int = 0
    faults: list[Exception] = field(default_factory=list)


@pytest.fixture
def telling(monkeypatch: pytest.MonkeyPatch) -> Telling:
    telling, commit = Telling(), AIOKafkaConsumer.commit

    async def slowly(reader: AIOKafkaConsumer, offsets: Any) -> None:
        telling.begun.set()
        await telling.goes_on.wait()
        if telling.faults:
            raise telling.faults.pop()
        telling.told += 1
        await commit(reader, offsets)

    monkeypatch.setattr(AIOKafkaConsumer, "commit", slowly)
    return telling


async def test_nobody_waits_until_the_group_knows_what_was_handled(log: Way, topic: str, telling: Telling) -> None:
    key = new_id()
    await log.publish([a_record(topic, "first", key=key)])

    async with asyncio.timeout(30), log.subscribe(f"told-{topic}", [topic]) as subscription:
        batches, read = subscription.batches(), list[str]()
        for word in ("second", "third", "last"):
            read += await _handled(subscription, batches)
            await telling.begun.wait()
            await log.publish([a_record(topic, word, key=key)])
        read += await _handled(subscription, batches)
        telling.goes_on.set()

    assert read == ["first", "second", "third", "last"]
    assert telling.told == 2, "of the one that was under way, and of the newest"
    assert (await log.read_to(f"told-{topic}", [topic]))[f"{topic}/{partition_of(key)}"] == 4


async def test_a_group_that_cannot_be_told_is_left(log: Way, topic: str, telling: Telling) -> None:
    key = new_id()
    telling.faults = [KafkaConnectionError("the broker went away")]
    telling.goes_on.set()
    await log.publish([a_record(topic, "first", key=key)])

    async with asyncio.timeout(30), log.subscribe(f"lost-{topic}", [topic]) as subscription:
        batches = subscription.batches()
        await _handled(subscription, batches)
        await log.publish([a_record(topic, "second", key=key)])
        with pytest.raises(KafkaConnectionError):
            await _handled(subscription, batches)

    async with asyncio.timeout(30), log.subscribe(f"lost-{topic}", [topic]) as subscription:
        batches, read = subscription.batches(), list[str]()
        while len(read) < 2:
            read += await _handled(subscription, batches)
    assert read == ["first", "second"]


async def _handled(subscription: Subscription, batches: AsyncIterator[Batch]) -> list[str]:
    """What the next batch with anything in it says, once the group is being told that it was handled."""
    while not (batch := await anext(batches)).records:
        pass
    await subscription.done(batch)
    return [record.body for record in batch.records]


async def test_only_a_request_that_asks_for_all_waits_long(
    log: Way, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, left_out, waits = new_id(), asyncio.Event(), dict[bool, set[int]]()

    def asked(longest: int, *rest: Any, **more: Any) -> Any:
        # Those of the heads ask for their one.
        partitions = {topic: len(asked_of) for topic, asked_of in rest[3]}
        for_all = HEADS in next(iter(partitions)) or sum(partitions.values()) == PARTITIONS
        waits.setdefault(for_all, set()).add(longest)
        if not for_all:
            left_out.set()
        return FetchRequest(longest, *rest, **more)

    monkeypatch.setattr(fetcher, "FetchRequest", asked)
    await log.publish([a_record(topic, "first", key=key)])

    async with asyncio.timeout(30), log.subscribe(f"asked-{topic}", [topic]) as subscription:
        batches = subscription.batches()
        read = await _handled(subscription, batches)
        await log.publish([a_record(topic, "second", key=key)])
        await left_out.wait()
        read += await _handled(subscription, batches)

    assert read == ["first", "second"]
    assert waits == {True: {500}, False: {100}}
