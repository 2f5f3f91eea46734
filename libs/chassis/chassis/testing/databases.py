"""Databases for tests: one Postgres per test run, a fresh copy of a migrated database per test.

Load with `pytest_plugins = ["chassis.testing.databases"]`. The server is started at the first test that asks for it and
is shared by all workers of the run. A keeper process owns it and ends it with the run, however that ends.
"""

import asyncio
import fcntl
import os
import secrets as random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from select import select
from typing import Any

import pytest

from chassis.databases import LOG, Databases, open_to_roles, prepare
from chassis.migrations import has_migrations, migrate
from chassis.postgres import PostgresServer, free_port

_START_SECONDS = 60.0


@pytest.fixture(scope="session")
def database_server() -> Databases:
    """The server of this run; its databases without suffix are the templates that tests get copies of."""
    return _server_of(os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid())


@pytest.fixture
def fresh_databases(database_server: Databases) -> Iterator[Callable[..., Databases]]:
    """`fresh_databases("dossier", …)` makes new databases, and a new `log`, with roles as in production.

    A name without a package or without migrations gets the roles and empty schemas.
    """
    yield from _copies(database_server)


@pytest.fixture(scope="session")
def kept_databases(database_server: Databases) -> Iterator[Callable[..., Databases]]:
    """As `fresh_databases`, but kept for all tests of this worker: for tests that roll back what they did."""
    yield from _copies(database_server)


def _copies(server: Databases) -> Iterator[Callable[..., Databases]]:
    made: list[str] = []

    def make(*services: str) -> Databases:
        _make_templates(server, services)
        copies = Databases(server.address, server.secrets, suffix=f"_{random.token_hex(4)}")
        names = [*services, LOG]
        made.extend(copies.name(service) for service in names)
        _run_apart(_copy(server, copies, names))
        return copies

    yield make
    if made:
        _run_apart(_drop(server, made))


def _make_templates(server: Databases, services: tuple[str, ...]) -> None:
    """Prepare and migrate what no worker has prepared in this run."""
    with (server.secrets.parent / "templates").open("a+") as ready:
        fcntl.flock(ready, fcntl.LOCK_EX)
        ready.seek(0)
        new = [service for service in services if service not in ready.read().split()]
        if new:
            _run_apart(_prepare_and_migrate(server, new))
            ready.write(" ".join(new) + "\n")


async def _prepare_and_migrate(server: Databases, services: list[str]) -> None:
    await prepare(server, services)
    for service in filter(has_migrations, services):
        await migrate(server, service)


async def _copy(server: Databases, copies: Databases, services: list[str]) -> None:
    async with server.administered() as admin:
        for service in services:
            await admin.execute(
                f'create database "{copies.name(service)}" template "{server.name(service)}" owner "{service}_owner"'
            )
            await open_to_roles(admin, copies, service)


async def _drop(server: Databases, names: list[str]) -> None:
    async with server.administered() as admin:
        for name in names:
            await admin.execute(f'drop database if exists "{name}" with (force)')


def _run_apart(work: Coroutine[Any, Any, None]) -> None:
    """Run in a thread with a loop of its own, so that tests with and without a loop may ask."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


def _server_of(run: int) -> Databases:
    """The server of the test run with this process id; the first who asks starts its keeper."""
    folder = Path(tempfile.gettempdir()) / f"keten-tests-{os.getuid()}-{run}"
    folder.mkdir(mode=0o711, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        address = folder / "address"
        if not address.exists():
            keeper = [sys.executable, "-m", "chassis.testing.databases", str(folder), str(run)]
            with (folder / "keeper.log").open("wb") as log:
                process = subprocess.Popen(
                    keeper, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
                )
            _wait(address, process)
        return Databases(address.read_text(), folder / "secrets")


def _wait(address: Path, keeper: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _START_SECONDS
    while not address.exists():
        if keeper.poll() is not None or time.monotonic() > end:
            raise RuntimeError("No database server for tests: " + (address.parent / "keeper.log").read_text()[-2000:])
        time.sleep(0.02)


def keep(folder: Path, run: int) -> None:
    """Run a server in this folder until the process `run` is over; leave nothing behind."""
    over = os.pidfd_open(run)
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, signal.SIG_IGN)  # it ends with the run, not with the terminal
    server = PostgresServer(folder / "postgres", free_port(), folder / "secrets", durable=False)
    try:
        with (folder / "postgres.log").open("wb") as log:
            process = server.start(log.fileno())
        server.wait_until_ready(process)
        unready = folder / "address.unready"
        unready.write_text(server.address)
        unready.rename(folder / "address")
        select([over], [], [])
        server.stop(process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    keep(Path(sys.argv[1]), int(sys.argv[2]))
