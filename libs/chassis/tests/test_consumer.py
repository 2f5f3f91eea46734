"""Taking events in: once, in order per key, and what cannot be read holds its key back and nothing else."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession

from access.handlers import HANDLERS, remember_people
from access.testing import World, a_world
from chassis.consumer import ATTEMPTS, Consumer, Unreadable, forget_old, replay
from chassis.database import Sessions, engine, on_schema, sessions
from chassis.databases import Databases
from chassis.dead_letters import drop
from chassis.log import Batch, Record
from chassis.staging import stage
from chassis.testing.services import ServiceUnderTest, running
from contracts.events import Heard
from contracts.identity import UserChanged
from contracts.ids import new_id
from contracts.sharing import LevelDefined
from sharing.main import create

Eventually = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]
Told = Callable[..., Record]
Unread = Callable[[Record], Record]


@pytest.fixture(scope="module")
def databases(kept_databases: Callable[..., Databases]) -> Databases:
    return kept_databases("sharing")


@pytest.fixture
async def made(databases: Databases) -> AsyncIterator[Sessions]:
    worker = engine(databases.url("sharing", "worker"), size=3)
    yield sessions(worker)
    async with sessions(worker)() as session, session.begin():
        for table in ("inbox", "dead_letter", "person", "freshness"):
            await session.execute(text(f"delete from {table}"))
    await worker.dispose()


@dataclass
class Heardings:
    """The real handler of users, noting the order; it fails on demand first."""

    versions: list[tuple[UUID, int]] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)

    async def __call__(self, session: AsyncSession, heard: Sequence[Heard[UserChanged]]) -> None:
        if self.faults:
            raise self.faults.pop(0)
        await remember_people(session, heard)
        self.versions.extend((one.event.user_id, one.version) for one in heard)


@pytest.fixture
def handler() -> Heardings:
    return Heardings()


@pytest.fixture
def consumer(made: Sessions, handler: Heardings, memory_log: Any) -> Consumer:
    return Consumer("sharing", made, memory_log, {UserChanged: handler})


def a_batch(*records: Record, **heads: datetime) -> Batch:
    return Batch(records=records, offsets={}, heads={f"keten.{name}": at for name, at in heads.items()})


async def one(made: Sessions, sql: str, **given: object) -> Any:
    async with made() as session:
        return await session.scalar(text(sql), given)


async def parked(made: Sessions) -> list[tuple[UUID, str]]:
    async with made() as session:
        rows = (await session.execute(text("select event_id, reason from dead_letter order by seq"))).all()
    return [(row.event_id, row.reason) for row in rows]


async def version_of(made: Sessions, user: UUID) -> Any:
    return await one(made, "select version from person where id = :id", id=user)


async def test_twice_is_once(consumer: Consumer, made: Sessions, handler: Heardings, told: Told) -> None:
    user = new_id()
    first, second = told(user, 1), told(user, 2)

    await consumer.take(a_batch(first, second, first))
    await consumer.take(a_batch(first, second))

    assert handler.versions == [(user, 1), (user, 2)]
    assert await one(made, "select count(*) from inbox") == 2


async def test_what_nobody_handles_here_leaves_no_trace(consumer: Consumer, made: Sessions) -> None:
    level = LevelDefined(level_id=new_id(), account_id=new_id(), code="own", rights=frozenset())

    await consumer.take(a_batch(stage(level, version=1, at=datetime.now(UTC)).record()))

    assert await one(made, "select count(*) from inbox") == 0


async def test_one_that_cannot_be_read_holds_back_its_key_alone(
    consumer: Consumer, made: Sessions, handler: Heardings, told: Told, unreadable: Unread
) -> None:
    before, broken, after = new_id(), new_id(), new_id()
    poison, waiting, later = unreadable(told(broken, 2)), told(broken, 3), told(broken, 4)

    await consumer.take(a_batch(told(before, 1), told(broken, 1), poison, waiting, told(after, 1)))
    await consumer.take(a_batch(later, told(after, 2)))

    assert [await version_of(made, user) for user in (before, broken, after)] == [1, 1, 2]
    assert [event for event, _ in await parked(made)] == [poison.id, waiting.id, later.id]
    assert "missing" in (await parked(made))[0][1]


async def test_a_reason_tells_where_it_is_wrong_and_never_what_stood_there(
    consumer: Consumer, made: Sessions, told: Told
) -> None:
    record = told(new_id(), 1)
    wrong = Record(record.topic, record.key, record.id, record.type, record.body.replace('"member"', '"Jan Jansen"'))

    await consumer.take(a_batch(wrong))

    ((_, reason),) = await parked(made)
    assert "role" in reason
    assert "Jansen" not in reason


async def test_replay_handles_all_of_a_key_in_order(
    consumer: Consumer, made: Sessions, handler: Heardings, told: Told, unreadable: Unread
) -> None:
    user = new_id()
    good = told(user, 1)
    await consumer.take(a_batch(unreadable(good), told(user, 2), told(user, 3)))
    async with made() as session, session.begin():
        await session.execute(
            text("update dead_letter set body = :body where event_id = :id"), {"body": good.body, "id": good.id}
        )

    async with on_schema(made, "projection") as session:
        handled = await replay(session, {UserChanged: handler}, user)

    assert handled == 3
    assert handler.versions == [(user, 1), (user, 2), (user, 3)]
    assert await parked(made) == []
    await consumer.take(a_batch(told(user, 4)))
    assert await version_of(made, user) == 4


async def test_a_replay_that_fails_leaves_everything_parked(
    consumer: Consumer, made: Sessions, handler: Heardings, told: Told, unreadable: Unread
) -> None:
    user = new_id()
    await consumer.take(a_batch(told(user, 1), unreadable(told(user, 2)), told(user, 3)))

    with pytest.raises(Unreadable):
        async with on_schema(made, "projection") as session:
            await replay(session, {UserChanged: handler}, user)

    assert len(await parked(made)) == 2
    assert await version_of(made, user) == 1


async def test_what_comes_during_a_replay_is_not_left_behind(
    consumer: Consumer, made: Sessions, handler: Heardings, told: Told, unreadable: Unread
) -> None:
    user = new_id()
    good = told(user, 1)
    await consumer.take(a_batch(unreadable(good)))
    async with made() as session, session.begin():
        await session.execute(text("update dead_letter set body = :body"), {"body": good.body})

    async with on_schema(made, "projection") as session:
        await replay(session, {UserChanged: handler}, user)
        taking = asyncio.create_task(consumer.take(a_batch(told(user, 2))))
        done, _ = await asyncio.wait([taking], timeout=0.3)
        assert not done
    await taking

    assert await parked(made) == []
    assert await version_of(made, user) == 2


async def test_what_is_dropped_never_comes_back_and_lets_the_later_ones_go_on(
    consumer: Consumer, made: Sessions, handler: Heardings, told: Told, unreadable: Unread
) -> None:
    user = new_id()
    poison, later = unreadable(told(user, 1)), told(user, 2)
    await consumer.take(a_batch(poison, later))

    async with on_schema(made, "projection") as session:
        assert await drop(session, user, [poison.id]) == 1
        assert await drop(session, user, [new_id()]) == 0
    assert [event for event, _ in await parked(made)] == [later.id]
    await consumer.take(a_batch(poison))
    async with on_schema(made, "projection") as session:
        await replay(session, {UserChanged: handler}, user)
        await forget_old(session, days=0)
    await consumer.take(a_batch(poison))

    assert handler.versions == [(user, 2)]
    assert await parked(made) == []


async def test_an_event_of_another_key_is_not_dropped(
    consumer: Consumer, made: Sessions, told: Told, unreadable: Unread
) -> None:
    poison = unreadable(told(new_id(), 1))
    await consumer.take(a_batch(poison))

    async with on_schema(made, "projection") as session:
        assert await drop(session, new_id(), [poison.id]) == 0

    assert [event for event, _ in await parked(made)] == [poison.id]


async def test_what_was_handled_before_its_key_was_parked_is_not_handled_again(
    consumer: Consumer, made: Sessions, handler: Heardings, told: Told, unreadable: Unread
) -> None:
    user = new_id()
    first, second = told(user, 1), told(user, 2)
    await consumer.take(a_batch(first, unreadable(second)))

    await consumer.take(a_batch(first, unreadable(second)))
    async with made() as session, session.begin():
        await session.execute(
            text("update dead_letter set body = :body where event_id = :id"), {"body": second.body, "id": second.id}
        )
    async with on_schema(made, "projection") as session:
        await replay(session, {UserChanged: handler}, user)

    assert handler.versions == [(user, 1), (user, 2)]


async def test_an_unforeseen_fault_is_tried_again_before_it_parks(
    consumer: Consumer, made: Sessions, handler: Heardings, told: Told
) -> None:
    passing, lasting = new_id(), new_id()

    handler.faults = [RuntimeError("once")]
    await consumer.take(a_batch(told(passing, 1)))
    handler.faults = [RuntimeError("always, said Jansen")] * (ATTEMPTS + 1)
    await consumer.take(a_batch(told(lasting, 1)))

    assert await version_of(made, passing) == 1
    [(_, reason)] = await parked(made)
    assert re.fullmatch(r"RuntimeError at test_consumer\.py:\d+ __call__", reason), "its kind and place, not its words"


async def test_a_broken_rule_of_the_database_parks_at_once(
    consumer: Consumer, made: Sessions, handler: Heardings, told: Told
) -> None:
    broken = IntegrityError("insert", {}, ValueError("a name"))
    handler.faults = [broken, broken]

    await consumer.take(a_batch(told(new_id(), 1)))

    [(_, reason)] = await parked(made)
    assert reason.startswith("ValueError at ")
    assert "a name" not in reason


async def test_an_outage_is_tried_again_and_parks_nothing(
    consumer: Consumer, made: Sessions, handler: Heardings, told: Told, memory_log: Any
) -> None:
    user = new_id()
    memory_log.batches = [a_batch(told(user, 1)), a_batch(told(user, 2))]
    handler.faults = [ConnectionResetError("the database went away"), TimeoutError("and was slow")]

    async with _run(consumer), asyncio.timeout(10):
        await memory_log.all_done.wait()

    assert await parked(made) == []
    assert handler.versions == [(user, 1), (user, 2)]
    assert len(memory_log.finished) == 2


async def test_a_pool_without_a_free_connection_is_an_outage(
    consumer: Consumer, made: Sessions, handler: Heardings, told: Told, memory_log: Any
) -> None:
    user = new_id()
    memory_log.batches = [a_batch(told(user, 1))]
    handler.faults = [PoolTimeout("QueuePool limit reached") for _ in range(ATTEMPTS + 1)]

    async with _run(consumer), asyncio.timeout(10):
        await memory_log.all_done.wait()

    assert await parked(made) == []
    assert handler.versions == [(user, 1)]


async def test_a_database_that_drops_its_connections_is_an_outage(
    consumer: Consumer, databases: Databases, made: Sessions, handler: Heardings, told: Told, memory_log: Any
) -> None:
    user = new_id()
    memory_log.batches = [a_batch(told(user, n)) for n in range(1, 6)]

    class CutsOff(Heardings):
        async def __call__(self, session: AsyncSession, heard: Sequence[Heard[UserChanged]]) -> None:
            await super().__call__(session, heard)
            if len(self.versions) == 2:
                own = await session.scalar(text("select pg_backend_pid()"))
                async with databases.administered() as admin:
                    await admin.execute("select pg_terminate_backend($1)", own)

    cutting = CutsOff()
    async with _run(Consumer("sharing", made, memory_log, {UserChanged: cutting})), asyncio.timeout(10):
        await memory_log.all_done.wait()

    assert await parked(made) == []
    assert [version for _, version in cutting.versions] == [1, 2, 2, 3, 4, 5]
    assert await version_of(made, user) == 5
    assert await one(made, "select count(*) from inbox") == 5


async def test_heads_are_remembered_of_other_services_topics_alone(made: Sessions, memory_log: Any) -> None:
    consumer, now = Consumer("sharing", made, memory_log, HANDLERS), datetime.now(UTC)
    await consumer.expect_heads()
    epoch = await one(made, "select max(at) from freshness")

    await consumer.take(a_batch(identity=now, sharing=now, unknown=now))
    await consumer.take(a_batch(identity=now - timedelta(seconds=9)))

    assert epoch == datetime.fromtimestamp(0, UTC)
    async with made() as session:
        rows = (await session.execute(text("select topic, at from freshness where at > 'epoch'"))).all()
    assert [(row.topic, row.at) for row in rows] == [("keten.identity", now)]


@pytest.mark.rule("BEY-16")
async def test_another_machines_clock_that_is_ahead_keeps_nothing_fresh_for_longer(
    made: Sessions, memory_log: Any
) -> None:
    consumer, ahead = Consumer("sharing", made, memory_log, HANDLERS), datetime.now(UTC) + timedelta(minutes=5)

    await consumer.take(a_batch(identity=ahead))

    assert await one(made, "select max(at) <= now() from freshness")


async def test_streams_that_are_no_more_keep_nothing_stale(made: Sessions, memory_log: Any) -> None:
    consumer = Consumer("sharing", made, memory_log, HANDLERS)
    async with made() as session, session.begin():
        await session.execute(text("insert into freshness values ('keten.identity/7', 'epoch')"))

    await consumer.expect_heads()

    assert await one(made, "select count(*) from freshness where topic like '%/%'") == 0
    assert await one(made, "select count(*) from freshness") == len(consumer.topics(own=False))


async def test_a_topic_is_as_fresh_as_the_stalest_of_its_streams(made: Sessions, memory_log: Any) -> None:
    consumer, now = Consumer("sharing", made, memory_log, HANDLERS), datetime.now(UTC)

    heads = {"keten.identity/0": now, "keten.identity/1": now - timedelta(seconds=9)}
    await consumer.take(Batch(records=[], offsets={}, heads=heads))

    assert await one(made, "select min(at) from freshness") == now - timedelta(seconds=9)


async def test_the_head_is_remembered_beside_an_event_that_is_parked(
    consumer: Consumer, made: Sessions, told: Told, unreadable: Unread
) -> None:
    now = datetime.now(UTC)

    await consumer.take(a_batch(unreadable(told(new_id(), 1)), identity=now))

    assert len(await parked(made)) == 1
    assert await one(made, "select at from freshness where topic = 'keten.identity'") == now


@pytest.fixture
async def sharing(databases: Databases, made: Sessions) -> AsyncIterator[ServiceUnderTest]:
    async with running(create, databases, peers=["documents", "dossier"]) as service:
        yield service


@pytest.mark.parametrize("who", ["dossier", "group", "taco", "kracht"])
async def test_nothing_is_decided_that_leans_on_a_parked_key(
    sharing: ServiceUnderTest, told: Told, unreadable: Unread, who: str
) -> None:
    world: World = a_world()
    await sharing.hear(*world.facts())
    taco, leon = sharing.client(world.taco, world.kracht), sharing.client(world.leon, world.zorg)
    assert (await taco.get("/grants", params={"dossierId": str(world.dossier)})).status_code == 200

    key = getattr(world, who)
    await sharing.consumer.take(a_batch(unreadable(told(key, 9))))
    answer = await taco.get("/grants", params={"dossierId": str(world.dossier)})

    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await leon.get("/levels")).status_code == 200


@contextlib.asynccontextmanager
async def _run(consumer: Consumer) -> AsyncIterator[None]:
    task = asyncio.create_task(consumer.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
