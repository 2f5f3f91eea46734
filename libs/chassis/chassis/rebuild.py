"""Building a service's projections anew from the log, beside the live ones, and swapping them in one transaction.

Every writer of a projection touches the inbox first. Whoever holds the inbox alone therefore knows that nobody is
writing: the swap waits for that, lets the copy catch up with the very last event, and changes the names.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import asyncpg
import structlog

from chassis.consumer import Consumer, Handlers
from chassis.database import Sessions
from chassis.databases import Databases
from chassis.dead_letters import FOR_EVER
from chassis.log import EventLog, Subscription

LIVE, SHADOW, OLD = "projection", "projection_shadow", "projection_old"

# Writers wait for the swap; longer than this and they are let through before it is tried again (seconds).
PATIENCE = 5.0

# So often writers are made to wait for one of them that does not end, before a rebuild gives up: transactions that write a
# projection take milliseconds.
TRIES = 4

# Fewer records than this are read within the patience; only then are writers made to wait.
NEAR = 500

# The advisory lock's number within a service's database: one rebuild at a time.
LOCK = 0x4B657403

# Another rebuild is waited for so long: by then the connection of one that was killed is gone, and one that works may take
# an hour (seconds).
ANOTHER = 20.0

_logger = structlog.get_logger()

# Told how many records of the log were read, of how many.
Progress = Callable[[int, int], None]


class WriterStuck(Exception):
    """A rebuild is ready and cannot take its place; the message says who stands in the way."""


class RebuildUnderWay(Exception):
    """Another rebuild of the same projections does not end; the message says which."""


async def rebuild(
    databases: Databases,
    service: str,
    made: Sessions,
    log: EventLog,
    handlers: Handlers,
    *,
    progress: Progress = lambda _read, _of: None,
) -> int:
    """Rebuild all projections of a service while it works. Returns how many events they were built from.

    Reads and writes go on; nobody sees a projection that is not whole. Raises `RebuildUnderWay` when
    another one does not end, and `WriterStuck` when a transaction that writes the live ones does not; whatever it raises,
    these are as they were, and nothing is left of the others."""
    async with _alone(databases, service) as owner:
        tables = await _make_shadow(owner, service)
        consumer = Consumer(service, made, log, handlers, schema=SHADOW)
        await consumer.expect_heads()
        own = [event.type for event in handlers if event.service() == service]
        async with log.subscribe(f"{service}-rebuild", consumer.topics(own=True), from_start=True) as subscription:
            copy = _Copy(consumer, log, subscription, progress)
            try:
                await _swap(owner, copy, own)
            except BaseException:
                await copy.stop()
                with contextlib.suppress(Exception):  # the next rebuild begins with it as well
                    await owner.execute(f"drop schema if exists {SHADOW} cascade")
                raise
        await owner.execute(f"drop schema if exists {OLD} cascade")
        events: int = await owner.fetchval(f"select count(*) from {LIVE}.inbox")  # noqa: S608 - a constant
    _logger.info("projections_rebuilt", service=service, tables=len(tables), events=events)
    return events


class _Copy:
    """Reads the log into the shadow tables, and knows how far it has come.

    That is told by the log's offsets, not by comparing inboxes: a private topic forgets what was said before."""

    def __init__(self, consumer: Consumer, log: EventLog, subscription: Subscription, progress: Progress) -> None:
        self._consumer, self._log, self._subscription, self._progress = consumer, log, subscription, progress
        self._seen: dict[str, int] = {}
        self._reading = asyncio.create_task(self._read())

    async def behind(self) -> int:
        """How many records of the log it has not taken in yet. Raises what broke the reading."""
        if self._reading.done():
            self._reading.result()
            raise ConnectionError("The log is no longer being read.")
        ends = await self._log.ends(self._consumer.topics(own=True))
        total = sum(ends.values())
        behind = sum(max(0, end - self._seen.get(stream, 0)) for stream, end in ends.items())
        self._progress(total - behind, total)
        return behind

    async def stop(self) -> None:
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)

    async def _read(self) -> None:
        async for batch in self._subscription.batches():
            await self._consumer.take(batch)
            self._seen.update(batch.offsets)


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
        for one in await owner.fetch(_UNSAMPLED, LIVE):
            await owner.execute(f'alter table {SHADOW}."{one["t"]}" alter column "{one["c"]}" set statistics 0')
        await owner.execute(_TAKE_DROPPED)
    return tables


# Columns of which the planner keeps no sample, for it would outlive an erasure: `like` does not take that along.
_UNSAMPLED = """
select c.relname as t, a.attname as c from pg_attribute a join pg_class c on c.oid = a.attrelid
where c.relnamespace = cast($1 as regnamespace) and c.relkind = 'r' and a.attstattarget = 0 and a.attnum > 0"""


