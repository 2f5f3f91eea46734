"""A worker's process: the long work of some services, or all of it on one machine. `--healthy` tells how it is doing."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chassis.service import Service
    from chassis.settings import Settings

# Its age is the health of a process that answers nobody: touched while its loop turns, or whenever it looks for work.
ALIVE = Path("/tmp/keten-alive")  # noqa: S108 - a container's own, in memory

# A worker looks every 15 seconds at the least; one that has not for so long stands still (seconds).
STILL = 90.0


def main(arguments: Sequence[str] = ()) -> int:
    """Work for every service of this machine until told to stop. Exit code 2 with a sentence for what trying again cannot
    help; with `--healthy` 0 or 1 at once, without asking anybody."""
    if "--healthy" in arguments:
        return 0 if is_healthy(ALIVE) else 1
    # What is slow to load is loaded only to work.
    from chassis import logs
    from chassis.migrations import DatabaseNewerThanCode
    from chassis.settings import SettingsRefused, load_settings
    from keten.children import FINAL
    from keten.gateway import assemble_services

    logs.configure()
    try:
        settings = load_settings()
        asyncio.run(_refuse_unknown_heads(settings))
    except (SettingsRefused, DatabaseNewerThanCode) as refused:
        print(refused, file=sys.stderr)
        return FINAL
    return work(settings, assemble_services(settings), alive=None)


def work(settings: "Settings", services: "Sequence[Service]", *, alive: Path | None = ALIVE) -> int:
    """Do the work of these services until SIGTERM or SIGINT; `alive` is touched as a sign of life. Returns the exit code."""
    from chassis import telemetry, work_process
    from chassis.work_crew import Crew

    crew = Crew([service.work for service in services], looked=alive.touch if alive else lambda: None)
    with telemetry.seen(settings):
        return work_process.work(crew, settings.queue, around=lambda: _running(services), instance=settings.instance)


def is_healthy(alive: Path) -> bool:
    """Whether a worker has looked for work lately."""
    try:
        return time.time() - alive.stat().st_mtime < STILL
    except FileNotFoundError:
        return False


async def _refuse_unknown_heads(settings: "Settings") -> None:
    from chassis.databases import Databases
    from chassis.migrations import refuse_unknown_head
    from contracts.services import SERVICES

    for service in SERVICES:
        await refuse_unknown_head(Databases.of(settings), service, "worker")


@asynccontextmanager
async def _running(services: "Sequence[Service]") -> AsyncIterator[None]:
    """What the services lean on when they are asked by one another; they hear and relay elsewhere."""
    async with AsyncExitStack() as stack:
        for service in services:
            await stack.enter_async_context(service.running(hearing=False))
        yield


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
