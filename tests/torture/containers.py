"""The shape of many machines, seen from inside and hurt: its containers, by the Docker engine that runs them."""

import asyncio
import contextlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import httpx

from chassis.postgres import ADMIN
from contracts.services import SERVICES
from tests.e2e.people import Platform
from tests.stack import Stack
from tests.torture.shape import Hurt, Logged

# A pause or a cut that a busy network might make (seconds).
_LONGEST: Final = 3.0

# The container's first process passes signals on; its child is ours. Killed from within, so that Docker sees a process that
# died and not an operator who wanted it so, and starts it again.
_KILL: Final = ("sh", "-c", "kill -9 $(cat /proc/1/task/1/children)")

_READ: Final = Path(__file__).parent / "read_kafka.py"

_EVERYWHERE: Final = tuple(SERVICES)


def _hurts() -> list[Hurt]:
    answering = [Hurt(service, "kill", (service,), 3) for service in SERVICES]
    hearing = [Hurt(f"{service}-hear", "kill", (), 3) for service in SERVICES]
    working = [Hurt(f"{service}-work", "kill", (), 2) for service in ("identity", "documents")]
    engines = [Hurt(engine, "kill", _EVERYWHERE, 2) for engine in ("postgres", "gateway")]
    others = [Hurt(engine, "kill", (), 1) for engine in ("kafka", "valkey", "s3")]
    paused = [Hurt(name, "pause", (), 1) for name in ("dossier", "sharing-hear", "dossier-hear", "postgres", "opa")]
    cut = [
        Hurt(f"{name} {network}", "cut", (), 1)
        for name, network in (
            ("dossier", "data"),
            ("sharing", "data"),
            ("documents-hear", "log"),
            ("sharing-hear", "log"),
            ("kafka", "log"),
            ("documents-work", "post"),
        )
    ]
    return [*answering, *hearing, *working, *engines, *others, *paused, *cut]


class Containers:
    """A platform in containers."""

    name = "containers"
    hurts: Sequence[Hurt] = _hurts()

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self.platform = Platform(stack.url, None, mail=stack.mail_url, secrets=stack.secrets)

    async def rows(self, database: str, sql: str) -> list[dict[str, Any]]:
        return list(json.loads(await self._psql(database, f"select coalesce(json_agg(t), '[]') from ({sql}) t")))

    async def execute(self, database: str, sql: str) -> None:
        await self._psql(database, sql)

    async def mails(self) -> list[str]:
        """By the ids in their headers: a second sending is a second mail."""
        async with httpx.AsyncClient(timeout=30) as browser:
            told = (await browser.get(f"{self.platform.mail}/email")).json()
        return [str(mail["messageId"]).strip("<>").partition("@")[0] for mail in told]

    async def log(self) -> list[Logged]:
        """Read by the container that hears for the dossier service, beside its own reading."""
        told = await self._docker("exec", "-i", self._container("dossier-hear"), "python", "-", said=_READ.read_bytes())
        records = [json.loads(line) for line in told.decode().splitlines()]
        return [Logged.of(**one) for one in records]

    async def hurt(self, hurt: Hurt, how: float) -> bool:
        name, _, network = hurt.name.partition(" ")
        try:
            if hurt.kind == "kill":
                await self._docker("exec", self._container(name), *_KILL)
            elif hurt.kind == "pause":
                await self._paused(name, how * _LONGEST)
            else:
                await self._cut(name, network, how * _LONGEST)
        except RuntimeError:
            return False  # it was not running just then
        return True

    async def _paused(self, name: str, seconds: float) -> None:
        await self._docker("pause", self._container(name))
        try:
            await asyncio.sleep(seconds)
        finally:
            await self._docker("unpause", self._container(name))

    async def _cut(self, name: str, network: str, seconds: float) -> None:
        joined, container = self._stack.network_name(network), self._container(name)
        await self._docker("network", "disconnect", joined, container)
        try:
            await asyncio.sleep(seconds)
        finally:
            with contextlib.suppress(RuntimeError):  # a container that died meanwhile was joined anew by its start
                await self._docker("network", "connect", "--alias", name, joined, container)

    async def _psql(self, database: str, sql: str) -> str:
        asked = f"PGPASSWORD=$(cat /run/keten/{ADMIN}.password) psql -h 127.0.0.1 -U {ADMIN} -d {database} -qAt -f -"
        told = await self._docker("exec", "-i", self._container("postgres"), "sh", "-c", asked, said=sql.encode())
        return told.decode()

    def _container(self, name: str) -> str:
        return self._stack.container(name)

    async def _docker(self, *arguments: str, said: bytes = b"") -> bytes:
        process = await asyncio.create_subprocess_exec(
            "docker",
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        told, fault = await process.communicate(said)
        if process.returncode != 0:
            raise RuntimeError(fault.decode()[-500:])
        return told
