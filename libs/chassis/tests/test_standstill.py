"""What stands still for a backup: removals as long as it is made, relays while it looks where the log ends."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import pytest

from chassis import standstill
from chassis.database import Sessions, engine, sessions
from chassis.databases import Databases
from chassis.log import Record
from chassis.relay import publish_batch
from chassis.standstill import BackupUnderWay, no_relaying, no_removals, removing
from contracts.ids import new_id

SERVICES = ["sharing"]

Eventually = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]


@pytest.fixture(scope="module")
def databases(kept_databases: Callable[..., Databases]) -> Databases:
    return kept_databases("sharing")


@pytest.fixture
async def made(databases: Databases) -> AsyncIterator[Sessions]:
    worker = engine(databases.url("sharing", "worker"), size=2)
    yield sessions(worker)
    await worker.dispose()


@pytest.fixture
async def connection(databases: Databases) -> AsyncIterator[asyncpg.Connection]:
    async with databases.connected("sharing", "worker") as connection:
        await connection.execute("delete from outbox")
        yield connection


async def test_nothing_is_removed_while_a_backup_is_made(databases: Databases, made: Sessions) -> None:
    async with no_removals(databases, SERVICES):
        with pytest.raises(BackupUnderWay):
            async with removing(made):
                raise AssertionError("It would have been removed.")

    async with removing(made):
        pass


async def test_a_backup_waits_for_a_removal_that_is_under_way(databases: Databases, made: Sessions) -> None:
    async def backup() -> None:
        async with no_removals(databases, SERVICES):
            pass

    async with removing(made):
        waiting = asyncio.create_task(backup())
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(waiting), 0.3)
    await asyncio.wait_for(waiting, 10)


async def test_a_backup_that_was_killed_holds_nobody_up(
    databases: Databases, made: Sessions, eventually: Eventually
) -> None:
    backup = asyncio.create_task(forever(databases))
    await eventually(lambda: is_refused(made))

    backup.cancel()
    await asyncio.gather(backup, return_exceptions=True)

    await eventually(lambda: is_allowed(made))


async def test_what_is_between_the_outbox_and_the_log_arrives_before_a_backup_looks(
    databases: Databases, connection: asyncpg.Connection, memory_log: Any, told: Callable[..., Record]
) -> None:
    await put(connection, told(new_id(), 1))
    memory_log.open.clear()
    relaying = asyncio.create_task(publish_batch(connection, memory_log, "sharing"))
    await memory_log.asked.wait()

    async def look() -> tuple[int, int]:
        async with no_relaying(databases, SERVICES), databases.administered(databases.name("sharing")) as admin:
            return len(memory_log.published), await admin.fetchval("select count(*) from public.outbox")

    looking = asyncio.create_task(look())
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(looking), 0.3)
    memory_log.open.set()

    assert await looking == (1, 0)
    assert await relaying == 1


async def test_what_is_stated_while_a_backup_looks_is_published_afterwards(
    databases: Databases, connection: asyncpg.Connection, memory_log: Any, told: Callable[..., Record]
) -> None:
    async with no_relaying(databases, SERVICES):
        await put(connection, told(new_id(), 1))
        relaying = asyncio.create_task(publish_batch(connection, memory_log, "sharing"))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(relaying), 0.3)
        assert memory_log.published == []

    assert await relaying == 1
    assert len(memory_log.published) == 1


async def forever(databases: Databases) -> None:
    async with no_removals(databases, SERVICES):
        await asyncio.Event().wait()


async def is_allowed(made: Sessions) -> bool:
    try:
        async with standstill.removing(made):
            return True
    except BackupUnderWay:
        return False


async def is_refused(made: Sessions) -> bool:
    return not await is_allowed(made)


async def put(connection: asyncpg.Connection, record: Record) -> None:
    await connection.execute(
        "insert into outbox (id, topic, key, type, body) values ($1, $2, $3, $4, $5)",
        *(record.id, record.topic, record.key, record.type, record.body),
    )
