"""The event log in a Postgres database: one sequence per topic, one writer per topic, woken by NOTIFY."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from chassis.database import connect
from chassis.horizon import until_unseen
from chassis.log import Batch, Record, Standing

# More records a batch save round trips, fewer keep a consumer's transaction short: 500 is where the gain flattens.
BATCH = 500

# NOTIFY may be missed while a connection is renewed; so often the log is read without being called (seconds).
PATIENCE = 1.0

# A statement of a publisher takes no longer; a network that swallows packets ends here (seconds).
PUBLISHING = 10.0

# What was said privately and then said anew stays so long: a position may name it for ten minutes, and whoever shows that
# waits for this very event, which a reader who was away has yet to read.
STILL_NAMED = timedelta(minutes=11)

SCHEMA = """
create table if not exists record (
    topic text not null, "offset" bigint not null, key uuid not null, id uuid not null, type text not null,
    body text not null, appended_at timestamptz not null default now(), primary key (topic, "offset"));
create index if not exists record_by_key on record (topic, key, type) where topic like '%.private';
-- Of a private topic: since when something newer stands under its key and type.
alter table record add column if not exists superseded_at timestamptz;
create index if not exists record_superseded on record (topic, superseded_at) where superseded_at is not null;
create table if not exists topic_end (topic text primary key, "offset" bigint not null, beat timestamptz);
create table if not exists reader (
    reader text not null, topic text not null, "offset" bigint not null, primary key (reader, topic));
create table if not exists publisher (name text primary key, epoch bigint not null);
grant select, insert, update, delete on record, topic_end, reader, publisher to log_service;
-- What an erasure leaves in the pages is written over; nothing of a body is kept as a sample for the planner.
grant maintain on record to log_service;
alter table record alter column body set statistics 0;
"""


class TakenOver(Exception):
    """Another has taken this publisher's name over."""


async def create(connection: asyncpg.Connection) -> None:
    """Make the log's tables, as their owner. Can be repeated."""
    await connection.execute(SCHEMA)


