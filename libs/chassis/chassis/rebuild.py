"""Building a service's projections anew from the log, beside the live ones, and swapping them in one transaction.

Every writer of a projection touches the inbox first. Whoever holds the inbox alone therefore knows that nobody is
writing: the swap waits for that, lets the copy catch up with the very last event, and changes the names.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import asyncpg
import structlog

from chassis.consumer import Consumer, Handlers
from chassis.database import Sessions
from chassis.databases import Databases
from chassis.log import EventLog, Subscription

LIVE, SHADOW, OLD = "projection", "projection_shadow", "projection_old"

# Writers wait for the swap; longer than this and they are let through before it is tried again (seconds).
PATIENCE = 5.0

_logger = structlog.get_logger()


async def rebuild(databases: Databases, service: str, made: Sessions, log: EventLog, handlers: Handlers) -> int:
    """Rebuild all projections of a service while it works. Returns how many events they were built from.

    Reads and writes go on; nobody sees a projection that is not whole."""
    async with _owner(databases, service) as owner:
        tables = await _make_shadow(owner, service)
        consumer = Consumer(service, made, log, handlers, schema=SHADOW)
        async with log.subscribe(f"{service}-rebuild", consumer.topics(own=True), from_start=True) as subscription:
            reading = asyncio.create_task(_read(consumer, subscription))
            try:
                while not await _swapped(owner, reading):
                    await asyncio.sleep(0.05)
            finally:
                reading.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await reading
        await owner.execute(f"drop schema if exists {OLD} cascade")
        events: int = await owner.fetchval(f"select count(*) from {LIVE}.inbox")
    _logger.info("projections_rebuilt", service=service, tables=len(tables), events=events)
    return events


async def _read(consumer: Consumer, subscription: Subscription) -> None:
    async for batch in subscription.batches():
        await consumer.take(batch)


async def _make_shadow(owner: asyncpg.Connection, service: str) -> Sequence[str]:
    async with owner.transaction():
        await owner.execute(f"drop schema if exists {SHADOW} cascade; drop schema if exists {OLD} cascade")
        await owner.execute(f"create schema {SHADOW}")
        await owner.execute(f'grant usage on schema {SHADOW} to "{service}_api", "{service}_worker"')
        tables = [
            row["tablename"] for row in await owner.fetch("select tablename from pg_tables where schemaname = $1", LIVE)
        ]
        for table in tables:
            await owner.execute(f'create table {SHADOW}."{table}" (like {LIVE}."{table}" including all)')
            await owner.execute(
                f'grant select, insert, update, delete on {SHADOW}."{table}" to "{service}_api", "{service}_worker"'
            )
    return tables


async def _swapped(owner: asyncpg.Connection, reading: "asyncio.Task[None]") -> bool:
    """Whether the copy held everything and has taken the place of the live projections."""
    if reading.done():
        reading.result()
        raise ConnectionError("The log is no longer being read.")
    if await _behind(owner) > 0:
        return False
    async with owner.transaction():
        await owner.execute(f"lock table {LIVE}.inbox in exclusive mode")
        end = asyncio.get_running_loop().time() + PATIENCE
        while await _behind(owner) > 0:
            if reading.done() or asyncio.get_running_loop().time() > end:
                return False
            await asyncio.sleep(0.01)
        await owner.execute(f"alter schema {LIVE} rename to {OLD}; alter schema {SHADOW} rename to {LIVE}")
    return True


async def _behind(owner: asyncpg.Connection) -> int:
    """How many events the live projections have taken in, or parked, that the copy has not."""
    missing: int = await owner.fetchval(f"""
        select count(*) from (
            (select event_id from {LIVE}.inbox union all select event_id from {LIVE}.dead_letter)
            except
            (select event_id from {SHADOW}.inbox union all select event_id from {SHADOW}.dead_letter)) missing""")
    return missing


@asynccontextmanager
async def _owner(databases: Databases, service: str) -> AsyncIterator[asyncpg.Connection]:
    async with databases.connected(service, "worker") as connection:
        await connection.execute(f'set role "{service}_owner"')
        yield connection
