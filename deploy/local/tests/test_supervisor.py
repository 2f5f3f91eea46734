"""The household of processes: what is started, what is restarted, and what is left when it is over."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import asyncpg
import pytest

from chassis.passwords import password_of
from chassis.postgres import ADMIN, PostgresServer, free_port, stop_orphan
from keten.children import Child, ChildRefused, Household, Process, run_child
from keten.supervisor import postgres_child

FOR_EVER = ["sleep", "600"]


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def household(said: list[str]) -> Iterator[Callable[..., Household]]:
    made: list[Household] = []

    def make(*children: Child) -> Household:
        made.append(Household(children, said.append, lambda: None))
        return made[-1]

    yield make
    for one in made:
        for child in reversed(one.children):
            child.stop(said.append)


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    folder = Path(tempfile.mkdtemp(prefix="keten-"))
    folder.chmod(0o711)
    (folder / "logs").mkdir()
    server = PostgresServer(folder / "postgres", free_port(), folder / "secrets")
    yield server
    stop_orphan(server.data)
    shutil.rmtree(folder)


def a_child(*command: str, name: str = "child", once: bool = False) -> Child:
    return Child(name, partial(run_child, command, os.environ, None), once=once)


def tended_until(household: Household, is_so: Callable[[], bool], *, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "It did not happen in time."
        household.tend()
        time.sleep(0.01)


def process_of(child: Child) -> Process:
    assert child.process is not None
    return child.process


def test_a_child_that_is_killed_is_started_again(household: Callable[..., Household], said: list[str]) -> None:
    child = a_child(*FOR_EVER)
    home = household(child)
    tended_until(home, lambda: child.was_ready)
    first = process_of(child).pid

    process_of(child).kill()
    tended_until(home, lambda: child.starts == 2)

    assert process_of(child).pid != first
    assert "child ended (SIGKILL); starting again in 0.2 s" in said


def test_a_child_that_dies_at_once_is_tried_less_and_less_often(
    household: Callable[..., Household], said: list[str]
) -> None:
    child = a_child("false")

    tended_until(household(child), lambda: child.starts == 4)

    waits = [line.rpartition(" in ")[2] for line in said if "starting again" in line]
    assert waits[:3] == ["0.2 s", "0.4 s", "0.8 s"]


def test_a_child_starts_when_those_before_it_are_ready(household: Callable[..., Household], tmp_path: Path) -> None:
    go = tmp_path / "go"
    first = Child("first", partial(run_child, FOR_EVER, os.environ, None), is_ready=lambda process: go.exists())
    second = a_child("true", name="second", once=True)
    third = a_child(*FOR_EVER, name="third")
    home = household(first, second, third)

    for _ in range(10):
        home.tend()
    assert second.starts == third.starts == 0

    go.touch()
    tended_until(home, lambda: third.was_ready)
    assert second.starts == 1


def test_a_refusal_is_not_tried_again(household: Callable[..., Household]) -> None:
    child = a_child("sh", "-c", "exit 2", name="migrations", once=True)

    with pytest.raises(ChildRefused, match="migrations"):
        tended_until(household(child), lambda: child.was_ready)


async def test_postgres_is_started_again_after_a_kill_and_keeps_what_was_committed(
    household: Callable[..., Household], server: PostgresServer
) -> None:
    child = postgres_child(server.data.parent / "logs", server)
    home = household(child)
    tended_until(home, lambda: child.was_ready)
    await ask(server, "create table kept as select 7 as number")

    process_of(child).kill()
    tended_until(home, lambda: child.starts > 1 and child.process is not None and server.is_ready(child.process))

    assert await ask(server, "select number from kept") == 7


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_runs_on_when_the_supervisor_is_gone(server: PostgresServer, sign: signal.Signals) -> None:
    script = f"""
import os, signal
from pathlib import Path
from chassis.postgres import PostgresServer
from keten.children import Child, Household, run_child
from keten.supervisor import postgres_child
server = PostgresServer(Path({str(server.data)!r}), {server.port}, Path({str(server.secrets)!r}))
children = [
    postgres_child(server.data.parent / "logs", server),
    Child("services", lambda: run_child({FOR_EVER!r}, os.environ, None)),
]
def tell():
    if all(child.was_ready for child in children):
        print(*(child.process.pid for child in children), flush=True)
household = Household(children, lambda text: None, tell)
signal.signal(signal.SIGTERM, lambda *_: household.leave())
household.run()
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as supervisor:
        assert supervisor.stdout is not None
        pids = [int(pid) for pid in supervisor.stdout.readline().split()]
        supervisor.send_signal(sign)

    assert len(pids) == 2
    assert supervisor.returncode == (0 if sign is signal.SIGTERM else -sign)
    for pid in pids:
        eventually_gone(pid)


async def ask(server: PostgresServer, question: str) -> object:
    connection = await asyncpg.connect(
        host="127.0.0.1",
        port=server.port,
        user=ADMIN,
        password=password_of(ADMIN, server.secrets),
        database="postgres",
    )
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


def eventually_gone(pid: int) -> None:
    for _ in range(400):
        if not Path(f"/proc/{pid}").exists():
            return
        time.sleep(0.05)
    raise AssertionError(f"Process {pid} still runs.")