class PostgresLog:
    """The driver. `dsn` names the log's database; each publisher and each subscription has a connection of its own."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._asker: asyncpg.Connection | None = None
        self._asking = asyncio.Lock()

    @asynccontextmanager
    async def publisher(self, name: str) -> AsyncIterator["PostgresPublisher"]:
        # Who is frozen in the midst of a transaction does not keep the next holder waiting for longer.
        held = {"idle_in_transaction_session_timeout": "10s"}
        connection = await connect(self._dsn, command_timeout=PUBLISHING, server_settings=held)
        try:
            epoch = await connection.fetchval(
                """insert into publisher values ($1, 0)
                   on conflict (name) do update set epoch = publisher.epoch + 1 returning epoch""",
                name,
            )
            yield PostgresPublisher(connection, name, epoch)
        finally:
            await connection.close(timeout=5)

    async def _connected(self) -> asyncpg.Connection:
        if self._asker is None or self._asker.is_closed():
            self._asker = await connect(self._dsn)
        return self._asker

    async def streams(self, topics: Sequence[str]) -> Sequence[str]:
        return sorted(topics)

    async def ends(self, topics: Sequence[str]) -> Mapping[str, int]:
        return await self._asked('select topic, "offset" from topic_end where topic = any($1)', topics)

    async def read_to(self, group: str, topics: Sequence[str]) -> Mapping[str, int]:
        told = 'select topic, "offset" from reader where topic = any($1) and reader = $2'
        return await self._asked(told, topics, group)

    async def look(
        self,
        topics: Sequence[str],
        *,
        key: UUID | None = None,
        since: datetime | None = None,
        last: int | None = None,
        follow: bool = False,
    ) -> AsyncGenerator[Sequence[Standing], None]:
        ends = dict(await self.ends(topics))
        seen = {topic: 0 if last is None else max(0, ends.get(topic, 0) - last) for topic in sorted(topics)}
        connection = await connect(self._dsn)
        try:
            while True:
                rows = await connection.fetch(_LOOKED, list(seen), list(seen.values()), BATCH, key, since)
                if rows:
                    shown = [(_record(row), row) for row in rows]
                    yield [
                        Standing(record, row["topic"], row["offset"], row["offset"])
                        for record, row in shown
                        if not record.is_tombstone
                    ]
                    seen |= {row["topic"]: row["offset"] for row in rows}
                elif follow:
                    yield []
                    await asyncio.sleep(PATIENCE)
                else:
                    return
                if not follow and all(seen[topic] >= ends.get(topic, 0) for topic in seen):
                    return
        finally:
            await connection.close(timeout=5)

    async def _asked(self, question: str, *given: object) -> Mapping[str, int]:
        async with self._asking:
            rows = await (await self._connected()).fetch(question, *given)
        return {row["topic"]: row["offset"] for row in rows}

    async def forget(self) -> None:
        # A connection of its own: who asks how far the log is need not wait for it.
        connection = await connect(self._dsn, server_settings={"lock_timeout": "2s"})
        try:
            await until_unseen(connection)
            await connection.execute("vacuum (full) record")
        finally:
            await connection.close()

    async def close(self) -> None:
        if self._asker is not None:
            await self._asker.close()
            self._asker = None

    @asynccontextmanager
    async def subscribe(
        self, group: str, topics: Sequence[str], *, from_start: bool = False
    ) -> AsyncIterator["PostgresSubscription"]:
        # It keeps how far was read, and no more: what a crash takes back is read again, and changes nothing.
        no_wait_for_disk = {"synchronous_commit": "off"}
        connection = await connect(self._dsn, server_settings=no_wait_for_disk)
        try:
            subscription = PostgresSubscription(connection, group, sorted(topics))
            await subscription.begin(from_start=from_start)
            yield subscription
        finally:
            await connection.close()


class PostgresPublisher:
    """One holder of a name; the row of the name is held while it writes, so that a later holder comes after it or not
    at all."""

    def __init__(self, connection: asyncpg.Connection, name: str, epoch: int) -> None:
        self._connection, self._name, self._epoch = connection, name, epoch
        self._writing = asyncio.Lock()

    async def publish(self, records: Sequence[Record]) -> None:
        async with self._writing, self._transaction() as connection:
            for topic in sorted({record.topic for record in records}):
                await _append(connection, topic, [record for record in records if record.topic == topic])
            await connection.execute("select pg_notify('log', '')")

    async def beat(self, topics: Sequence[str], at: datetime) -> None:
        async with self._writing, self._transaction() as connection:
            await connection.executemany(
                """insert into topic_end values ($1, 0, $2)
                   on conflict (topic) do update set beat = excluded.beat""",
                [(topic, at) for topic in sorted(topics)],
            )
            await connection.execute(_SWEEP, list(topics), STILL_NAMED)
            await connection.execute("select pg_notify('log', '')")

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[asyncpg.Connection]:
        async with self._connection.transaction():
            held = "select true from publisher where name = $1 and epoch = $2 for share"
            if not await self._connection.fetchval(held, self._name, self._epoch):
                raise TakenOver(f"Another publishes as {self._name} now.")
            yield self._connection


class PostgresSubscription:
    """A group's reading. Offsets are counted per topic, from 1, without gaps."""

    def __init__(self, connection: asyncpg.Connection, group: str, topics: Sequence[str]) -> None:
        self._connection, self._group, self._topics = connection, group, topics
        self._called = asyncio.Event()
        self._read: dict[str, int] = {}
        self._heads: dict[str, datetime] = {}

    async def begin(self, *, from_start: bool) -> None:
        if from_start:
            await self._connection.execute("delete from reader where reader = $1", self._group)
        rows = await self._connection.fetch('select topic, "offset" from reader where reader = $1', self._group)
        self._read = dict.fromkeys(self._topics, 0) | {row["topic"]: row["offset"] for row in rows}
        await self._connection.add_listener("log", lambda *_: self._called.set())
        self._connection.add_termination_listener(lambda _: self._called.set())

    async def batches(self) -> AsyncIterator[Batch]:
        while True:
            self._called.clear()
            batch = await self._next()
            if batch.records or batch.offsets or batch.heads:
                yield batch
                continue
            # Not wait_for: in Python 3.11 it loses a cancellation that comes together with the call.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    await self._called.wait()
            if self._connection.is_closed():
                raise ConnectionError("The log's connection is closed.")

    def read(self) -> Mapping[str, int]:
        return dict(self._read)

    async def done(self, batch: Batch) -> None:
        if not batch.offsets:
            return  # the driver would leave a transaction open behind an empty list
        await self._connection.executemany(
            """insert into reader values ($1, $2, $3)
               on conflict (reader, topic) do update set "offset" = excluded."offset" """,
            [(self._group, topic, offset) for topic, offset in batch.offsets.items()],
        )

    async def _next(self) -> Batch:
        # One snapshot: a head read with the records can never promise more than the records show.
        async with self._connection.transaction(isolation="repeatable_read", readonly=True):
            ends = await self._connection.fetch("select topic, beat from topic_end where topic = any($1)", self._topics)
            rows = await self._connection.fetch(
                _NEXT, self._topics, [self._read[topic] for topic in self._topics], BATCH
            )
        offsets = {row["topic"]: row["offset"] for row in rows}
        self._read |= offsets
        full = {topic for topic, read in Counter(row["topic"] for row in rows).items() if read == BATCH}
        heads = {e["topic"]: e["beat"] for e in ends if e["beat"] is not None and e["topic"] not in full}
        news = {topic: beat for topic, beat in heads.items() if self._heads.get(topic) != beat}
        self._heads |= news
        # A tombstone moves the reader on and says nothing.
        records = [record for record in map(_record, rows) if not record.is_tombstone]
        return Batch(records=records, offsets=offsets, heads=news)


