"""`keten run points`: a process beside a running platform that tells its points on a pipe, whenever it is asked for the next
one. The same on one machine and on many; what is told goes into a backup, encrypted by who asked."""

import asyncio
import json
import sys
import tarfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final

import asyncpg

from chassis import kafka_copy, operators, standstill
from chassis.database import engine, sessions
from chassis.databases import Databases
from chassis.kafka_copy import Message
from chassis.log import EventLog
from chassis.migrations import refuse_unknown_head
from chassis.objects import ObjectMissing, ObjectStore
from chassis.operators import Deed, Operator
from chassis.seams import event_log, object_store
from chassis.settings import Settings
from contracts.ids import new_id
from contracts.operators import OperatorAction
from contracts.services import SERVICES, private_topic, topic
from keten.backup import following
from keten.backup.framing import NEXT, Framed
from keten.backup.point import LOG, MAIL, OBJECTS, SAID, TOGETHER, WAL, Point, add, packed
from keten.erased import is_any_left

# A disk is rewritten within this time after an erasure, but for what is large and waits for the night (seconds).
REWRITTEN: Final = 60.0

_TOPICS: Final = [name for service in SERVICES for name in (topic(service), private_topic(service))]


async def tell(settings: Settings, deed: Deed, operator: Operator, asked: IO[bytes], told: IO[bytes]) -> None:
    """First what the platform is, when everything is kept that the first point needs; then a point for each time that it is
    asked for. Raises `DatabaseNewerThanCode`."""
    databases = Databases.of(settings)
    for service in SERVICES:
        await refuse_unknown_head(databases, service, "worker")
    await write_down(databases, deed, operator)
    still_there = await let_erasures_end(databases)
    async with AsyncExitStack() as stack:
        log = event_log(settings)
        stack.push_async_callback(log.close)
        teller = await stack.enter_async_context(_Teller.at(settings, databases, log))
        async with standstill.no_removals(databases, SERVICES):
            facts = {**await _facts(databases, teller.admin), "erased": still_there}
            _tell(told, json.dumps(facts).encode())
            if await asyncio.to_thread(asked.readline) != NEXT:
                return
            until = await _tell_point(teller, told)
        while await asyncio.to_thread(asked.readline) == NEXT:
            await following.note(databases, until=until)  # who asks for the next one has this one on his disk
            async with standstill.no_removals(databases, SERVICES):
                until = await _tell_point(teller, told)


