"""The shape of one machine, seen from inside and hurt: its processes by their numbers, its databases as their
administrator."""

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import asyncpg

from chassis.databases import Databases
from contracts.services import SERVICES
from tests.e2e.people import Platform
from tests.torture.shape import Hurt, Logged

# A pause that a busy machine might make (seconds): long enough for leases and heartbeats to feel it.
_LONGEST_PAUSE: Final = 2.0

_ROLES: Final = (*(f"{service}_{role}" for service in SERVICES for role in ("api", "worker")), "log_service")

_EVERYWHERE: Final = tuple(SERVICES)

HURTS: Final[Sequence[Hurt]] = (
    Hurt("services", "kill", _EVERYWHERE, 4),
    Hurt("worker", "kill", (), 8),
    Hurt("postgres", "kill", _EVERYWHERE, 2),
    Hurt("one of postgres", "kill", _EVERYWHERE, 12),
    Hurt("services", "pause", _EVERYWHERE, 1),
    Hurt("worker", "pause", (), 1),
    Hurt("one of postgres", "pause", _EVERYWHERE, 2),
    Hurt("connections of a role", "cut", _EVERYWHERE, 4),
)


class Machine:
    """A platform on this machine, by its data directory."""

    name = "one machine"
    hurts = HURTS

    def __init__(self, platform: Platform) -> None:
        assert platform.data is not None
        self.platform, self._data = platform, platform.data

    async def rows(self, database: str, sql: str) -> list[dict[str, Any]]:
        async with self._administered(database) as admin:
            return list(json.loads(await admin.fetchval(f"select coalesce(json_agg(t), '[]')::text from ({sql}) t")))

    async def execute(self, database: str, sql: str) -> None:
        async with self._administered(database) as admin:
            await admin.execute(sql)

    async def mails(self) -> list[str]:
        """A second sending lies over the first: the file of a mail is named by its id."""
        return [path.stem for path in (self._data / "mail").glob("*.eml")]

    async def log(self) -> list[Logged]:
        rows = await self.rows("log", 'select topic, "offset", key, id, type, body from record order by 1, 2')
        return [Logged.of(r["topic"], r["offset"], r["key"], r["id"], r["type"], r["body"]) for r in rows]

    async def hurt(self, hurt: Hurt, how: float) -> bool:
        if hurt.kind == "cut":
            return await self._cut(_ROLES[int(how * len(_ROLES))])
        pid = self._process(hurt.name, how)
        if pid is None:
            return False
        with contextlib.suppress(ProcessLookupError):
            if hurt.kind == "kill":
                os.kill(pid, signal.SIGKILL)
                return True
            return await _paused(pid, _LONGEST_PAUSE * how)
        return False

    def _process(self, name: str, how: float) -> int | None:
        state = self._state()
        running = {child["name"]: child["pid"] for child in state.get("children", [])}
        if name != "one of postgres":
            return running.get(name)
        backends = _children(running.get("postgres"))
        return backends[int(how * len(backends))] if backends else None

    async def _cut(self, role: str) -> bool:
        with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
            async with asyncio.timeout(3), self._administered("postgres") as admin:
                ending = "select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = $1"
                return bool(await admin.fetchval(ending, role))
        return False

    @asynccontextmanager
    async def _administered(self, database: str) -> AsyncIterator[asyncpg.Connection]:
        databases = Databases(str(self._state().get("postgres", "127.0.0.1:1")), self._data / "secrets")
        async with databases.administered(database) as admin:
            yield admin

    def _state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self._data / "state.json").read_text())
        return found


async def _paused(pid: int, seconds: float) -> bool:
    os.kill(pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
    return True


def _children(pid: int | None) -> list[int]:
    """A process's own children, by number."""
    try:
        told = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return sorted(int(child) for child in told.split())
