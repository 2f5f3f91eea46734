"""From outbox to projection over Kafka while its parts come and go: nothing lost, nothing counted twice, each key in its
order, and all of it goes on by itself."""

import asyncio
import contextlib
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from access.handlers import remember_people
from chassis.consumer import Consumer
from chassis.database import Sessions, engine, sessions
from chassis.databases import Databases, prepare
from chassis.kafka_publisher import KafkaPublisher
from chassis.log import EventLog
from chassis.log_kafka import KafkaLog
from chassis.migrations import migrate
from chassis.postgres import PostgresServer, free_port
from chassis.relay import Relay
from chassis.staging import put, stage
from chassis.testing.engines import ENGINES, Container, require, started
from chassis.testing.logs import Logs
from contracts.actions import Role
from contracts.events import Heard
from contracts.identity import UserChanged, UserStatus
from contracts.ids import AccountId, UserId, new_id

# Long enough for a machine with two slow cores; what works never takes so long (seconds).
PATIENCE = 120.0

TOPIC = "keten.identity"

TABLES = """
create table public.truth (user_id uuid primary key, version bigint not null default 1);
create table public.effect (n bigint generated always as identity primary key, user_id uuid not null,
    version bigint not null, reader text not null default 'another program');
"""

NEXT_VERSIONS = """
insert into public.truth (user_id) select unnest(cast(:users as uuid[])) on conflict (user_id) do update
    set version = truth.version + 1 returning user_id, version
"""


@dataclass
class Chain:
    """One service with a relay and with readers of what it states, each as in a process of its own."""

    databases: Databases
    logs: Logs
    made: Sessions
    users: Sequence[UserId] = field(default_factory=lambda: [UserId(new_id()) for _ in range(24)])
    at_work: asyncio.Event = field(default_factory=asyncio.Event)
    may_go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def state(self) -> None:
        """One more version of every user, as a service would state it."""
        now = datetime.now(UTC)
        async with self.made() as session, session.begin():
            rows = await session.execute(text(NEXT_VERSIONS), {"users": self.users})
            await put(session, [stage(_changed(user), version=version, at=now) for user, version in rows])

    @asynccontextmanager
    async def stating(self) -> AsyncIterator[None]:
        """While this is entered there is always something new."""

        async def state_for_ever() -> None:
            while True:
                with contextlib.suppress(Exception):  # without its database a service states nothing
                    await self.state()
                await asyncio.sleep(0.1)

        async with _working(state_for_ever):
            yield

    @asynccontextmanager
    async def relaying(self, log: EventLog | None = None) -> AsyncIterator[None]:
        dsn = self.databases.dsn("sharing", "worker")
        relay = Relay("sharing", dsn, log or self.logs.open("relay"), [TOPIC], heartbeat=0.2)
        async with _working(relay.run):
            yield

    @asynccontextmanager
    async def reading(self, name: str) -> AsyncIterator[None]:
        """A reader whose handler waits for `may_go_on` in the midst of its transaction."""

        async def handle(session: AsyncSession, heard: Sequence[Heard[UserChanged]]) -> None:
            await remember_people(session, heard)
            said = [{"user": one.event.user_id, "version": one.version, "reader": name} for one in heard]
            await session.execute(
                text("insert into effect (user_id, version, reader) values (:user, :version, :reader)"), said
            )
            self.at_work.set()
            await self.may_go_on.wait()

        log = self.logs.open(name)
        async with _working(Consumer("sharing", self.made, log, {UserChanged: handle}).run):
            yield
        await log.close()

    async def settled(self) -> None:
        """Wait until everything stated had its effect."""
        left = "select (select count(*) from outbox) + (select sum(version) from truth) - (select count(*) from inbox)"
        await self.until(f"({left}) = 0")

    async def fresh(self) -> None:
        """Wait until it is known of every part of the topic that nothing said before now is missing."""
        now = await self.ask("select clock_timestamp()")
        await self.until("(select min(at) from freshness) > cast(:now as timestamptz)", now=now)

    async def until(self, so: str, **given: object) -> None:
        async with asyncio.timeout(PATIENCE):
            while True:
                with contextlib.suppress(Exception):  # the database may be among what is away
                    if await self.ask(f"select {so}", **given):
                        return
                await asyncio.sleep(0.02)

    async def ask(self, sql: str, **given: object) -> Any:
        async with self.made() as session:
            return await session.scalar(text(sql), given)

    async def readers(self) -> set[str]:
        async with self.made() as session:
            return set(await session.scalars(text("select distinct reader from effect")))

    async def assert_right(self) -> None:
        """Every version of every user had its effect once, and in order."""
        async with self.made() as session:
            stated = {row.user_id: row.version for row in await session.execute(text("select * from truth"))}
            effects = (await session.execute(text("select user_id, version from effect order by n"))).all()
            projected = {row.id: row.version for row in await session.execute(text("select id, version from person"))}
        had: dict[UUID, list[int]] = {user: [] for user in stated}
        for effect in effects:
            had[effect.user_id].append(effect.version)
        assert had == {user: list(range(1, last + 1)) for user, last in stated.items()}
        assert projected == stated


