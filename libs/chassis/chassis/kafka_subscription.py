"""Reading from Kafka: as a member of a group, or all of it from its beginning; with what the heads say about both."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError

from chassis.log import Batch, Record

# More records a batch save round trips, fewer keep a consumer's transaction short: 500 is where the gain flattens.
BATCH = 500

# So often the reader is asked whether it is well when it has nothing to tell (seconds).
PATIENCE = 1.0

# Relays speak every few seconds. Who heard nothing at all for so long is no longer connected to anything, whatever its
# client thinks, and connects anew (seconds).
SILENCE = 45.0

# Who leaves waits so long until the group has been told (seconds).
_LEAVING = 2.0

# Claims kept per partition while their offsets are not reached; beyond these only the last is renewed.
_CLAIMS = 16

_logger = structlog.get_logger()


class KafkaSubscription:
    """A member's reading. Offsets are those of the next record; streams are named `topic/partition`."""

    def __init__(
        self, reader: AIOKafkaConsumer, claims: "Claims", *, suffix: str, grouped: bool, patience: float
    ) -> None:
        self._reader, self._claims, self._suffix, self._grouped = reader, claims, suffix, grouped
        self._patience = patience
        self._read: dict[TopicPartition, int] = {}
        self._handled: dict[TopicPartition, int] = {}
        self._keeping: asyncio.Task[None] | None = None
        self._heard = asyncio.get_running_loop().time()

    async def batches(self) -> AsyncIterator[Batch]:
        fetching: asyncio.Task[Any] | None = None
        # Before anything is fetched: where reading begins, which may be the end already.
        found: Mapping[TopicPartition, Sequence[Any]] | None = {}
        try:
            while True:
                batch = await self._batch(found)
                self._check_silence(batch)
                if batch.records or batch.heads or (batch.offsets and not self._grouped):
                    yield batch
                    self._heard = asyncio.get_running_loop().time()
                if fetching is None:
                    fetching = asyncio.create_task(self._fetch())
                await self._claims.or_done(fetching)
                found = None
                if fetching.done():
                    found, fetching = fetching.result(), None
        finally:
            if fetching is not None:
                fetching.cancel()
                await asyncio.gather(fetching, return_exceptions=True)

    def read(self) -> Mapping[str, int]:
        return {self._stream(one): offset for one, offset in self._read.items()}

    async def done(self, batch: Batch) -> None:
        """The group is told beside what comes next, and the newest of what was handled meanwhile: a batch that is sent again
        finds its effects in the inbox. Raises what the telling before this one raised."""
        if not self._grouped:
            return
        self._handled |= {self._partition(stream): offset for stream, offset in batch.offsets.items()}
        if self._keeping is not None and self._keeping.done():
            self._keeping.result()
            self._keeping = None
        if self._keeping is None:
            self._keeping = asyncio.create_task(self._keep())

    async def leave(self) -> None:
        """The group knows what was handled before another of it reads on; for a broker that does not answer, nobody waits
        long."""
        if self._keeping is not None:
            await asyncio.wait([self._keeping], timeout=_LEAVING)
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)

    async def _keep(self) -> None:
        while self._handled:
            assigned = self._reader.assignment()
            offsets = {one: offset for one, offset in self._handled.items() if one in assigned}
            self._handled.clear()
            if not offsets:
                return
            try:
                async with asyncio.timeout(self._patience):
                    await self._reader.commit(offsets)
            except (CommitFailedError, IllegalStateError) as lost:
                # Whoever has the partitions now begins before these, and finds their effects in the inbox.
                _logger.info("offsets_not_kept", reason=type(lost).__name__)

    def _check_silence(self, batch: Batch) -> None:
        now = asyncio.get_running_loop().time()
        if not self._reader.assignment():
            self._heard = now
        if not (batch.offsets or batch.heads) and now - self._heard > SILENCE:
            raise ConnectionError("Nothing was heard of any relay for too long.")

    async def _fetch(self) -> Mapping[TopicPartition, Sequence[Any]]:
        fetched: Mapping[TopicPartition, Sequence[Any]]
        fetched = await self._reader.getmany(timeout_ms=int(PATIENCE * 1000), max_records=BATCH)
        return fetched

    async def _batch(self, found: Mapping[TopicPartition, Sequence[Any]] | None) -> Batch:
        moved = {} if found is None else await self._moved(found)
        messages = found or {}
        records = [record for one in sorted(messages) for _, record in records_of(messages[one], suffix=self._suffix)]
        heads = {self._stream(one): at for one, at in self._claims.held(self._read).items()}
        offsets = {self._stream(one): at for one, at in moved.items() if not self._grouped or one in messages}
        return Batch(records=records, offsets=offsets, heads=heads)

    async def _moved(self, found: Mapping[TopicPartition, Sequence[Any]]) -> Mapping[TopicPartition, int]:
        """Where reading stands behind what was found. Asked only while nothing is being fetched: a position says
        what was handed out, also where there were only records that are gone."""
        now = {one: records[-1].offset + 1 for one, records in found.items()}
        async with asyncio.timeout(self._patience):
            for one in self._reader.assignment():
                with contextlib.suppress(IllegalStateError):
                    now[one] = max(await self._reader.position(one), now.get(one, 0))
        moved = {one: offset for one, offset in now.items() if self._read.get(one) != offset}
        self._read = now
        return moved

    def _stream(self, one: TopicPartition) -> str:
        return f"{one.topic.removesuffix(self._suffix)}/{one.partition}"

    def _partition(self, stream: str) -> TopicPartition:
        topic, _, partition = stream.rpartition("/")
        return TopicPartition(topic + self._suffix, int(partition))


