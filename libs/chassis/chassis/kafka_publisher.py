"""Writing to Kafka under the right of one name: whoever takes the name over shuts its earlier holders out."""

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from aiokafka import TopicPartition
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from chassis.kafka_cluster import Cluster
from chassis.log import Record

# Every topic has as many: a key keeps its partition, and so its order, only while this never changes.
PARTITIONS = 12

# Compacted, one partition: up to where nothing is missing, by service and topic.
HEADS = "keten.heads"

# A batch stays below what a broker takes in one piece unless told otherwise (1 MiB).
_BATCH_BYTES = 900_000

_CONTENT_TYPE = ("content-type", b"application/cloudevents+json; charset=utf-8")

# Sequence numbers begin again after this many.
_SEQUENCES = 2**31

# The second version of record batches; neither compressed nor part of a transaction.
_MAGIC, _PLAIN, _NO_TRANSACTION = 2, 0, 0


def partition_of(key: UUID) -> int:
    """The key as a number, modulo the number of partitions: the same in every language and for ever."""
    return key.int % PARTITIONS


def message_key(record: Record) -> bytes:
    """What compaction goes by: on a private topic the newest is kept by key and type, else it is the key."""
    return (f"{record.key}/{record.type}" if record.topic.endswith(".private") else str(record.key)).encode()


class KafkaPublisher:
    """One holder of the name, until something fails: what a broken one may still have on its way is refused by the brokers
    once the next holder has written, and is what that one writes first."""

    def __init__(self, cluster: Cluster, name: str, right: tuple[int, int], *, suffix: str) -> None:
        self._cluster, self._name, self._suffix = cluster, name, suffix
        self._producer, self._epoch = right
        self._sequences: dict[TopicPartition, int] = defaultdict(int)

    async def publish(self, records: Sequence[Record]) -> None:
        said: dict[TopicPartition, list[_Message]] = defaultdict(list)
        for r in records:
            headers = [_CONTENT_TYPE, ("ce_id", str(r.id).encode()), ("ce_type", r.type.encode())]
            to = TopicPartition(r.topic + self._suffix, partition_of(r.key))
            said[to].append((message_key(r), None if r.is_tombstone else r.body.encode(), headers))
        await self._append(said)

    async def beat(self, topics: Sequence[str], at: datetime) -> None:
        every = [TopicPartition(topic + self._suffix, n) for topic in topics for n in range(PARTITIONS)]
        ends = await self._cluster.ends(every)
        said: list[_Message] = []
        for topic in topics:
            told = {"at": at.isoformat(), "ends": [ends[one] for one in every if one.topic == topic + self._suffix]}
            said.append((f"{self._name}/{topic}".encode(), json.dumps(told).encode(), []))
        await self._append({TopicPartition(HEADS + self._suffix, 0): said})

    async def _append(self, said: dict[TopicPartition, list["_Message"]]) -> None:
        while said:
            batches: dict[TopicPartition, bytes] = {}
            left: dict[TopicPartition, list[_Message]] = {}
            for to, messages in said.items():
                batches[to], number = self._batch(to, messages)
                self._sequences[to] = (self._sequences[to] + number) % _SEQUENCES
                if number < len(messages):
                    left[to] = messages[number:]
            await self._cluster.append(batches)
            said = left

    def _batch(self, to: TopicPartition, messages: list["_Message"]) -> tuple[bytes, int]:
        """As many of the messages as go into one batch, and how many these are."""
        batch = DefaultRecordBatchBuilder(
            _MAGIC, _PLAIN, _NO_TRANSACTION, self._producer, self._epoch, self._sequences[to], _BATCH_BYTES
        )
        number = 0
        for key, value, headers in messages:
            if batch.append(number, None, key, value, headers) is None:
                break
            number += 1
        return bytes(batch.build()), number


_Message = tuple[bytes, bytes | None, list[tuple[str, bytes]]]
