"""Which platform the command speaks to: what this process was told of, what runs on this machine, or the containers."""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import import_module

from chassis.consumer import Handlers
from chassis.database import Sessions, engine, sessions
from chassis.databases import Databases
from chassis.log import OperatedLog
from chassis.seams import event_log
from chassis.settings import Settings, load_settings
from keten import operators, running
from keten.hand_out import SECRETS, hand_out
from keten.place import CHECKOUT, Place, Refusal, this_place

# The process that docker-compose.yml keeps for operators, beside the data and the log.
CONTAINER = "operator"


@dataclass(frozen=True)
class Reach:
    """A platform's databases and its log."""

    settings: Settings
    databases: Databases
    log: OperatedLog

    @asynccontextmanager
    async def sessions(self, service: str) -> AsyncIterator[Sessions]:
        """Of the service's database, with what its consumer may."""
        worker = engine(self.databases.url(service, "worker"), size=2, statement=None)
        try:
            yield sessions(worker)
        finally:
            await worker.dispose()


@asynccontextmanager
async def reached() -> AsyncIterator[Reach]:
    """By the settings of this process."""
    settings = load_settings()
    log = event_log(settings)
    try:
        yield Reach(settings, Databases.of(settings), log)
    finally:
        await log.close()


def handlers_of(service: str) -> Handlers:
    """What a service hears, its own facts included."""
    handlers: Handlers = import_module(f"{service}.main").WIRING.handlers
    return handlers


def ask_where(parser: argparse.ArgumentParser) -> None:
    """Add the choice between the two platforms that a checkout may run."""
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--machine", action="store_true", help="the platform of `make up`, when the containers run as well"
    )
    where.add_argument("--containers", action="store_true", help="that of `make compose-up`, when both run")


def settle(given: argparse.Namespace, arguments: Sequence[str], *, command: str = "events") -> int | None:
    """Settle which platform is meant: its settings are those of this process afterwards. With the containers the command
    runs among them, and this is its exit code. Raises `Refusal` when nothing runs here, or both do and none was named."""
    if "KETEN_POSTGRES" in os.environ:
        return None
    place = this_place()
    told = {} if given.containers else running.state(place)
    in_containers = not given.machine and _containers_run()
    if told and in_containers:
        raise Refusal(
            "This machine's platform runs here, and so do the containers. Say which: --machine or --containers."
        )
    if in_containers:
        return _among_containers([command, *arguments])
    if not told:
        raise Refusal("Keten is not running. Start it first: make up, or make compose-up.")
    os.environ.update(_settings_of(place, told["postgres"]))
    return None


def _settings_of(place: Place, postgres: str) -> dict[str, str]:
    return {name: value for name, value in place.environment(postgres).items() if name.startswith("KETEN_")}


def _containers_run() -> bool:
    if shutil.which("docker") is None:
        return False
    listed = subprocess.run(
        ["docker", "compose", "ps", "--quiet", "--status", "running", "postgres"],
        cwd=CHECKOUT,
        capture_output=True,
        check=False,
    )
    return listed.returncode == 0 and bool(listed.stdout.strip())


def _among_containers(arguments: Sequence[str]) -> int:
    hand_out(SECRETS)
    command = ["docker", "compose", "--progress", "quiet", "run", "--rm", "--no-deps"]
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        command.append("--no-TTY")
    asked = ["--env", f"{operators.NAME}={operators.name()}", CONTAINER, *arguments]
    return subprocess.run([*command, *asked], cwd=CHECKOUT, check=False).returncode
