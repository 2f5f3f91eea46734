"""Single requests to Kafka's brokers: who leads what, how far a partition goes, one append. Nothing is tried again here.

Where a producer that tries again by itself may still send what its owner has given up, this one has sent it or not."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient, ConnectionGroup, CoordinationType
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError, for_code
from aiokafka.protocol.commit import OffsetFetchRequest
from aiokafka.protocol.offset import OffsetRequest
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.protocol.transaction import InitProducerIdRequest

T = TypeVar("T")

# All replicas in sync have it before it counts as appended.
_ALL = -1

# Offsets are asked for by time, and this time means the end; no transaction is waited for.
_END, _READ_UNCOMMITTED = -1, 0

# The broker wants a bound on transactions although none is ever begun (milliseconds).
_TRANSACTION = 60_000


class Cluster:
    """A connection to the brokers. Whatever does not succeed within `patience` seconds raises."""

    def __init__(self, servers: str, *, patience: float) -> None:
        self._servers, self._patience = servers, patience
        self._client: AIOKafkaClient | None = None
        self._opening = asyncio.Lock()

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            # A broker that is silent does not take the rest of what is written either, and is not waited for.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await client.close()

    async def partitions(self, topic: str) -> int:
        """How many partitions a topic has. Raises when there is no such topic."""
        async with asyncio.timeout(self._patience):
            return len(await _known(await self._open(), topic))

    async def ends(self, partitions: Iterable[TopicPartition]) -> Mapping[TopicPartition, int]:
        """The offset that each partition's next record will get."""
        async with asyncio.timeout(self._patience):
            client = await self._open()
            led = await self._by_leader(client, partitions)
            answers = await asyncio.gather(
                *(client.send(leader, OffsetRequest(-1, _READ_UNCOMMITTED, _grouped(those))) for leader, those in led)
            )
        ends: dict[TopicPartition, int] = {}
        for answer in answers:
            for topic, told in answer.topics:
                for partition, code, _, offset in told:
                    _check(code)
                    ends[TopicPartition(topic, partition)] = offset
        return ends

    async def take_over(self, name: str) -> tuple[int, int]:
        """A producer id and epoch for a publisher of this name: what earlier epochs still send is refused from now on,
        by each partition as soon as this one has written to it."""
        request = InitProducerIdRequest(name, _TRANSACTION)

        def told(answer: Any) -> tuple[int, int]:
            _check(answer.error_code)
            return answer.producer_id, answer.producer_epoch

        return await self._ask_coordinator(CoordinationType.TRANSACTION, name, request, told)

    async def read_to(self, group: str, partitions: Iterable[TopicPartition]) -> Mapping[TopicPartition, int]:
        """The offset of the record that a group is to read next in each partition; 0 where it has not begun."""
        by_topic: dict[str, list[int]] = defaultdict(list)
        for one in partitions:
            by_topic[one.topic].append(one.partition)
        request = OffsetFetchRequest(group, list(by_topic.items()))

        def told(answer: Any) -> Mapping[TopicPartition, int]:
            offsets = {}
            for topic, found in answer.topics:
                for partition, offset, _, code in found:
                    _check(code)
                    offsets[TopicPartition(topic, partition)] = max(0, offset)
            return offsets

        return await self._ask_coordinator(CoordinationType.GROUP, group, request, told)

    async def append(self, batches: Mapping[TopicPartition, bytes]) -> None:
        """Append one batch per partition, with one request per broker. Raises when it is not certain that all are safe."""
        async with asyncio.timeout(self._patience):
            client = await self._open()
            answers = await asyncio.gather(
                *(
                    client.send(
                        leader, ProduceRequest(None, _ALL, int(self._patience * 1000), _grouped(those, batches))
                    )
                    for leader, those in await self._by_leader(client, batches)
                )
            )
        for answer in answers:
            for _, told in answer.topics:
                for _, code, *_ in told:
                    _check(code)

    async def _ask_coordinator(self, kind: CoordinationType, name: str, request: Any, told: Callable[[Any], T]) -> T:
        async with asyncio.timeout(self._patience):
            client = await self._open()
            while True:
                try:
                    node = await client.coordinator_lookup(kind, name)
                    return told(await client.send(node, request, group=ConnectionGroup.COORDINATION))
                except KafkaError as fault:
                    if not fault.retriable:
                        raise
                    # Who coordinates names is found out when the first one asks; that takes a moment.
                    await asyncio.sleep(0.05)

    async def _open(self) -> AIOKafkaClient:
        async with self._opening:
            if self._client is None:
                made = AIOKafkaClient(
                    bootstrap_servers=self._servers,
                    request_timeout_ms=int(self._patience * 1000),
                    metadata_max_age_ms=60_000,
                )
                try:
                    await made.bootstrap()
                except BaseException:
                    await made.close()
                    raise
                self._client = made
            return self._client

    async def _by_leader(
        self, client: AIOKafkaClient, partitions: Iterable[TopicPartition]
    ) -> Iterable[tuple[int, Sequence[TopicPartition]]]:
        led: dict[int, list[TopicPartition]] = defaultdict(list)
        for partition in sorted(partitions):
            await _known(client, partition.topic)
            leader = client.cluster.leader_for_partition(partition)
            if leader is None or leader == -1:
                client.force_metadata_update()
                raise UnknownTopicOrPartitionError(f"Nobody leads {partition.topic}/{partition.partition}.")
            led[leader].append(partition)
        return led.items()


async def _known(client: AIOKafkaClient, topic: str) -> Collection[int]:
    partitions: Collection[int] | None = client.cluster.partitions_for_topic(topic)
    if partitions is None:
        client.add_topic(topic)
        await client.force_metadata_update()
        partitions = client.cluster.partitions_for_topic(topic)
    if partitions is None:
        raise UnknownTopicOrPartitionError(f"There is no topic {topic}.")
    return partitions


def _grouped(
    partitions: Iterable[TopicPartition], batches: Mapping[TopicPartition, bytes] | None = None
) -> list[tuple[str, list[tuple[int, int | bytes]]]]:
    """As requests want it: partitions under their topics, each with its batch, or with the question for its end."""
    grouped: dict[str, list[tuple[int, int | bytes]]] = defaultdict(list)
    for one in partitions:
        grouped[one.topic].append((one.partition, _END if batches is None else batches[one]))
    return list(grouped.items())


def _check(code: int) -> None:
    error: type[KafkaError] = for_code(code)
    if code != 0:
        raise error()
