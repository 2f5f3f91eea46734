"""Facts from outbox to projection: this platform's relay and consumer, on either log, against the plain loop.

`python -m bench.events [--write]`. The plain loop is what one writes first: poll one outbox row, send it and wait, delete
it, commit; read one message, handle it, commit, commit its offset. The same Postgres, Kafka and handler for both.
"""

import argparse
import asyncio
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import asyncpg

from bench.results import write_part
from chassis.databases import Databases, prepare
from chassis.kafka_topics import create_topics
from chassis.log import Record
from chassis.migrations import migrate
from chassis.postgres import PostgresServer, free_port
from chassis.staging import stage
from chassis.testing.engines import ENGINES, require, started
from contracts.actions import Role
from contracts.identity import UserChanged, UserStatus
from contracts.ids import AccountId, UserId

SERVICE, TOPIC = "sharing", UserChanged.topic()

PLAIN, KAFKA, POSTGRES = "plain loop", "Kafka", "Postgres log"

# How many facts one round takes in, and for how long it is then watched at half of that speed (seconds).
FACTS = {PLAIN: 300, KAFKA: 20_000, POSTGRES: 20_000}
WATCHED = 5.0

# Facts of so many users, in turn: a projection's rows are changed more often than made.
USERS = 2_000


@dataclass(frozen=True)
class Setting:
    """What a process of the bench must know."""

    way: str
    postgres: str
    secrets: str
    kafka: str
    suffix: str

    @property
    def databases(self) -> Databases:
        return Databases(self.postgres, Path(self.secrets))


@dataclass(frozen=True)
class Round:
    """Events a second, and the 50th and 99th of a hundred from commit to projection (milliseconds)."""

    speed: float
    median: float
    p99: float


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.events", description=__doc__.partition("\n")[0])
    parser.add_argument("--write", action="store_true", help="renew this part of bench/RESULTS.md")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    require("kafka")
    with _postgres() as (address, secrets), started(ENGINES["kafka"]) as kafka:
        rounds = asyncio.run(_all_rounds(Databases(address, secrets), kafka.address, given.rounds))
    table = _table(rounds)
    print(table)
    if given.write:
        write_part("Events: from outbox to projection", table + "\n\n" + _EXPLAINED)


async def _all_rounds(databases: Databases, kafka: str, number: int) -> dict[str, list[Round]]:
    await prepare(databases, [SERVICE])
    await migrate(databases, SERVICE)
    rounds: dict[str, list[Round]] = {PLAIN: [], KAFKA: [], POSTGRES: []}
    for n in range(number):
        for way, measured in rounds.items():
            suffix = f"_{n}_{way.split()[0].lower()}"
            await create_topics(kafka, [TOPIC], replication=1, suffix=suffix)
            setting = Setting(way, databases.address, str(databases.secrets), kafka, suffix)
            measured.append(await _round(setting))
            print(f"{n + 1}/{number} {way}: {measured[-1]}", file=sys.stderr, flush=True)
    return rounds


async def _round(setting: Setting) -> Round:
    facts = FACTS[setting.way]
    async with setting.databases.connected(SERVICE, "owner") as owner:
        await _empty(setting, owner)
        records = _facts(facts)
        await _put(owner, records, watched=False)
        async with _process(setting, "relay") as relay, _process(setting, "consumer") as consumer:
            begun = time.perf_counter()
            _go(relay, consumer)
            await _heard(owner, facts)
            speed = facts / (time.perf_counter() - begun)
            median, p99 = await _watched(owner, speed / 2, after=facts)
    return Round(speed, median, p99)


async def _watched(owner: asyncpg.Connection, rate: float, *, after: int) -> tuple[float, float]:
    """Facts at this rate for a while; from the commit that states to the commit that projects, by the server's clock."""
    every = max(0.01, 1 / rate)
    each = max(1, round(rate * every))
    records = _facts(round(rate * WATCHED), first_version=1_000_000)
    begun = time.perf_counter()
    for n, start in enumerate(range(0, len(records), each)):
        await asyncio.sleep(begun + n * every - time.perf_counter())
        await _put(owner, records[start : start + each], watched=True)
    await _heard(owner, after + len(records))
    row = await owner.fetchrow(_LATENCIES)
    return row[0] * 1000, row[1] * 1000


