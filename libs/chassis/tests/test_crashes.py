"""`kill -9` at every step from the outbox to the offset: what was committed counts once, in its order."""

import asyncio
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from chassis.databases import Databases
from chassis.testing.logs import DRIVERS, Logs

STEPS = [
    "stated, not published",
    "published, not deleted",
    "taken in, not committed",
    "committed, offset not kept",
    "offset kept",
]

TABLES = """
create table public.truth (user_id uuid primary key, version bigint not null default 1);
create table public.effect (
    n bigint generated always as identity primary key, user_id uuid not null, version bigint not null);
"""


@pytest.mark.parametrize("driver", DRIVERS)
async def test_killed_at_any_step_every_fact_counts_once_and_in_order(
    request: pytest.FixtureRequest, fresh_databases: Callable[..., Databases], driver: str
) -> None:
    databases = fresh_databases("sharing")
    kafka = request.getfixturevalue("kafka").address if driver == "kafka" else None
    await Logs(driver, databases, kafka).ensure(["keten.identity"])
    async with databases.connected("sharing", "owner") as owner:
        await owner.execute(TABLES)

    endings = await _run(databases, kafka or "-", *STEPS, "none")

    assert endings == [*[-signal.SIGKILL] * len(STEPS), 0]
    async with databases.connected("sharing", "worker") as worker:
        stated = dict(await worker.fetch("select user_id, version from truth"))
        projected = dict(await worker.fetch("select id, version from person"))
        effects = await worker.fetch("select user_id, version from effect order by n")
    assert len(stated) == 3
    assert min(stated.values()) >= len(STEPS)
    assert projected == stated
    for user, last in stated.items():
        assert [effect["version"] for effect in effects if effect["user_id"] == user] == list(range(1, last + 1))


async def _run(databases: Databases, kafka: str, *steps: str) -> list[int]:
    program = Path(__file__).parent / "crashing_process.py"
    told = databases.address, str(databases.secrets), databases.suffix, kafka
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(program), *told, *steps, stdout=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(60):
            said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    return [int(line) for line in said.split()]
