"""What stands still for a backup, by locks in each service's database: objects are not removed while it is made, since its
rows may name them; and for the moment that it shows, nothing is between the outbox and the log."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import asyncpg
from sqlalchemy import text

from chassis.database import Sessions
from chassis.databases import Databases

# Numbers of advisory locks within a service's database.
_REMOVING, _RELAYING = 0x4B657404, 0x4B657405

# Whoever relays or removes holds its lock no longer than a broker or a store is waited for (seconds).
PATIENCE = 30.0


class BackupUnderWay(OSError):
    """A backup is being made, and what is to be removed may be part of it: it is removed later."""


@asynccontextmanager
async def removing(made: Sessions) -> AsyncIterator[None]:
    """Around every removal of objects. Raises `BackupUnderWay`, which is worth another try."""
    async with made() as session, session.begin():
        free = text("select pg_try_advisory_xact_lock_shared(:number)")
        if not await session.scalar(free, {"number": _REMOVING}):
            raise BackupUnderWay
        yield


@asynccontextmanager
async def relaying(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """Around publishing and deleting: a backup holds both of them or neither. It makes nobody wait for longer than it takes
    to ask the log where it ends."""
    await connection.execute("select pg_advisory_lock_shared($1)", _RELAYING)
    try:
        yield
    finally:
        if not connection.is_closed():
            await connection.execute("select pg_advisory_unlock_shared($1)", _RELAYING)


@asynccontextmanager
async def no_removals(databases: Databases, services: Sequence[str]) -> AsyncIterator[None]:
    """Nothing is removed while this is entered. It ends with this process, however that ends."""
    async with _held(databases, services, _REMOVING):
        yield


@asynccontextmanager
async def no_relaying(databases: Databases, services: Sequence[str]) -> AsyncIterator[None]:
    """Whatever left an outbox is on the log while this is entered. For a moment only: people wait for what they wrote."""
    async with _held(databases, services, _RELAYING):
        yield


@asynccontextmanager
async def _held(databases: Databases, services: Sequence[str], number: int) -> AsyncIterator[None]:
    """As the administrator, who has nothing to do with the services' pools."""
    async with AsyncExitStack() as stack:
        for service in services:
            connection = await stack.enter_async_context(databases.administered(databases.name(service)))
            await connection.execute("select pg_advisory_lock($1)", number, timeout=PATIENCE)
        yield
