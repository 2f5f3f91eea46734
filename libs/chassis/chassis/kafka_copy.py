"""Taking a copy of what stands in Kafka, and putting it into an empty one: messages as they are, in their order, and how far
each group had read. A topic's offsets begin anew there, so a group's place is told in messages, not in offsets."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

# Without a word of the broker for so long it is given up (seconds).
PATIENCE = 30.0

Place = tuple[str, int]
"""A topic and one of its partitions."""


@dataclass(frozen=True)
class Message:
    """One message; without a value it says that what had the key is gone."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]

    @property
    def at(self) -> Place:
        return self.topic, self.partition


async def messages(servers: str, *, since: Mapping[Place, int], until: Mapping[Place, int]) -> AsyncIterator[Message]:
    """Those from `since` (or the beginning) up to, and without, `until`; of a private topic the last of each key alone.

    What was said before of a key is gone when the log is compacted: a copy does not keep it longer."""
    last: dict[tuple[str, bytes | None], int] = {}
    private = {place: end for place, end in until.items() if place[0].endswith(".private")}
    async for message in _all(servers, since, private):
        last[message.topic, message.key] = message.offset
    async for message in _all(servers, since, until):
        if message.at not in private or last[message.topic, message.key] == message.offset:
            yield message


async def _all(servers: str, since: Mapping[Place, int], until: Mapping[Place, int]) -> AsyncIterator[Message]:
    open_ = {TopicPartition(*place): end for place, end in until.items() if end > since.get(place, 0)}
    if not open_:
        return
    async with _reading(servers, open_, since) as reader:
        heard = asyncio.get_running_loop().time()
        while open_:
            found = await reader.getmany(timeout_ms=200, max_records=2000)
            for partition, records in found.items():
                heard = asyncio.get_running_loop().time()
                for record in records:
                    if record.offset < open_.get(partition, 0):
                        yield _message(record)
            # What was compacted away has no message, but the position says that it was passed.
            for partition in [one for one in open_ if await reader.position(one) >= open_[one]]:
                del open_[partition]
                reader.pause(partition)
            if asyncio.get_running_loop().time() - heard > PATIENCE:
                raise ConnectionError("Kafka does not tell what it holds.")


@asynccontextmanager
async def _reading(
    servers: str, partitions: Mapping[TopicPartition, int], since: Mapping[Place, int]
) -> AsyncIterator[AIOKafkaConsumer]:
    reader = AIOKafkaConsumer(
        bootstrap_servers=servers,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        request_timeout_ms=int(PATIENCE * 1000),
    )
    reader.assign(list(partitions))
    await reader.start()
    try:
        for one in partitions:
            if (from_ := since.get((one.topic, one.partition))) is not None:
                reader.seek(one, from_)
        yield reader
    finally:
        await reader.stop()


async def places_of_groups(servers: str, groups: Sequence[str]) -> Mapping[str, Mapping[Place, int]]:
    """How far each group has read: the offset of the next message, where it has read at all."""
    admin = AIOKafkaAdminClient(bootstrap_servers=servers, request_timeout_ms=int(PATIENCE * 1000))
    await admin.start()
    try:
        found = {group: await admin.list_consumer_group_offsets(group) for group in groups}
    finally:
        await admin.close()
    return {
        group: {(one.topic, one.partition): said.offset for one, said in offsets.items() if said.offset >= 0}
        for group, offsets in found.items()
    }


class Refilling:
    """Writes a copy into topics that are empty. `groups` tells how far each had read in the log that was copied."""

    def __init__(self, servers: str, groups: Mapping[str, Mapping[Place, int]]) -> None:
        self._servers, self._groups = servers, groups
        self._before: Counter[tuple[str, Place]] = Counter()
        self._producer: AIOKafkaProducer | None = None

    async def put(self, copied: Sequence[Message]) -> None:
        """Append in this order; returns when all are safe."""
        producer = await self._started()
        sent = []
        for one in copied:
            for group, read in self._groups.items():
                self._before[group, one.at] += one.offset < read.get(one.at, 0)
            sent.append(
                await producer.send(
                    one.topic, one.value, one.key, one.partition, timestamp_ms=one.timestamp, headers=list(one.headers)
                )
            )
        await asyncio.gather(*sent)

    async def finish(self) -> None:
        """Let each group go on where it was: behind as many messages as it had read of those that are here."""
        if self._producer is not None:
            await self._producer.stop()
        for group in self._groups:
            placed = {TopicPartition(*at): number for (of, at), number in self._before.items() if of == group}
            if placed:
                await self._place(group, placed)

    async def _place(self, group: str, placed: Mapping[TopicPartition, int]) -> None:
        member = AIOKafkaConsumer(bootstrap_servers=self._servers, group_id=group, enable_auto_commit=False)
        member.assign(list(placed))
        await member.start()
        try:
            await member.commit(dict(placed))
        finally:
            await member.stop()

    async def _started(self) -> AIOKafkaProducer:
        if self._producer is None:
            made = AIOKafkaProducer(
                bootstrap_servers=self._servers,
                acks="all",
                enable_idempotence=True,
                linger_ms=5,
                max_request_size=4 * 1024 * 1024,
                request_timeout_ms=int(PATIENCE * 1000),
            )
            await made.start()
            self._producer = made
        return self._producer


def _message(told: Any) -> Message:
    return Message(
        topic=told.topic,
        partition=told.partition,
        offset=told.offset,
        timestamp=told.timestamp,
        key=told.key,
        value=told.value,
        headers=tuple(told.headers),
    )
