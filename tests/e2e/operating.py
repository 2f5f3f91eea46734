"""What an operator does beside a journey, on either shape: commands of `keten`, and a look into a service's database."""

import asyncio
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from chassis.databases import Databases
from keten.place import Place
from keten.running import state
from tests import stack
from tests.e2e.people import Platform


@dataclass(frozen=True)
class Operator:
    """At the platform's own machine, or at the checkout from which the containers were started."""

    platform: Platform
    elsewhere: Path
    """A data directory in which nothing runs."""

    def keten(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "keten.cli", *arguments]
        return subprocess.run(
            command,
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
            stdin=subprocess.DEVNULL,
        )

    async def events(self, *arguments: str, code: int = 0) -> str:
        """What `keten events …` says when it ends with this exit code."""
        ran = await asyncio.to_thread(self.keten, "events", *arguments)
        assert ran.returncode == code, f"{ran.returncode}: {ran.stdout}{ran.stderr}"
        return ran.stdout

    async def sql(self, service: str, statement: str) -> str:
        """Run a statement in a service's database, as nobody should; what it answers first, as text."""
        assert self.platform.secrets is not None
        if self.platform.data is not None:
            place = Place(self.platform.data, int(self.platform.url.rpartition(":")[2]))
            databases = Databases(state(place)["postgres"], self.platform.secrets)
            async with databases.administered(service) as admin:
                return str(await admin.fetchval(statement))
        password = (self.platform.secrets / "keten_admin.password").read_text()
        psql = ["psql", "-X", "-A", "-t", "-q", "-U", "keten_admin", "-d", service, "-c", statement]
        inside = ["exec", "-T", "-e", f"PGPASSWORD={password}", "postgres", *psql]
        return (await asyncio.to_thread(stack.shared().compose, *inside)).strip()

    def _environment(self) -> dict[str, str]:
        if self.platform.data is not None:
            return {**self.platform.environment(), "KETEN_OPERATOR": "beheerder"}
        return {**stack.shared().environment(), "KETEN_DATA": str(self.elsewhere), "KETEN_OPERATOR": "beheerder"}