_NEXT = """
select r.* from unnest($1::text[], $2::bigint[]) as t(topic, seen)
cross join lateral (
    select * from record where topic = t.topic and "offset" > t.seen order by "offset" limit $3) r
order by r.topic, r."offset"
"""

# The same, of one key or of all, and of those appended since a moment.
_LOOKED = """
select r.* from unnest($1::text[], $2::bigint[]) as t(topic, seen)
cross join lateral (
    select * from record where topic = t.topic and "offset" > t.seen and ($4::uuid is null or key = $4)
        and ($5::timestamptz is null or appended_at >= $5) order by "offset" limit $3) r
order by r.topic, r."offset"
"""


def _record(row: asyncpg.Record) -> Record:
    return Record(row["topic"], row["key"], row["id"], row["type"], row["body"])


async def _append(connection: asyncpg.Connection, topic: str, records: Sequence[Record]) -> None:
    is_private = topic.endswith(".private")
    if is_private:
        records = _without_unsaid(records)
    # The row of the topic's end is the lock that gives every record its place in the order of commits.
    await connection.execute("insert into topic_end values ($1, 0, null) on conflict do nothing", topic)
    end: int = await connection.fetchval(
        'update topic_end set "offset" = "offset" + $2 where topic = $1 returning "offset"', topic, len(records)
    )
    if is_private:
        unsaid = [(topic, record.key, record.type) for record in records if record.is_tombstone]
        await connection.executemany("delete from record where topic = $1 and key = $2 and type = $3", unsaid)
    await connection.executemany(
        'insert into record (topic, "offset", key, id, type, body) values ($1, $2, $3, $4, $5, $6)',
        [(topic, end - len(records) + n + 1, r.key, r.id, r.type, r.body) for n, r in enumerate(records)],
    )
    if is_private:
        said = sorted({(topic, record.key, record.type) for record in records})
        await connection.executemany(_SUPERSEDE, said)


def _without_unsaid(records: Sequence[Record]) -> list[Record]:
    """What a tombstone follows that is appended with it never comes to stand here."""
    last = {(r.key, r.type): n for n, r in enumerate(records) if r.is_tombstone}
    return [r for n, r in enumerate(records) if n >= last.get((r.key, r.type), 0)]


_SUPERSEDE = """
update record set superseded_at = now()
where topic = $1 and key = $2 and type = $3 and superseded_at is null
    and "offset" < (select max("offset") from record where topic = $1 and key = $2 and type = $3)
"""

_SWEEP = "delete from record where topic = any($1) and superseded_at < now() - $2::interval"