def _changed(user: UserId) -> UserChanged:
    return UserChanged(
        user_id=user, account_id=AccountId(user), role=Role.MEMBER, status=UserStatus.ACTIVE, medical=False
    )


@asynccontextmanager
async def a_chain(databases: Databases, kafka: Container, **settings: Any) -> AsyncIterator[Chain]:
    worker = engine(databases.url("sharing", "worker"), size=8)
    logs = Logs("kafka", databases, kafka.address, settings)
    await logs.ensure([TOPIC])
    async with databases.connected("sharing", "owner") as owner:
        await owner.execute(TABLES)
    chain = Chain(databases, logs, sessions(worker))
    chain.may_go_on.set()
    yield chain
    await logs.close()
    await worker.dispose()


@pytest.fixture
async def chain(fresh_databases: Callable[..., Databases], kafka: Container) -> AsyncIterator[Chain]:
    async with a_chain(fresh_databases("sharing"), kafka, session=3.0) as chain:
        yield chain


@pytest.fixture(scope="module")
def own_kafka() -> Iterator[Container]:
    """A broker that may be stopped."""
    require("kafka")
    with started(ENGINES["kafka"]) as container:
        yield container


@pytest.fixture
async def chain_of_its_own(fresh_databases: Callable[..., Databases], own_kafka: Container) -> AsyncIterator[Chain]:
    async with a_chain(fresh_databases("sharing"), own_kafka, patience=2.0, session=6.0) as chain:
        yield chain


async def test_partitions_that_move_in_the_midst_of_a_batch_lose_and_double_nothing(chain: Chain) -> None:
    async with chain.relaying(), chain.reading("one"):
        await chain.state()
        chain.may_go_on.clear()
        chain.at_work.clear()
        await chain.state()
        async with asyncio.timeout(PATIENCE):
            await chain.at_work.wait()

        async with chain.reading("two"):
            await chain.until("exists (select from pg_stat_activity where wait_event_type = 'Lock')")
            chain.may_go_on.set()
            async with chain.stating():
                await chain.until("(select count(distinct reader) from effect) = 2")
            await chain.fresh()
        # Who leaves in good order freezes nothing.
        await chain.state()
        await chain.settled()
        await chain.fresh()

    await chain.assert_right()


async def test_what_a_killed_reader_held_is_taken_over(chain: Chain, kafka: Container) -> None:
    program = Path(__file__).parent / "crashing_process.py"
    told = chain.databases.address, str(chain.databases.secrets), chain.databases.suffix, kafka.address
    process = await asyncio.create_subprocess_exec(sys.executable, str(program), *told, "taken in, not committed")
    try:
        async with asyncio.timeout(PATIENCE):
            await process.wait()
    finally:
        if process.returncode is None:
            process.kill()

    async with chain.relaying(), chain.reading("other"):
        await chain.state()
        await chain.settled()
        await chain.fresh()

    assert "other" in await chain.readers()
    await chain.assert_right()


