"""The event log for tests, by any driver: several processes' ways to one log."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from chassis.databases import Databases
from chassis.log import OperatedLog, Publisher, Record, Standing, Subscription
from chassis.log_postgres import PostgresLog

DRIVERS = ("postgres", "kafka")


@dataclass
class Way:
    """One process's way to the log. It publishes under a name of its own, taken over anew after a fault."""

    log: OperatedLog
    name: str
    ensure: Callable[[Sequence[str]], Any]
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    _held: Publisher | None = None

    async def publish(self, records: Sequence[Record]) -> None:
        await self.ensure([record.topic for record in records])
        await self._through(lambda publisher: publisher.publish(records))

    async def beat(self, topics: Sequence[str], at: datetime) -> None:
        await self.ensure(topics)
        await self._through(lambda publisher: publisher.beat(topics, at))

    async def streams(self, topics: Sequence[str]) -> Sequence[str]:
        return await self.log.streams(topics)

    async def ends(self, topics: Sequence[str]) -> Mapping[str, int]:
        return await self.log.ends(topics)

    async def read_to(self, group: str, topics: Sequence[str]) -> Mapping[str, int]:
        return await self.log.read_to(group, topics)

    def look(self, topics: Sequence[str], **how: Any) -> AsyncGenerator[Sequence[Standing], None]:
        return self.log.look(topics, **how)

    def publisher(self, name: str) -> AbstractAsyncContextManager[Publisher]:
        return self.log.publisher(name)

    @asynccontextmanager
    async def subscribe(
        self, group: str, topics: Sequence[str], *, from_start: bool = False
    ) -> AsyncIterator[Subscription]:
        await self.ensure(topics)
        async with self.log.subscribe(group, topics, from_start=from_start) as subscription:
            yield subscription

    async def forget(self) -> None:
        await self.log.forget()

    async def close(self) -> None:
        await self._let_go()
        await self.log.close()

    async def _through(self, say: Callable[[Publisher], Any]) -> None:
        try:
            if self._held is None:
                self._held = await self._stack.enter_async_context(self.log.publisher(self.name))
            await say(self._held)
        except BaseException:
            await self._let_go()
            raise

    async def _let_go(self) -> None:
        self._held = None
        await self._stack.aclose()


@dataclass
class Logs:
    """A log on the test's own databases, or on a Kafka that it shares with other tests under a suffix of its own.

    `settings` are further ones of the Kafka driver."""

    driver: str
    databases: Databases
    kafka: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    _made: set[str] = field(default_factory=set)
    _ways: list[Way] = field(default_factory=list)
    _numbers: Any = field(default_factory=count)

    def connect(self, instance: str | None = None) -> Way:
        """The way of another process; or of the one that was here under this name before."""
        number = next(self._numbers)
        name = instance or f"one-{number}"
        way = Way(self.open(name), f"test-{self.databases.suffix}-{number}", self.ensure)
        self._ways.append(way)
        return way

    def open(self, instance: str) -> OperatedLog:
        """The driver itself."""
        if self.kafka is None:
            return PostgresLog(self.databases.dsn("log", "service"))
        from chassis.log_kafka import KafkaLog

        return KafkaLog(self.kafka, instance=instance, suffix=self.databases.suffix, **self.settings)

    async def ensure(self, topics: Sequence[str]) -> None:
        """Make the topics that a test uses."""
        if self.kafka is None or not set(topics) - self._made:
            return
        from chassis.kafka_topics import create_topics

        await create_topics(self.kafka, sorted(set(topics) - self._made), replication=1, suffix=self.databases.suffix)
        self._made.update(topics)

    async def close(self) -> None:
        for way in self._ways:
            await way.close()
