"""Platforms and people for the journeys: where a platform answers, and organisations that sign up with their owners."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import httpx

from contracts.ids import new_id
from keten.caller import Caller

PASSWORD = "correct-horse-battery-staple"


@dataclass(frozen=True)
class Platform:
    """Where it answers, and, when it was started here, where its data is."""

    url: str
    data: Path | None

    def keten(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The `keten` command on this platform."""
        return subprocess.run(
            [sys.executable, "-m", "keten.cli", *arguments],
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def environment(self) -> dict[str, str]:
        assert self.data is not None
        return {**os.environ, "KETEN_DATA": str(self.data), "KETEN_PORT": self.url.rpartition(":")[2]}


@dataclass
class Organisation:
    """An organisation that has just signed up, with its owner signed in."""

    id: str
    name: str
    owner: Caller
    owner_id: str
    owner_email: str


class Founder:
    """Makes organisations and people, each with an address of its own, so that tests do not meet."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.callers: list[Caller] = []

    async def organisation(self, name: str, owner: str) -> Organisation:
        email = f"{owner.split()[0].lower()}-{new_id().hex[-12:]}@example.org"
        body = {"name": name, "owner": {"name": owner, "email": email, "password": PASSWORD}}
        async with httpx.AsyncClient(base_url=self.platform.url, timeout=30) as anybody:
            answer = await anybody.post("/identity/v1/accounts", json=body)
        assert answer.status_code == 201, answer.text
        opened = answer.json()
        caller = await self.sign_in(email, name=owner, position=answer.headers.get("Keten-Position"))
        return Organisation(opened["id"], name, caller, opened["owner"]["userId"], email)

    async def sign_in(self, email: str, *, name: str, password: str = PASSWORD, position: str | None = None) -> Caller:
        caller = await Caller.signed_in(self.platform.url, email, password, name=name)
        caller.position = position
        self.callers.append(caller)
        return caller
