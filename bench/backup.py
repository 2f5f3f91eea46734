"""Backup and restore on one machine: size, duration, what people notice meanwhile, and how long until it answers again.

`python -m bench.backup [--dossiers N] [--write]`."""

import argparse
import asyncio
import json
import os
import re
import secrets as random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from uuid import UUID

from bench.backup_world import REPORTS, make_world
from bench.results import write_part
from chassis.databases import Databases
from chassis.postgres import free_port
from keten.backup.checking import checked
from keten.caller import Caller
from keten.place import Place
from keten.running import state

# How long answers are timed without a backup (seconds), and how long one is followed.
WATCHED = 30.0
FOLLOWED = 120.0

# Between two points (seconds): the default.
EVERY = 20.0


@dataclass
class Bench:
    """A platform in a folder of its own."""

    folder: Path
    place: Place

    def keten(self, *arguments: str, at: Place | None = None) -> float:
        """Seconds that a command takes."""
        begun = time.monotonic()
        ran = subprocess.run(
            [sys.executable, "-m", "keten.cli", *arguments],
            env=environment(at or self.place),
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode != 0:
            raise SystemExit(f"keten {arguments[0]}: {ran.stderr}")
        return time.monotonic() - begun

    def begun(self, *arguments: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "keten.cli", *arguments]
        return subprocess.Popen(command, env=environment(self.place), stdout=subprocess.DEVNULL)

    @property
    def words(self) -> list[str]:
        return ["--passphrase-file", str(self.folder / "words")]


def environment(place: Place) -> dict[str, str]:
    return {**os.environ, "KETEN_DATA": str(place.data), "KETEN_PORT": str(place.port)}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.backup", description=__doc__)
    parser.add_argument("--dossiers", type=int, default=100_000, help="(%(default)s)")
    parser.add_argument("--write", action="store_true", help="write the part of RESULTS.md")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="keten-bench-"))
    folder.chmod(0o711)
    (folder / "words").touch(0o600)
    (folder / "words").write_text(random.token_urlsafe(24))
    bench = Bench(folder, Place(folder / "data", free_port()))
    try:
        text = asyncio.run(measured(bench, given.dossiers))
    finally:
        for name in ("data", "restored"):
            if (folder / name).exists():
                bench.keten("down", at=Place(folder / name, bench.place.port))
        shutil.rmtree(folder)
    print(text)
    if given.write:
        write_part(f"Backup and restore at {given.dossiers:,} dossiers", text)


async def measured(bench: Bench, dossiers: int) -> str:
    bench.keten("up")
    owner = await fill(bench, dossiers)
    size = await database_bytes(bench)
    end = time.monotonic() + WATCHED
    quiet = await latencies(owner, lambda: time.monotonic() < end)
    making = asyncio.create_task(asyncio.to_thread(bench.keten, "backup", str(bench.folder / "shelf"), *bench.words))
    busy = await latencies(owner, lambda: not making.done())
    took = await making
    [backup] = (bench.folder / "shelf").glob("keten-*")
    verified = bench.keten("backup", "--verify", str(backup), *bench.words)
    gap, an_hour = await followed(bench, owner)
    await owner.close()
    bench.keten("down")
    restored = Place(bench.folder / "restored", bench.place.port)
    restoring = bench.keten("restore", str(backup), "--into", str(restored.data), *bench.words)
    starting = bench.keten("up", at=restored)
    stored = sum(path.stat().st_size for path in backup.iterdir())
    return told(
        {
            "databases": f"{size / 1e6:,.0f} MB",
            "the backup": f"{stored / 1e6:,.0f} MB",
            "making it, while somebody reads without a pause": f"{took:.1f} s",
            "median answer of a list of 100 meanwhile": f"{ratio(busy, quiet)} of {statistics.median(quiet) * 1000:.0f} ms",
            "checking every byte (`--verify`)": f"{verified:.1f} s",
            "restoring it": f"{restoring:.1f} s",
            "RTO: from the command to `/readyz` 200": f"{restoring + starting:.1f} s",
            f"RPO with `--follow` (a point every {EVERY:.0f} s): longest time between two points": f"{gap:.1f} s",
            "what an hour of following adds, with a writer": f"{an_hour / 1e6:,.0f} MB",
        }
    )


async def fill(bench: Bench, dossiers: int) -> Caller:
    """The demo's owner, with so many dossiers more."""
    person = json.loads(bench.place.demo.read_text())["people"][0]
    owner = await Caller.signed_in(bench.place.url, person["email"], person["password"])
    me = await owner.get("/identity/v1/users/me")
    group = (await owner.get("/dossier/v1/client-groups"))["items"][0]["id"]
    databases = Databases(state(bench.place)["postgres"], bench.place.secrets)
    await make_world(databases, UUID(me["account"]["id"]), UUID(me["id"]), UUID(group), dossiers=dossiers)
    async with databases.administered("dossier") as admin:
        await admin.execute("vacuum analyze")
    return owner


async def database_bytes(bench: Bench) -> int:
    async with Databases(state(bench.place)["postgres"], bench.place.secrets).administered() as admin:
        size: int = await admin.fetchval("select sum(pg_database_size(datname))::bigint from pg_database")
    return size


async def latencies(owner: Caller, goes_on: Callable[[], bool]) -> list[float]:
    """Seconds of each answer, one after the other."""
    took = []
    while goes_on():
        begun = time.monotonic()
        await owner.get("/dossier/v1/clients?limit=100")
        took.append(time.monotonic() - begun)
    return took


async def followed(bench: Bench, owner: Caller) -> tuple[float, float]:
    """The longest time between two points (seconds), and bytes an hour, while somebody writes."""
    shelf = bench.folder / "followed"
    command = ["backup", str(shelf), "--follow", "--every", str(EVERY), *bench.words]
    following = bench.begun(*command)
    try:
        while not (found := list(shelf.glob("keten-*[!l]"))):  # noqa: ASYNC110 - not one that is still .partial
            await asyncio.sleep(0.2)
        begun = time.monotonic()
        while time.monotonic() - begun < FOLLOWED:
            await owner.post("/dossier/v1/client-groups", {"name": random.token_hex(8)})
            await asyncio.sleep(0.2)
    finally:
        following.terminate()
        following.wait()
    for left in found[0].glob("*.partial"):
        left.unlink()
    points = checked(found[0], keys=None, passphrase_file=bench.folder / "words").points
    gaps = [after.at - before.at for before, after in pairwise(points)]
    added = sum(path.stat().st_size for path in found[0].glob("point-*") if not re.search("00000", path.name))
    return max(gaps).total_seconds(), added * 3600 / (points[-1].at - points[0].at).total_seconds()


def ratio(busy: list[float], quiet: list[float]) -> str:
    return f"{statistics.median(busy) / statistics.median(quiet):.2f}×"


def told(rows: Mapping[str, str]) -> str:
    return "\n".join(
        [
            "| | |",
            "|---|---|",
            *(f"| {name} | {value} |" for name, value in rows.items()),
            "",
            f"A dossier here is a client with {REPORTS} short reports, known to three services, with its fact on the log.",
            "All of a backup is checked before it is restored, which is in its time. Without `--follow` the RPO is the time",
            "since the last one.",
        ]
    )


if __name__ == "__main__":
    main()