class Claims:
    """What the relays said: nothing stated before a moment is missing from a topic up to these offsets."""

    def __init__(self, reader: AIOKafkaConsumer, topics: Sequence[str], *, suffix: str) -> None:
        self._reader, self._topics, self._suffix = reader, topics, suffix
        self._called = asyncio.Event()
        self._open: dict[TopicPartition, list[tuple[int, datetime]]] = {}
        self._reading = asyncio.create_task(self._read())

    async def or_done(self, fetching: "asyncio.Task[Any]") -> None:
        """Wait for something new to have been said, or for this. Raises what broke the reading."""
        called = asyncio.create_task(self._called.wait())
        try:
            await asyncio.wait([called, fetching, self._reading], return_when=asyncio.FIRST_COMPLETED)
        finally:
            called.cancel()
        self._called.clear()
        if self._reading.done():
            self._reading.result()

    def held(self, read: Mapping[TopicPartition, int]) -> Mapping[TopicPartition, datetime]:
        """The newest claim of each partition that was read as far as it says. Each is told once."""
        held: dict[TopicPartition, datetime] = {}
        for one, offset in read.items():
            claims = self._open.get(one, [])
            reached = [at for end, at in claims if end <= offset]
            if reached:
                held[one] = max(reached)
                self._open[one] = [(end, at) for end, at in claims if at > held[one]]
        return held

    async def stop(self) -> None:
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)

    async def _read(self) -> None:
        while True:
            found = await self._reader.getmany(timeout_ms=int(PATIENCE * 1000))
            for message in (message for messages in found.values() for message in messages):
                self._take(message)
            if found:
                self._called.set()

    def _take(self, message: Any) -> None:
        if message.key is None or message.value is None:
            return
        topic = message.key.decode(errors="replace").partition("/")[2]
        if topic not in self._topics:
            return
        try:
            told = json.loads(message.value)
            at, ends = datetime.fromisoformat(told["at"]), [int(end) for end in told["ends"]]
            if at.tzinfo is None:
                raise ValueError  # a moment of no one knows which clock
        except (ValueError, LookupError, TypeError, OverflowError, RecursionError) as fault:
            _logger.error("head_unreadable", topic=topic, reason=type(fault).__name__)
            return
        for partition, end in enumerate(ends):
            claims = self._open.setdefault(TopicPartition(topic + self._suffix, partition), [])
            if len(claims) >= _CLAIMS:
                claims.pop()
            claims.append((end, at))


def records_of(messages: Sequence[Any], *, suffix: str) -> Iterator[tuple[Any, Record]]:
    """Kafka's messages as the records that they are. One that is no record of ours is said to be so, and passed over."""
    for message in messages:
        if message.value is None:
            continue  # a tombstone: there is nothing left to say
        try:
            yield message, _record(message, message.topic.removesuffix(suffix))
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as fault:
            where = f"{message.topic}/{message.partition}/{message.offset}"
            _logger.error("record_not_ours", where=where, reason=type(fault).__name__)


def _record(message: Any, topic: str) -> Record:
    headers = dict(message.headers)
    body = message.value.decode()
    if "ce_id" in headers and "ce_type" in headers:
        id, type = headers["ce_id"].decode(), headers["ce_type"].decode()
    else:
        told = json.loads(body)
        id, type = told["id"], told["type"]
    if "\0" in body:
        raise ValueError  # no database can hold it, so it never stood in an outbox of ours
    return Record(topic, UUID(message.key.decode().partition("/")[0]), UUID(id), type, body)