async def test_a_broker_that_was_away_is_found_again(chain_of_its_own: Chain, own_kafka: Container) -> None:
    chain = chain_of_its_own
    async with chain.relaying(), chain.reading("one"), chain.stating():
        await chain.until("(select count(*) from effect) > 100")

        await asyncio.to_thread(own_kafka.docker, "kill")
        await chain.until("(select count(*) from outbox) > 200")
        await asyncio.to_thread(own_kafka.docker, "start")

        heard = await chain.ask("select count(*) from effect")
        await chain.until("(select count(*) from effect) > :heard + 100", heard=heard)
    async with chain.relaying(), chain.reading("one"):
        await chain.settled()
        await chain.fresh()

    await chain.assert_right()


async def test_a_network_that_swallows_everything_is_got_over(chain_of_its_own: Chain, own_kafka: Container) -> None:
    chain = chain_of_its_own
    async with chain.relaying(), chain.reading("one"):
        async with chain.stating():
            await chain.until("(select count(*) from effect) > 100")

            await asyncio.to_thread(own_kafka.docker, "pause")
            # Longer than the relay waits for an answer: it gives up what is on its way, and the broker takes that later.
            await chain.until("(select count(*) from outbox) > 800")
            await asyncio.to_thread(own_kafka.docker, "unpause")

            heard = await chain.ask("select count(*) from effect")
            await chain.until("(select count(*) from effect) > :heard + 100", heard=heard)
        await chain.settled()
        await chain.fresh()

    await chain.assert_right()


async def test_publishing_into_silence_ends(chain_of_its_own: Chain, own_kafka: Container) -> None:
    log, record = (
        chain_of_its_own.logs.open("writer"),
        stage(_changed(UserId(new_id())), version=1, at=datetime.now(UTC)),
    )
    async with log.publisher("silent") as publisher:
        await publisher.publish([record.record()])
        await asyncio.to_thread(own_kafka.docker, "pause")
        try:
            begun = time.monotonic()
            with pytest.raises(Exception, match=r"^$|Timeout|timed out|RequestTimedOut"):
                await publisher.publish([record.record()])
            with pytest.raises(Exception, match=r"bootstrap|^$"):
                async with chain_of_its_own.logs.open("reader").subscribe("silent", [TOPIC]):
                    pass
            took = time.monotonic() - begun
        finally:
            await asyncio.to_thread(own_kafka.docker, "unpause")

    assert took < 15


async def test_without_a_broker_it_is_said_at_once() -> None:
    log = KafkaLog(f"127.0.0.1:{free_port()}", instance="lonely")

    begun = time.monotonic()
    with pytest.raises(Exception, match="bootstrap"):
        async with log.publisher("sharing"):
            pass
    with pytest.raises(Exception, match="bootstrap"):
        async with log.subscribe("sharing", [TOPIC]):
            pass
    with pytest.raises(Exception, match="bootstrap"):
        await log.ends([TOPIC])
    await log.close()

    assert time.monotonic() - begun < 2


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    """A Postgres that may be stopped; in a directory that everybody may pass through."""
    folder = Path(tempfile.mkdtemp(prefix="keten-"))
    folder.chmod(0o711)
    yield PostgresServer(folder / "postgres", free_port(), folder / "secrets", durable=False)
    shutil.rmtree(folder)


async def test_a_database_that_is_started_again_is_found_again(own_server: PostgresServer, kafka: Container) -> None:
    server = own_server
    process = await asyncio.to_thread(server.start)
    try:
        await asyncio.to_thread(server.wait_until_ready, process)
        databases = Databases(server.address, server.secrets, suffix=f"_{new_id().hex[-8:]}")
        await prepare(databases, ["sharing"])
        await migrate(databases, "sharing")
        async with a_chain(databases, kafka) as chain:
            async with chain.relaying(), chain.reading("one"), chain.reading("two"):
                async with chain.stating():
                    await chain.until("(select count(*) from effect) > 100")
                    await asyncio.to_thread(server.stop, process)
                    process = await asyncio.to_thread(server.start)
                    await chain.until("true")
                    heard = await chain.ask("select count(*) from effect")
                    await chain.until("(select count(*) from effect) > :heard + 100", heard=heard)
                await chain.settled()
                await chain.fresh()
            await chain.assert_right()
    finally:
        await asyncio.to_thread(server.stop, process)


