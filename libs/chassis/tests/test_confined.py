"""A confined child: what hostile input does there stays there."""

import asyncio
import time
from pathlib import Path

import pytest

from chassis.confined import CRASHED, OUT_OF_MEMORY, OUT_OF_TIME, InputRefused, Limits, run_confined

LIMITS = Limits(memory=256 * 1024 * 1024, seconds=20)

HOSTILE = """
import os, signal, socket, subprocess, time

def echo(given): return given[::-1]
def refuse(given): raise ValueError("not-a-picture")
def prattle(given): raise ValueError("cannot read 'Jan Jansen, born 1950'")
def fill(given): return bytes(1 << 30)
def spin(given):
    while True: pass
def wait(given): time.sleep(60)
def crash(given): os.kill(os.getpid(), signal.SIGSEGV)
def stop(given): os._exit(3)
def flood(given):
    while True: os.write(1, bytes(1 << 20))
def deaf(given):
    os.close(0)
    return b"enough"
def read_a_file(given): return open("/etc/passwd", "rb").read()
def reach_out(given): return bytes(socket.create_connection(("127.0.0.1", 5432)).fileno())
def spawn(given): return subprocess.run(["/bin/true"]).args[0].encode()
def environment(given): return repr(sorted(os.environ)).encode()
"""


@pytest.fixture
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "hostile_module.py").write_text(HOSTILE)
    monkeypatch.syspath_prepend(tmp_path)
    return "hostile_module"


async def _reason(function: str, *, limits: Limits = LIMITS, given: bytes = b"") -> str:
    with pytest.raises(InputRefused) as refused:
        await run_confined(function, given, limits=limits)
    return refused.value.reason


async def test_a_function_answers_with_what_it_made_of_its_input(hostile: str) -> None:
    large = bytes(range(256)) * 20_000

    assert await run_confined(f"{hostile}:echo", large, limits=LIMITS) == large[::-1]


async def test_a_refusal_comes_back_as_its_code_and_what_a_library_says_does_not(hostile: str) -> None:
    assert await _reason(f"{hostile}:refuse") == "not-a-picture"
    assert await _reason(f"{hostile}:prattle") == CRASHED


async def test_memory_and_time_are_limited(hostile: str) -> None:
    short = Limits(memory=LIMITS.memory, seconds=1)
    began = time.monotonic()

    assert await _reason(f"{hostile}:fill") == OUT_OF_MEMORY
    assert await _reason(f"{hostile}:spin", limits=short) == OUT_OF_TIME
    assert await _reason(f"{hostile}:wait", limits=short) == OUT_OF_TIME
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("function", ["crash", "stop", "flood"])
async def test_a_child_that_dies_or_floods_is_a_refusal(hostile: str, function: str) -> None:
    assert await _reason(f"{hostile}:{function}") == CRASHED


@pytest.mark.parametrize("function", ["read_a_file", "reach_out", "spawn"])
async def test_a_child_reads_no_file_opens_no_connection_and_starts_nothing(hostile: str, function: str) -> None:
    assert await _reason(f"{hostile}:{function}") == CRASHED


async def test_a_child_inherits_no_secret(hostile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KETEN_SECRET", "sesame")

    assert await run_confined(f"{hostile}:environment", b"", limits=LIMITS) == b"['LC_ALL']"


async def test_a_child_that_does_not_read_all_of_its_input_is_heard(hostile: str) -> None:
    assert await run_confined(f"{hostile}:deaf", b"x", limits=LIMITS) == b"enough"


async def test_a_child_whose_asker_is_gone_is_ended(hostile: str) -> None:
    asking = asyncio.create_task(run_confined(f"{hostile}:wait", b"", limits=LIMITS))
    await asyncio.sleep(0)

    asking.cancel()

    with pytest.raises(asyncio.CancelledError):
        await asking