_LATENCIES = """
select percentile_cont(0.5) within group (order by took), percentile_cont(0.99) within group (order by took)
from (select extract(epoch from pg_xact_commit_timestamp(i.xmin) - pg_xact_commit_timestamp(s.xmin))::float as took
      from stated s join projection.inbox i on i.event_id = s.id where s.watched) each
"""


def _facts(number: int, *, first_version: int = 1) -> list[Record]:
    users = [UserId(UUID(int=n, version=4)) for n in range(1, USERS + 1)]
    return [
        stage(_fact(users[n % USERS]), version=first_version + n // USERS, at=datetime.now(UTC)).record()
        for n in range(number)
    ]


def _fact(user: UserId) -> UserChanged:
    return UserChanged(
        user_id=user, account_id=AccountId(user), role=Role.MEMBER, status=UserStatus.ACTIVE, medical=False
    )


async def _empty(setting: Setting, owner: asyncpg.Connection) -> None:
    await owner.execute("""
        create table if not exists public.stated (id uuid primary key, watched boolean not null);
        truncate stated, outbox, projection.inbox, projection.person, projection.fact_history, projection.freshness""")
    async with setting.databases.connected("log", "owner") as log:
        await log.execute("truncate record, topic_end, reader")


async def _put(owner: asyncpg.Connection, records: Sequence[Record], *, watched: bool) -> None:
    """State facts in one transaction, with a row beside each by which the moment of its commit can be told."""
    async with owner.transaction():
        rows = [(r.id, r.topic, r.key, r.type, r.body) for r in records]
        await owner.copy_records_to_table("outbox", records=rows, columns=["id", "topic", "key", "type", "body"])
        stated = [(r.id, watched) for r in records]
        await owner.copy_records_to_table("stated", records=stated, columns=["id", "watched"])


async def _heard(owner: asyncpg.Connection, number: int) -> None:
    async with asyncio.timeout(300):
        while await owner.fetchval("select count(*) from projection.inbox") < number:  # noqa: ASYNC110 - it is a database
            await asyncio.sleep(0.02)


@asynccontextmanager
async def _process(setting: Setting, part: str) -> AsyncIterator[Process]:
    """A process of its own; it stands ready until it is told to go."""
    command = [sys.executable, "-m", "bench.events_parts", part, json.dumps(asdict(setting))]
    process = await asyncio.create_subprocess_exec(*command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        ready = await process.stdout.readline()
        assert ready == b"ready\n", ready
        yield process
    finally:
        process.kill()
        await process.wait()


def _go(*processes: Process) -> None:
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(b"go\n")


@contextmanager
def _postgres() -> Iterator[tuple[str, Path]]:
    """A durable server, as in production, that remembers when each transaction was committed."""
    folder = Path(tempfile.mkdtemp(prefix="keten-bench-"))
    folder.chmod(0o711)
    server = PostgresServer(folder / "postgres", free_port(), folder / "secrets")
    process = server.start()
    try:
        server.wait_until_ready(process)
        asyncio.run(_remember_commits(Databases(server.address, server.secrets)))
        server.stop(process)
        process = server.start()
        server.wait_until_ready(process)
        yield server.address, server.secrets
    finally:
        server.stop(process)
        shutil.rmtree(folder)


async def _remember_commits(databases: Databases) -> None:
    async with databases.administered() as admin:
        await admin.execute("alter system set track_commit_timestamp = on")


def _table(rounds: dict[str, list[Round]]) -> str:
    middle = {
        way: Round(*(statistics.median(getattr(one, name) for one in measured) for name in ("speed", "median", "p99")))
        for way, measured in rounds.items()
    }
    lines = [
        "| way | events/s | × plain | at half of it: median | p99 |",
        "|---|---|---|---|---|",
        *(
            f"| {way} | {of.speed:,.0f} | {of.speed / middle[PLAIN].speed:.1f} | {of.median:.0f} ms | {of.p99:.0f} ms |"
            for way, of in middle.items()
        ),
    ]
    return "\n".join([*lines, "", f"Medians of {len(rounds[PLAIN])} rounds, the ways in turn."])


_EXPLAINED = """\
Relay and consumer are a process each; Postgres (durable), Kafka (one broker) and they share the machine. The plain loop has
the same table, topic and handler, and takes one outbox row, one message and one transaction at a time. Latency is from the
commit that states a fact to the commit that projects it, both by the clock of the database."""


if __name__ == "__main__":
    main()