async def test_relays_that_take_over_from_each_other_lose_and_disorder_nothing(chain: Chain) -> None:
    async with chain.relaying(), chain.relaying(), chain.reading("one"):
        async with chain.stating():
            for _ in range(4):
                heard = await chain.ask("select count(*) from effect")
                await chain.until("(select count(*) from effect) > :heard + 50", heard=heard)
                await _cut_off_the_relay(chain.databases)
        await chain.settled()
        await chain.fresh()

    await chain.assert_right()


async def test_a_relay_that_lost_its_lock_lets_go_of_kafka_at_once(chain: Chain) -> None:
    held = Held(chain.logs.open("relay"))
    async with chain.relaying(held):
        await chain.state()
        async with asyncio.timeout(PATIENCE):
            await held.asked.wait()
        await _cut_off_the_relay(chain.databases)
        async with asyncio.timeout(2):
            await held.let_go.wait()
        held.open.set()
        async with chain.reading("one"):
            await chain.settled()

    await chain.assert_right()


async def test_a_producer_that_broke_is_made_anew(chain: Chain) -> None:
    spoiling = Spoiling(chain.logs.open("relay"))
    async with chain.relaying(spoiling), chain.reading("one"):
        async with chain.stating():
            await chain.until("(select count(*) from effect) > 50")
            spoiling.spoil()
            heard = await chain.ask("select count(*) from effect")
            await chain.until("(select count(*) from effect) > :heard + 200", heard=heard)
        await chain.settled()

    assert spoiling.made >= 2
    await chain.assert_right()


class Held:
    """The real log; its first publisher gets stuck before anything is sent."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self.streams, self.ends, self.subscribe = log.streams, log.ends, log.subscribe
        self.forget, self.close = log.forget, log.close
        self.asked, self.let_go, self.open = asyncio.Event(), asyncio.Event(), asyncio.Event()

    @asynccontextmanager
    async def publisher(self, name: str) -> AsyncIterator[Any]:
        async with self._log.publisher(name) as publisher:
            stuck = _Stuck(self, publisher)
            try:
                yield stuck
            finally:
                self.let_go.set()


class _Stuck:
    def __init__(self, held: Held, publisher: Any) -> None:
        self._held, self._publisher, self.beat = held, publisher, publisher.beat

    async def publish(self, records: Sequence[Any]) -> None:
        self._held.asked.set()
        await self._held.open.wait()
        await self._publisher.publish(records)


class Spoiling:
    """The real log, whose publisher can lose count of what it sent."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self.streams, self.ends, self.subscribe = log.streams, log.ends, log.subscribe
        self.forget, self.close = log.forget, log.close
        self.made = 0
        self._publisher: KafkaPublisher | None = None

    @asynccontextmanager
    async def publisher(self, name: str) -> AsyncIterator[Any]:
        async with self._log.publisher(name) as publisher:
            assert isinstance(publisher, KafkaPublisher)
            self._publisher, self.made = publisher, self.made + 1
            yield publisher

    def spoil(self) -> None:
        assert self._publisher is not None
        for one in self._publisher._sequences:
            self._publisher._sequences[one] += 7


async def _cut_off_the_relay(databases: Databases) -> None:
    """End the connection that holds the relay's lock."""
    async with databases.administered(databases.name("sharing")) as admin:
        await admin.execute(
            """select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted
               and database = (select oid from pg_database where datname = current_database())"""
        )


@asynccontextmanager
async def _working(*tasks: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    running = [asyncio.ensure_future(task()) for task in tasks]
    try:
        yield
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
