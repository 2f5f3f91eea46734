"""The event log in Apache Kafka: topics of twelve partitions, one holder of each publisher's name, groups of static
members."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from uuid import UUID

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.consumer.fetcher import Fetcher

from chassis import kafka_view
from chassis.kafka_cluster import Cluster
from chassis.kafka_publisher import HEADS, PARTITIONS, KafkaPublisher, partition_of
from chassis.kafka_subscription import Claims, KafkaSubscription
from chassis.log import Standing

# A request, and an attempt to get hold of something, take no longer; a network that swallows packets ends here (seconds).
PATIENCE = 10.0

# A member that died and comes back under its name within this time goes on without the others noticing (seconds).
SESSION = 30.0

# A dead member does not hold up those who join for longer (seconds).
_REBALANCE = 5.0

# So long a request waits at the broker for something to come: it is answered as soon as anything does (seconds).
_LONG_LOOK = 0.5

# Asked for while something read earlier is still to be handed out, it leaves those partitions out, and what comes on them
# then would lie behind it (seconds).
_SHORT_LOOK = 0.1

# While a broker is away the client would say so forty times a second; the relay and the consumer say it once.
logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


class _Fetcher(Fetcher):  # type: ignore[misc]  # aiokafka has no types
    """Decides for each request how long it waits."""

    @property
    def _fetch_max_wait_ms(self) -> int:
        return int((_SHORT_LOOK if self._records else _LONG_LOOK) * 1000)


class KafkaLog:
    """The driver. `instance` names this process among those that read as the same group. `suffix` follows the names of
    topics and groups, so that several platforms live on one Kafka (tests)."""

    def __init__(
        self, servers: str, *, instance: str, suffix: str = "", patience: float = PATIENCE, session: float = SESSION
    ) -> None:
        self._servers, self._instance, self._suffix = servers, instance, suffix
        self._patience, self._session = patience, session
        self._cluster = Cluster(servers, patience=patience)
        self._leaving: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def publisher(self, name: str) -> AsyncIterator[KafkaPublisher]:
        cluster = Cluster(self._servers, patience=self._patience)
        try:
            right = await cluster.take_over(f"keten.{name}{self._suffix}")
            yield KafkaPublisher(cluster, name, right, suffix=self._suffix)
        finally:
            await cluster.close()

    async def streams(self, topics: Sequence[str]) -> Sequence[str]:
        return [f"{topic}/{n}" for topic in sorted(topics) for n in range(PARTITIONS)]

    async def ends(self, topics: Sequence[str]) -> Mapping[str, int]:
        return await self._asked(self._cluster.ends(self._partitions(topics)))

    async def read_to(self, group: str, topics: Sequence[str]) -> Mapping[str, int]:
        return await self._asked(self._cluster.read_to(f"keten.{group}{self._suffix}", self._partitions(topics)))

    async def look(
        self,
        topics: Sequence[str],
        *,
        key: UUID | None = None,
        since: datetime | None = None,
        last: int | None = None,
        follow: bool = False,
    ) -> AsyncGenerator[Sequence[Standing], None]:
        partitions = [one for one in self._partitions(topics) if key is None or one.partition == partition_of(key)]
        async with self._reading(None, partitions) as reader:
            async with asyncio.timeout(self._patience):
                begin = await kafka_view.begin(reader, partitions, since=since, last=last)
                ends = None if follow else await reader.end_offsets(partitions)
            async for standing in kafka_view.standing(reader, begin, ends, suffix=self._suffix):
                yield [one for one in standing if key is None or one.record.key == key]

    @asynccontextmanager
    async def subscribe(
        self, group: str, topics: Sequence[str], *, from_start: bool = False
    ) -> AsyncIterator[KafkaSubscription]:
        async with AsyncExitStack() as stack:
            said = await stack.enter_async_context(self._reading(None, [TopicPartition(HEADS + self._suffix, 0)]))
            claims = Claims(said, topics, suffix=self._suffix)
            stack.push_async_callback(claims.stop)
            reader = await stack.enter_async_context(
                self._reading(None if from_start else group, self._partitions(topics))
            )
            subscription = KafkaSubscription(
                reader, claims, suffix=self._suffix, grouped=not from_start, patience=self._patience
            )
            stack.push_async_callback(subscription.leave)
            yield subscription

    async def forget(self) -> None:
        """Compaction does it, within a day (`kafka_topics`)."""

    async def close(self) -> None:
        await self._cluster.close()
        if self._leaving:
            await asyncio.wait(self._leaving, timeout=self._patience)

    async def _asked(self, asking: Awaitable[Mapping[TopicPartition, int]]) -> Mapping[str, int]:
        try:
            offsets = await asking
        except BaseException:
            await self._cluster.close()
            raise
        return {f"{one.topic.removesuffix(self._suffix)}/{one.partition}": offset for one, offset in offsets.items()}

    def _partitions(self, topics: Sequence[str]) -> Sequence[TopicPartition]:
        return [TopicPartition(topic + self._suffix, n) for topic in topics for n in range(PARTITIONS)]

    @asynccontextmanager
    async def _reading(
        self, group: str | None, partitions: Sequence[TopicPartition]
    ) -> AsyncIterator[AIOKafkaConsumer]:
        reader = AIOKafkaConsumer(
            bootstrap_servers=self._servers,
            client_id=f"keten-{self._instance}",
            group_id=None if group is None else f"keten.{group}{self._suffix}",
            group_instance_id=None if group is None else f"{group}-{self._instance}",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            request_timeout_ms=int(self._patience * 1000),
            fetch_max_wait_ms=int(_LONG_LOOK * 1000),
            session_timeout_ms=int(self._session * 1000),
            heartbeat_interval_ms=int(min(1.0, self._session / 4) * 1000),
            rebalance_timeout_ms=int(min(_REBALANCE, self._session) * 1000),
            metadata_max_age_ms=60_000,
        )
        if group is None:
            reader.assign(partitions)
        else:
            reader.subscribe({one.topic for one in partitions})
        try:
            async with asyncio.timeout(self._patience + self._session):
                await reader.start()
            reader._fetcher.__class__ = _Fetcher
            yield reader
        finally:
            await self._stop(reader)

    async def _stop(self, reader: AIOKafkaConsumer) -> None:
        # Who ends in good order hands its partitions over at once; a static member would keep them for the session.
        if reader._coordinator is not None:
            reader._coordinator._group_instance_id = None
        # A broker that does not answer would hold this up for long; the rest then ends by itself.
        leaving = asyncio.create_task(reader.stop())
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)
        await asyncio.wait([leaving], timeout=2)