async def _swap(owner: asyncpg.Connection, copy: _Copy, own: Sequence[str]) -> None:
    stuck = 0
    while True:
        try:
            if await _swapped(owner, copy, own):
                return
        except asyncpg.LockNotAvailableError:
            stuck += 1
            if stuck == TRIES:
                raise WriterStuck(await _who_stands_in_the_way(owner)) from None
        await asyncio.sleep(0.05)


# What an operator dropped stays dropped, though it stands on the log: also when he did so while the copy was made.
_TAKE_DROPPED = f"""
insert into {SHADOW}.inbox (event_id, type, at) select event_id, type, at from {LIVE}.inbox where at = {FOR_EVER}
    on conflict (event_id) do update set at = excluded.at;
delete from {SHADOW}.dead_letter d using {LIVE}.inbox i where i.event_id = d.event_id and i.at = {FOR_EVER}
"""  # noqa: S608 - constants

_WAY = f"""
select a.pid, a.usename, host(a.client_addr) as host
from pg_locks l join pg_stat_activity a using (pid)
where l.relation = '{LIVE}.inbox'::regclass and l.granted and l.mode <> 'AccessShareLock' and a.pid <> pg_backend_pid()
order by a.backend_start limit 1
"""  # noqa: S608 - a constant


async def _who_stands_in_the_way(owner: asyncpg.Connection) -> str:
    async with owner.transaction():
        # Where a session comes from is only told to the role that it is of.
        await owner.execute("set local role none")
        row = await owner.fetchrow(_WAY)
    if row is None:
        return "Writers came and went for too long. Nothing was changed; try again when there is less to do."
    return (
        f"A transaction of {row['usename']} from {row['host']} (process {row['pid']} of the database server) has been "
        "writing the projections for too long. Nothing was changed. End it or wait for it, and rebuild again."
    )


async def _swapped(owner: asyncpg.Connection, copy: _Copy, own: Sequence[str]) -> bool:
    """Whether the copy held everything and has taken the place of the live projections."""
    if await copy.behind() > NEAR:
        return False
    async with owner.transaction():
        # Whoever writes comes behind this lock, so it is not waited for without a limit.
        await owner.execute(f"set local lock_timeout = '{PATIENCE}s'; lock table {LIVE}.inbox in exclusive mode")
        end = asyncio.get_running_loop().time() + PATIENCE
        # What the live projections hold stands in the log by now, except own facts on their way there.
        while await _unpublished(owner, own) or await copy.behind() > 0:
            if asyncio.get_running_loop().time() > end:
                return False
            await asyncio.sleep(0.01)
        await copy.stop()
        await owner.execute(_TAKE_DROPPED)
        await owner.execute(f"alter schema {LIVE} rename to {OLD}; alter schema {SHADOW} rename to {LIVE}")
    return True


async def _unpublished(owner: asyncpg.Connection, own: Sequence[str]) -> bool:
    waiting: bool = await owner.fetchval("select exists (select from public.outbox where type = any($1))", own)
    return waiting


@asynccontextmanager
async def _alone(databases: Databases, service: str) -> AsyncIterator[asyncpg.Connection]:
    """The owner of a service's projections, while nobody else rebuilds them. Raises `RebuildUnderWay`."""
    async with databases.connected(service, "worker") as connection:
        try:
            async with connection.transaction():
                await connection.execute(f"set local lock_timeout = '{ANOTHER}s'; select pg_advisory_lock({LOCK})")
        except asyncpg.LockNotAvailableError:
            raise RebuildUnderWay(await _who_rebuilds(connection, service)) from None
        await connection.execute(f'set role "{service}_owner"')
        yield connection


_REBUILDS = f"""
select a.pid, date_trunc('second', now() - a.backend_start) as since,
    coalesce(host(a.client_addr), 'the machine of the database') as host
from pg_locks l join pg_stat_activity a using (pid)
where l.locktype = 'advisory' and l.database = (select oid from pg_database where datname = current_database())
    and l.classid = 0 and l.objid = {LOCK} and l.granted
"""  # noqa: S608 - a constant


async def _who_rebuilds(connection: asyncpg.Connection, service: str) -> str:
    row = await connection.fetchrow(_REBUILDS)
    another = f"{row['host']} for {row['since']} (process {row['pid']} of the database server)" if row else "elsewhere"
    return (
        f"The projections of {service} are already being rebuilt, from {another}. Nothing was changed. Wait for that "
        "rebuild or end it, and rebuild again if it is still needed."
    )
