"""The doorbell and the workers behind it, as processes: whatever is lost, doubled or killed, all work is done, once."""

import asyncio
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from kombu.exceptions import OperationalError

from chassis.database import engine, sessions
from chassis.databases import Databases, prepare
from chassis.doorbell import MOST, TASK, Ringer, bell, queue_of
from chassis.migrations import migrate
from chassis.postgres import PostgresServer, free_port
from chassis.testing.engines import ENGINES, Container, require, started
from chassis.work import open_job
from contracts.ids import new_id

Eventually = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]
Process = asyncio.subprocess.Process

EFFECT = "create table public.effect (n integer not null, attempt integer not null, worker integer not null)"


@dataclass
class Place:
    """A database with work, a folder where workers leave word, and a broker."""

    databases: Databases
    folder: Path
    queue: str
    made: Any
    workers: list[Process] = field(default_factory=list)

    async def open(self, *what: str) -> None:
        """A job with one chunk for each of these."""
        items = [{"n": str(n), "what": each} for n, each in enumerate(what)]
        async with self.made() as session, session.begin():
            await open_job(
                session, kind="trial", account_id=new_id(), opened_by=None, items=items, at=datetime.now(UTC)
            )

    async def worker(self, *, queue: str | None = None) -> Process:
        program = Path(__file__).parent / "working_process.py"
        told = self.databases.address, str(self.databases.secrets), self.databases.suffix
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(program), *told, queue or self.queue, str(self.folder)),
            stdout=(self.folder / "log").open("ab"),
            stderr=asyncio.subprocess.STDOUT,
        )
        self.workers.append(process)
        return process

    async def effects(self) -> list[tuple[int, int]]:
        async with self.databases.connected("sharing", "worker") as connection:
            return [
                (row["n"], row["attempt"]) for row in await connection.fetch("select * from effect order by n, attempt")
            ]

    async def states(self) -> set[str]:
        async with self.databases.connected("sharing", "worker") as connection:
            return {row["state"] for row in await connection.fetch("select state from public.job")}

    async def is_done(self) -> bool:
        return await self.states() == {"done"}

    def began(self, n: int, attempt: int = 1) -> Callable[[], Awaitable[bool]]:
        async def is_so() -> bool:
            return (self.folder / f"{n}.{attempt}").exists()

        return is_so

    def unread(self) -> int:
        with bell(self.queue).connection_for_write() as connection:
            found: int = connection.default_channel.queue_declare(queue=queue_of("sharing").name).message_count
        return found

    @asynccontextmanager
    async def ringing(self, *, every: float = 0.5) -> AsyncIterator[Ringer]:
        ringer = Ringer("sharing", self.databases.dsn("sharing", "worker"), self.queue, every=every)
        task = asyncio.create_task(ringer.run())
        try:
            yield ringer
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@pytest.fixture(params=["directory", "valkey"])
def queue(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Each broker there is."""
    if request.param == "directory":
        return str(tmp_path / "queue")
    valkey: Container = request.getfixturevalue("valkey")
    return f"redis://{valkey.address}/{1 + os.getpid() % 15}"


@pytest.fixture
def folder_for_postgres() -> Iterator[Path]:
    """Not pytest's own, through which the user that Postgres runs as may not pass."""
    folder = Path(tempfile.mkdtemp(prefix="keten-work-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def _place(databases: Databases, folder: Path, queue: str) -> AsyncIterator[Place]:
    async with databases.connected("sharing", "owner") as owner:
        await owner.execute(EFFECT)
    used = engine(databases.url("sharing", "worker"), size=2)
    place = Place(databases, folder, queue, sessions(used))
    try:
        yield place
    finally:
        for worker in place.workers:
            if worker.returncode is None:
                worker.kill()
                await worker.wait()
        await used.dispose()


@pytest.fixture
async def place(fresh_databases: Callable[..., Databases], tmp_path: Path, queue: str) -> AsyncIterator[Place]:
    folder = tmp_path / "work"
    folder.mkdir()
    async with _place(fresh_databases("sharing"), folder, queue) as made:
        yield made
        if queue.startswith("redis"):
            with bell(queue).connection_for_write() as connection:
                connection.default_channel.client.flushdb()


@pytest.fixture
async def quiet(fresh_databases: Callable[..., Databases], tmp_path: Path) -> AsyncIterator[Place]:
    """For what no broker has to do with."""
    async with _place(fresh_databases("sharing"), tmp_path, str(tmp_path / "queue")) as made:
        yield made


async def test_what_is_opened_is_rung_for_and_done(place: Place, eventually: Eventually) -> None:
    await place.worker()
    async with place.ringing():
        await place.open("note", "note", "note")

        await eventually(place.is_done)

    assert await place.effects() == [(0, 1), (1, 1), (2, 1)]


async def test_lost_messages_are_rung_again(place: Place, eventually: Eventually) -> None:
    await place.open("note")
    async with place.ringing():

        async def rung() -> bool:
            return place.unread() > 0

        await eventually(rung)
        with bell(place.queue).connection_for_write() as connection:
            connection.default_channel.queue_purge(queue_of("sharing").name)
        await place.worker()

        await eventually(place.is_done)

    assert await place.effects() == [(0, 1)]


async def test_doubled_messages_change_nothing(place: Place, eventually: Eventually) -> None:
    await place.open("note", "note")
    app, queue = bell(place.queue), queue_of("sharing")
    for _ in range(20):
        app.send_task(TASK, ["sharing"], queue=queue)

    await place.worker()
    await place.worker()
    await eventually(place.is_done)

    async def all_are_read() -> bool:
        return place.unread() == 0

    await eventually(all_are_read)
    assert await place.effects() == [(0, 1), (1, 1)]


async def test_messages_do_not_pile_up_while_nobody_works(place: Place, eventually: Eventually) -> None:
    async with place.ringing(every=0.05) as ringer:
        for _ in range(10):
            await place.open("note", "note")
            await asyncio.to_thread(ringer.ring, 5)

        assert 0 < place.unread() <= MOST


async def test_a_worker_killed_in_a_chunk_leaves_it_to_another(quiet: Place, eventually: Eventually) -> None:
    await quiet.open("die", "note")
    killed = await quiet.worker()
    async with quiet.ringing():
        assert await killed.wait() == -signal.SIGKILL
        await quiet.worker()

        await eventually(quiet.is_done)

    assert [n for n, _ in await quiet.effects()] == [0, 1]


async def test_a_worker_that_stood_still_writes_nothing_when_it_wakes(quiet: Place, eventually: Eventually) -> None:
    await quiet.open("stand still")
    still = await quiet.worker()
    async with quiet.ringing():
        await eventually(quiet.began(0))
        await quiet.worker()
        await eventually(quiet.is_done)
        still.send_signal(signal.SIGCONT)

        async def it_has_noticed() -> bool:
            return b"lease_lost" in (quiet.folder / "log").read_bytes()

        await eventually(it_has_noticed)
        await quiet.open("note")
        await eventually(quiet.is_done)

    assert await quiet.effects() == [(0, 1), (0, 2)]


async def test_two_workers_share_the_work_and_do_nothing_twice(place: Place, eventually: Eventually) -> None:
    for _ in range(2):
        await place.worker()
    async with place.ringing():
        for _ in range(3):
            await place.open(*["note"] * 20)
        await eventually(place.is_done)

    effects = await place.effects()
    assert len(effects) == 60
    assert {attempt for _, attempt in effects} == {1}


async def test_a_worker_told_to_stop_gives_back_what_it_has_not_finished(quiet: Place, eventually: Eventually) -> None:
    await quiet.open("wait")
    worker = await quiet.worker()
    async with quiet.ringing():
        await eventually(quiet.began(0))

    worker.terminate()

    assert await asyncio.wait_for(worker.wait(), 15) == 0
    async with quiet.databases.connected("sharing", "worker") as connection:
        left = await connection.fetchrow("select state, attempts, lease_until from public.chunk")
    assert tuple(left) == ("waiting", 0, None)


async def test_without_any_bell_the_work_is_done(
    fresh_databases: Callable[..., Databases], tmp_path: Path, eventually: Eventually
) -> None:
    async with _place(fresh_databases("sharing"), tmp_path, "-") as place:
        await place.open("note")
        worker = await place.worker()
        await eventually(place.is_done)
        await place.open("note")
        await eventually(place.is_done)
        worker.terminate()

        assert await worker.wait() == 0
        assert await place.effects() == [(0, 1), (0, 1)]


async def test_with_valkey_away_nothing_waits_and_after_it_all_is_done(
    fresh_databases: Callable[..., Databases], tmp_path: Path, eventually: Eventually
) -> None:
    require("valkey")
    with started(ENGINES["valkey"]) as valkey:
        async with _place(fresh_databases("sharing"), tmp_path, f"redis://{valkey.address}/0") as place:
            await place.worker()
            # Not the one that rings by itself, which returns at once while it tries.
            ringer = Ringer("sharing", "", place.queue)
            async with place.ringing():
                await place.open("note")
                await eventually(place.is_done)
                await asyncio.to_thread(ringer.ring)

                await asyncio.to_thread(valkey.docker, "stop", "--time=0")
                before = time.monotonic()
                await place.open("note")
                with pytest.raises(OperationalError):
                    await asyncio.to_thread(ringer.ring)
                assert time.monotonic() - before < 5, "nobody waits for a broker"
                await asyncio.to_thread(valkey.docker, "start")

                await eventually(place.is_done)
            assert await place.effects() == [(0, 1), (0, 1)]


async def test_a_broker_that_hangs_holds_nobody_up(tmp_path: Path) -> None:
    require("valkey")
    with started(ENGINES["valkey"]) as valkey:
        ringer = Ringer("sharing", "", f"redis://{valkey.address}/0")
        await asyncio.to_thread(ringer.ring)
        await asyncio.to_thread(valkey.docker, "pause")
        before = time.monotonic()

        with pytest.raises(OperationalError):
            await asyncio.to_thread(ringer.ring)

        assert time.monotonic() - before < 10
        await asyncio.to_thread(valkey.docker, "unpause")


async def test_work_goes_on_after_postgres_was_away(
    folder_for_postgres: Path, tmp_path: Path, eventually: Eventually
) -> None:
    folder = folder_for_postgres
    server = PostgresServer(folder / "postgres", free_port(), folder / "secrets", durable=False)
    databases = Databases(server.address, server.secrets)
    process = await asyncio.to_thread(server.start)
    try:
        await asyncio.to_thread(server.wait_until_ready, process)
        await prepare(databases, ["sharing"])
        await migrate(databases, "sharing")
        async with _place(databases, tmp_path, str(tmp_path / "queue")) as place:
            await place.worker()
            async with place.ringing():
                await place.open("wait", "note")
                await eventually(place.began(0))
                await asyncio.to_thread(server.stop, process)
                process = await asyncio.to_thread(server.start)
                await asyncio.to_thread(server.wait_until_ready, process)
                (tmp_path / "go").touch()

                await eventually(place.is_done)
            assert [n for n, _ in await place.effects()] == [0, 1]
    finally:
        await asyncio.to_thread(server.stop, process)
