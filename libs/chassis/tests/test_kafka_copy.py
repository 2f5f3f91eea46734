"""A copy of what stands in Kafka: cut where it is told, private content without what was said before, and readers that go on
where they were."""

from collections.abc import AsyncIterator, Mapping

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from chassis.kafka_copy import Message, Place, Refilling, messages, places_of_groups
from chassis.testing.engines import Container
from contracts.ids import new_id


@pytest.fixture
async def topics(kafka: Container) -> tuple[str, str]:
    """One of facts and its private one, two partitions each."""
    name = f"keten.{new_id().hex}"
    await make(kafka, name, f"{name}.private")
    return name, f"{name}.private"


@pytest.fixture
async def producer(kafka: Container) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=kafka.address)
    await producer.start()
    yield producer
    await producer.stop()


async def make(kafka: Container, *names: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.address)
    await admin.start()
    await admin.create_topics([NewTopic(name, 2, 1) for name in names])
    await admin.close()


async def copied(
    kafka: Container, until: Mapping[Place, int], since: Mapping[Place, int] | None = None
) -> list[Message]:
    return [message async for message in messages(kafka.address, since=since or {}, until=until)]


async def test_a_copy_ends_where_it_is_told_and_goes_on_from_there(
    kafka: Container, topics: tuple[str, str], producer: AIOKafkaProducer
) -> None:
    facts, _ = topics
    for number in range(5):
        await producer.send_and_wait(facts, f"{number}".encode(), b"key", 0, headers=[("ce_id", b"1")])

    first = await copied(kafka, {(facts, 0): 3, (facts, 1): 0})
    rest = await copied(kafka, {(facts, 0): 5, (facts, 1): 0}, {(facts, 0): 3})

    assert [message.value for message in first] == [b"0", b"1", b"2"]
    assert [message.value for message in rest] == [b"3", b"4"]
    assert {(message.key, tuple(message.headers)) for message in first} == {(b"key", (("ce_id", b"1"),))}


async def test_of_private_content_only_the_last_is_copied_and_what_was_erased_is_not(
    kafka: Container, topics: tuple[str, str], producer: AIOKafkaProducer
) -> None:
    _, private = topics
    said = [(b"one", b"Eddy"), (b"two", b"Fenna"), (b"one", b"Eddie"), (b"two", None)]
    for key, value in said:
        await producer.send_and_wait(private, value, key, 1)

    found = await copied(kafka, {(private, 1): 4})

    assert [(message.key, message.value) for message in found] == [(b"one", b"Eddie"), (b"two", None)]


async def test_a_reader_goes_on_behind_what_it_had_read_in_a_log_that_begins_anew(
    kafka: Container, topics: tuple[str, str], producer: AIOKafkaProducer
) -> None:
    facts, private = topics
    for number in range(6):
        await producer.send_and_wait(facts, f"{number}".encode(), b"key", 0)
        await producer.send_and_wait(private, f"{number}".encode(), b"one" if number < 4 else b"two", 1)
    group = f"group-{new_id().hex}"
    await commit(kafka, group, {TopicPartition(facts, 0): 4, TopicPartition(private, 1): 5})
    read = (await places_of_groups(kafka.address, [group]))[group]
    taken = await copied(kafka, {(facts, 0): 6, (facts, 1): 0, (private, 1): 6})
    await make(kafka, f"{facts}-anew", f"{private}-anew")

    # As in another Kafka: the same topics, and a group that is not known there.
    renamed = {topic: topic + "-anew" for topic in topics}
    refilling = Refilling(kafka.address, {f"{group}-anew": {(renamed[t], p): o for (t, p), o in read.items()}})
    await refilling.put([Message(**{**vars(one), "topic": renamed[one.topic]}) for one in taken])
    await refilling.finish()

    places = (await places_of_groups(kafka.address, [f"{group}-anew"]))[f"{group}-anew"]
    # Of the six private ones two are left, of which the reader had seen the first and the other only in part.
    assert places == {(renamed[facts], 0): 4, (renamed[private], 1): 1}
    again = await copied(kafka, {(renamed[facts], 0): 6, (renamed[private], 1): 2})
    assert [one.value for one in again if one.topic == renamed[facts]] == [b"0", b"1", b"2", b"3", b"4", b"5"]
    assert [one.value for one in again if one.topic == renamed[private]] == [b"3", b"5"]


async def commit(kafka: Container, group: str, read: Mapping[TopicPartition, int]) -> None:
    reader = AIOKafkaConsumer(bootstrap_servers=kafka.address, group_id=group, enable_auto_commit=False)
    reader.assign(list(read))
    await reader.start()
    await reader.commit(dict(read))
    await reader.stop()
