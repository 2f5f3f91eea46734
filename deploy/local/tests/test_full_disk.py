"""A disk that is full: people are told to try again, nothing is done by halves, and with room all goes on by itself."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import httpx
import pytest

from chassis.postgres import free_port
from contracts.services import SERVICES
from keten.caller import Caller
from keten.place import Place

# Room for the platform and for what it asks to be free at its start.
SIZE = "900m"

# A machine that has other things to do (seconds).
PATIENCE = 240.0


@pytest.fixture
def place() -> Iterator[Place]:
    """A platform on a disk of its own."""
    folder = Path(tempfile.mkdtemp(prefix="keten-"))
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "keten-test", str(folder)], check=False)
    if mounted.returncode != 0:
        shutil.rmtree(folder)
        pytest.skip("only root mounts a small disk")
    folder.chmod(0o711)
    place = Place(folder / "data", free_port())
    try:
        started = keten(place, "up")
        assert started.returncode == 0, started.stderr
        yield place
    finally:
        (folder / "filler").unlink(missing_ok=True)
        keten(place, "down")
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        shutil.rmtree(folder, ignore_errors=True)


def keten(place: Place, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "KETEN_DATA": str(place.data), "KETEN_PORT": str(place.port)}
    command = [sys.executable, "-m", "keten.cli", *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, env=environment, timeout=PATIENCE)


async def test_people_are_told_to_try_again_and_with_room_everything_goes_on(place: Place) -> None:
    person = json.loads(place.demo.read_text())["people"][0]
    tess = await Caller.signed_in(place.url, person["email"], person["password"])
    assert (await write(tess)).status_code == 201

    fill(place.data.parent / "filler")
    await until(lambda: is_answered(write, tess, 503))
    # Who reads is written down, and what cannot be written down is not shown.
    await until(lambda: is_answered(read, tess, 503))
    assert {await status(one, tess) for one in (write, read) for _ in range(20)} <= {200, 201, 503}

    (place.data.parent / "filler").unlink()
    await until(lambda: is_answered(write, tess, 201))
    assert (await write(tess)).status_code == 201
    await until(lambda: is_heard_elsewhere(tess))
    for service in SERVICES:
        assert (await tess.post(f"/{service}/v1/access-log/_verify"))["intact"] is True
    await until(lambda: is_sealed(tess))
    await tess.close()


def fill(path: Path) -> None:
    """Until there is not a byte left."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT)
    for size in (1024 * 1024, 512):
        try:
            while os.write(file, bytes(size)):
                pass
        except OSError:
            continue
    os.close(file)


async def write(tess: Caller) -> httpx.Response:
    return await tess.ask("POST", "/dossier/v1/client-groups", {"name": os.urandom(8).hex()})


async def read(tess: Caller) -> httpx.Response:
    return await tess.ask("GET", "/dossier/v1/clients")


async def status(ask: Callable[[Caller], Awaitable[httpx.Response]], tess: Caller) -> int:
    return (await ask(tess)).status_code


async def is_answered(ask: Callable[[Caller], Awaitable[httpx.Response]], tess: Caller, expected: int) -> bool:
    return await status(ask, tess) == expected


async def is_heard_elsewhere(tess: Caller) -> bool:
    """What was written reaches the others: the position of the write is waited for there."""
    return (await tess.ask("GET", "/sharing/v1/levels")).status_code == 200


async def is_sealed(tess: Caller) -> bool:
    """The lines are chained again."""
    return bool((await tess.post("/sharing/v1/access-log/_verify"))["unsealed"] < 3)


async def until(check: Callable[[], Awaitable[bool]]) -> None:
    end = time.monotonic() + PATIENCE
    while not await check():
        assert time.monotonic() < end, "It did not come to that."
        await asyncio.sleep(0.1)