async def _tell_point(teller: "_Teller", told: IO[bytes]) -> datetime:
    framed = Framed(told)
    with tarfile.open(fileobj=framed, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        said = await teller.point(tar)
    framed.finish()
    _tell(told, said.printed())
    return said.at


def _tell(told: IO[bytes], content: bytes) -> None:
    framed = Framed(told)
    framed.write(content)
    framed.finish()


async def write_down(databases: Databases, deed: Deed, operator: Operator) -> None:
    """In the access log of every service: what is taken of it, and brought back, is all that it has."""
    for service in SERVICES:
        worker = engine(databases.url(service, "worker"), size=1)
        async with sessions(worker)() as session, session.begin():
            await operators.write(session, operator, [deed], at=datetime.now(UTC))
        await worker.dispose()


async def let_erasures_end(databases: Databases) -> Sequence[str]:
    """Wait until what was erased is taken away, and is on the disk no more, whose files are copied as they are. Returns the
    services where it still is."""
    loop = asyncio.get_running_loop()
    begun, end = datetime.now(UTC), loop.time() + REWRITTEN
    while (still_there := await _still_there(databases, begun)) and loop.time() < end:  # noqa: ASYNC110 - a disk calls nobody
        await asyncio.sleep(0.5)
    return still_there


async def _still_there(databases: Databases, before: datetime) -> Sequence[str]:
    found = []
    for service in SERVICES:
        async with databases.connected(service, "worker") as connection:
            if await is_any_left(connection, before=before):
                found.append(service)
    return found


async def _facts(databases: Databases, admin: asyncpg.Connection) -> Mapping[str, Any]:
    heads = {}
    for service in SERVICES:
        async with databases.administered(databases.name(service)) as inside:
            heads[service] = await inside.fetchval("select version_num from public.alembic_version")
    size = await admin.fetchval("select sum(pg_database_size(datname))::bigint from pg_database")
    version = int(await admin.fetchval("show server_version_num")) // 10_000
    return {"postgres": version, "heads": heads, "bytes": size}


class _Teller:
    """`admin` keeps, as long as it is connected, the log of the databases from where the next point begins."""

    def __init__(self, settings: Settings, databases: Databases, log: EventLog, admin: asyncpg.Connection) -> None:
        self._settings, self._databases, self._log, self.admin = settings, databases, log, admin
        self._store: ObjectStore = object_store(settings)
        self._slot, self._segment, self._told = "", 0, 0
        self._known: set[str] = set()
        self._ends: Mapping[kafka_copy.Place, int] = {}

    @classmethod
    @asynccontextmanager
    async def at(cls, settings: Settings, databases: Databases, log: EventLog) -> AsyncIterator["_Teller"]:
        async with databases.administered() as admin:
            teller = cls(settings, databases, log, admin)
            await teller._keep_log()
            yield teller

    async def point(self, tar: tarfile.TarFile) -> Point:
        """Write what came since the last one, and what it says of itself."""
        read = await self._read()
        name, at, lsn, ends = await self._moment()
        wal = await self._copy_wal(tar)
        gone = [*await self._copy_objects(tar), *self._copy_mail(tar)]
        await self._copy_log(tar, ends)
        self._known -= set(gone)
        said = Point(name, at, lsn, wal, gone, read)
        add(tar, SAID, said.printed())
        return said

    async def _keep_log(self) -> None:
        """By a slot that is gone with the connection: what was killed fills no disk."""
        self._slot = f"keten_{new_id().hex}"
        made = "select lsn - '0/0'::pg_lsn from pg_create_physical_replication_slot($1, true, true)"
        begin = int(await self.admin.fetchval(made, self._slot))
        self._segment = int(
            await self.admin.fetchval("select setting::bigint from pg_settings where name = 'wal_segment_size'")
        )
        self._told = begin - begin % self._segment

    async def _read(self) -> Mapping[str, Mapping[kafka_copy.Place, int]]:
        """Before the moment: what a group had read by then, its database has."""
        if self._settings.kafka is None:
            return {}
        return await kafka_copy.places_of_groups(self._settings.kafka, [f"keten.{service}" for service in SERVICES])

    async def _moment(self) -> tuple[str, datetime, str, Mapping[kafka_copy.Place, int]]:
        """A name in the log of the databases. On Kafka nothing is between an outbox and the log at that moment, so that what
        the databases do not have any more is before these ends, and what is behind them they still have."""
        if self._settings.kafka is None:
            return *await self._named(), {}
        async with standstill.no_relaying(self._databases, SERVICES), asyncio.timeout(standstill.PATIENCE):
            streams = await self._log.ends(_TOPICS)
            ends = {(one.rpartition("/")[0], int(one.rpartition("/")[2])): end for one, end in streams.items()}
            return *await self._named(), ends

    async def _named(self) -> tuple[str, datetime, str]:
        name = f"keten-{new_id()}"
        lsn: str = await self.admin.fetchval("select pg_create_restore_point($1)::text", name)
        at: datetime = await self.admin.fetchval("select clock_timestamp()")
        return name, at.astimezone(UTC), lsn

    async def _copy_wal(self, tar: tarfile.TarFile) -> list[tuple[str, int, int]]:
        # A commit of its own, behind the name: once it is safe, so is all before it.
        await self.admin.execute("select pg_logical_emit_message(true, 'keten', '')")
        end, timeline = await self.admin.fetchrow(
            "select (pg_current_wal_flush_lsn() - '0/0'::pg_lsn)::bigint, left(pg_walfile_name(pg_current_wal_lsn()), 8)"
        )
        copied = []
        while self._told < end:
            file, offset = self._file(timeline), self._told % self._segment
            size = min(self._segment - offset, end - self._told)
            content = await self.admin.fetchval(
                "select pg_read_binary_file('pg_wal/' || $1::text, $2, $3)", file, offset, size
            )
            add(tar, f"{WAL}/{file}/{offset}", content)
            copied.append((file, offset, size))
            self._told += size
        await self.admin.execute(
            "select pg_replication_slot_advance($1, '0/0'::pg_lsn + $2::numeric)", self._slot, self._told
        )
        return copied

    def _file(self, timeline: str) -> str:
        number, a_log = self._told // self._segment, 2**32 // self._segment
        return f"{timeline}{number // a_log:08X}{number % a_log:08X}"

    async def _copy_objects(self, tar: tarfile.TarFile) -> list[str]:
        """An object is put before the row that names it, and none is removed now: what the moment's rows name is here."""
        there = [name for service in SERVICES for name in await self._store.names(service)]
        for name in there:
            if (member := f"{OBJECTS}/{name}") not in self._known:
                try:
                    add(tar, member, await self._store.get(name))
                except ObjectMissing:
                    continue  # put and given up by a work that failed: no row names it
                self._known.add(member)
        here = {f"{OBJECTS}/{name}" for name in there}
        return sorted(one for one in self._known - here if one.startswith(f"{OBJECTS}/"))

    def _copy_mail(self, tar: tarfile.TarFile) -> list[str]:
        """Kept mail. The oldest go meanwhile, by their age alone."""
        kept = self._settings.kept_mail
        there = sorted(kept.glob("*.eml")) if kept is not None else []
        for path in there:
            if (member := f"{MAIL}/{path.name}") not in self._known and (content := _content(path)) is not None:
                add(tar, member, content)
                self._known.add(member)
        here = {f"{MAIL}/{path.name}" for path in there}
        return sorted(one for one in self._known - here if one.startswith(f"{MAIL}/"))

    async def _copy_log(self, tar: tarfile.TarFile, ends: Mapping[kafka_copy.Place, int]) -> None:
        if self._settings.kafka is None:
            return
        number, waiting = 0, list[Message]()
        async for message in kafka_copy.messages(self._settings.kafka, since=self._ends, until=ends):
            waiting.append(message)
            if len(waiting) == TOGETHER:
                number, waiting = self._pack(tar, number, waiting), []
        if waiting:
            self._pack(tar, number, waiting)
        self._ends = ends

    @staticmethod
    def _pack(tar: tarfile.TarFile, number: int, messages: Sequence[Message]) -> int:
        add(tar, f"{LOG}/{number:06}", packed(messages))
        return number + 1


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def main(settings: Settings, backup: str, operator: Operator) -> int:
    """On standard input and output."""
    deed = Deed(OperatorAction.BACKUP_MAKE, told={"backup": backup})
    asyncio.run(tell(settings, deed, operator, sys.stdin.buffer, sys.stdout.buffer))
    return 0
