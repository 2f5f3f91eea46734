"""Platforms and people for the journeys: where a platform answers, and organisations that sign up with their owners."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from contracts.ids import new_id
from keten.caller import Caller
from keten.joining import open_account
from keten.mailbox import Mailbox
from keten.place import Place
from keten.running import mail_page

PASSWORD = "correct-horse-battery-staple"


@dataclass(frozen=True)
class Platform:
    """Where it answers and shows its mail; when it was started here, where its secrets are; on one machine, its data."""

    url: str
    data: Path | None
    mail: str | None = None
    secrets: Path | None = None
    traces: int | None = None
    """The port to which its traces go, whether anybody takes them or not."""

    @property
    def mailbox(self) -> Mailbox:
        """Where its mail arrives."""
        page = self.mail
        if page is None and self.data is not None:
            page = mail_page(place_of(self))
        assert page is not None, "KETEN_MAIL_URL says where the mail of the platform at KETEN_URL is shown"
        return Mailbox(page)

    def keten(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The `keten` command on this platform."""
        return subprocess.run(
            [sys.executable, "-m", "keten.cli", *arguments],
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def environment(self) -> dict[str, str]:
        assert self.data is not None
        said = {"KETEN_DATA": str(self.data), "KETEN_PORT": self.url.rpartition(":")[2]}
        if self.traces is not None:
            said["KETEN_OTLP"] = f"http://127.0.0.1:{self.traces}/v1/traces"
        return {**os.environ, **said}


def place_of(platform: Platform) -> Place:
    """Of a platform on one machine."""
    assert platform.data is not None
    return Place(platform.data, int(platform.url.rpartition(":")[2]))


@dataclass
class Organisation:
    """An organisation that has just signed up, with its owner signed in."""

    id: str
    name: str
    owner: Caller
    owner_id: str
    owner_email: str


class Founder:
    """Makes organisations and people, each with an address of its own, so that tests do not meet. They hang up when it is
    left."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.callers: list[Caller] = []

    async def __aenter__(self) -> "Founder":
        return self

    async def __aexit__(self, *_: object) -> None:
        for caller in self.callers:
            await caller.close()

    async def organisation(self, name: str, owner: str) -> Organisation:
        email = f"{owner.split()[0].lower()}-{new_id().hex[-12:]}@example.org"
        people = {"organisation": name, "name": owner, "email": email, "password": PASSWORD}
        position = await open_account(self.platform.url, self.platform.mailbox, **people)
        caller = await self.sign_in(email, name=owner, position=position)
        me = await caller.get("/identity/v1/users/me")
        return Organisation(me["account"]["id"], name, caller, me["id"], email)

    async def sign_in(self, email: str, *, name: str, password: str = PASSWORD, position: str | None = None) -> Caller:
        caller = await Caller.signed_in(self.platform.url, email, password, name=name)
        caller.position = position
        self.callers.append(caller)
        return caller
