"""A worker's process for tests of long work. `python working_process.py <address> <secrets> <suffix> <queue> <folder>`.

Queue `-` is none. What a chunk does stands in its item: `note` leaves a row; `die`, `stand still` and `wait` (until there is
a file `go`) do so the first time they are tried, and then leave a row as well. Every row says which attempt wrote it.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

import chassis  # noqa: F401 - first of all: see there

# isort: split
from sqlalchemy import text

from chassis import logs
from chassis.database import engine, sessions
from chassis.databases import Databases
from chassis.work import Claim, Work
from chassis.work_crew import Crew
from chassis.work_list import WorkList
from chassis.work_process import work

LEASE = 1.5


class Trial:
    """`folder` holds a file per chunk that was begun, so that somebody else can tell."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def run(self, claim: Claim) -> None:
        is_first = claim.attempt == 1
        (self._folder / f"{claim.item['n']}.{claim.attempt}").touch()
        if is_first and claim.item["what"] == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if is_first and claim.item["what"] == "stand still":
            os.kill(os.getpid(), signal.SIGSTOP)
        while is_first and claim.item["what"] == "wait" and not (self._folder / "go").exists():  # noqa: ASYNC110 - a file calls nobody
            await asyncio.sleep(0.05)
        async with claim.finishing() as session:
            row = {"n": int(claim.item["n"]), "attempt": claim.attempt, "worker": os.getpid()}
            await session.execute(text("insert into public.effect values (:n, :attempt, :worker)"), row)


def main(address: str, secrets: str, suffix: str, queue: str, folder: str) -> int:
    logs.configure()
    databases = Databases(address, Path(secrets), suffix)
    made = sessions(engine(databases.url("sharing", "worker"), size=5))
    trial = WorkList("sharing", made, [Work(kind="trial", run=Trial(Path(folder)).run)], lease=LEASE)
    # With a bell it looks by itself so seldom that the test would not wait for it.
    patience = 0.5 if queue == "-" else 600.0
    return work(Crew([trial], patience=patience), None if queue == "-" else queue, grace=0.5)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
