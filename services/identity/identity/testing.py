"""Identity as tests use it: its API and its sign-in over ASGI, on a database of its own, with the keys it makes itself."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from pydantic import HttpUrl
from sqlalchemy import text
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.databases import Databases
from chassis.new_keys import make_keys
from chassis.peers import Peers
from chassis.service import Service
from chassis.settings import Settings
from chassis.testing.services import POLICIES
from contracts.ids import new_id
from identity.main import create

URL = "http://127.0.0.1:8080"
PASSWORD = "een zin die niemand raadt"  # noqa: S105


@dataclass
class Clock:
    """The time, with a lead that tests set."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass(frozen=True)
class Somebody:
    """A user as he knows himself."""

    user_id: UUID
    account_id: UUID
    email: str
    password: str = PASSWORD


@dataclass
class IdentityUnderTest:
    """The running service."""

    service: Service
    databases: Databases
    clock: Clock = field(default_factory=Clock)
    opened: list[httpx.AsyncClient] = field(default_factory=list)

    @property
    def transport(self) -> httpx.ASGITransport:
        """What the gateway publishes of it."""
        return httpx.ASGITransport(app=self._gateway, raise_app_exceptions=False)

    def browser(self, token: str | None = None, **headers: str) -> httpx.AsyncClient:
        """Somebody's program, signed in with a token or not. English, unless a header says otherwise."""
        given = {"Accept-Language": "en", **headers}
        if token is not None:
            given["Authorization"] = f"Bearer {token}"
        made = httpx.AsyncClient(transport=self.transport, base_url=URL, headers=given)
        self.opened.append(made)
        return made

    async def open_account(self, organisation: str = "Kracht", name: str = "Taco van den Bakker") -> Somebody:
        """A new account and its owner."""
        email = an_email()
        owner = {"name": name, "email": email, "password": PASSWORD}
        answer = await self.browser().post("/identity/v1/accounts", json={"name": organisation, "owner": owner})
        assert answer.status_code == httpx.codes.CREATED, answer.text
        return Somebody(UUID(answer.json()["owner"]["userId"]), UUID(answer.json()["id"]), email)

    async def rows(self, sql: str, **given: Any) -> Sequence[Any]:
        """What stands in the database."""
        async with self.service.runtime.made() as session:
            return (await session.execute(text(sql), given)).all()

    async def _gateway(self, scope: Scope, receive: Receive, send: Send) -> None:
        published: dict[str, ASGIApp] = {"/identity/v1": self.service.api, **self.service.mounts}
        for prefix, app in published.items():
            if scope["path"] == prefix or scope["path"].startswith(prefix + "/"):
                await app({**scope, "root_path": prefix}, receive, send)


@asynccontextmanager
async def running(databases: Databases, *, peers: Sequence[str] = ("dossier", "sharing")) -> AsyncIterator[Any]:
    """`peers` are services that confirm every position at once."""
    make_keys(databases.secrets)
    settings = Settings(
        postgres=databases.address,
        secrets=databases.secrets,
        policies=POLICIES,
        public_url=HttpUrl(URL),
        database_suffix=databases.suffix,
    )
    known, clock = Peers({name: _agreeing() for name in peers}), Clock()
    service = create(settings, known, clock=clock)
    internal = httpx.ASGITransport(app=service.internal)
    known.clients["identity"] = httpx.AsyncClient(transport=internal, base_url="http://identity")
    identity = IdentityUnderTest(service, databases, clock)
    async with service.runtime.log.running():
        yield identity
    for client in (*identity.opened, *known.clients.values()):
        await client.aclose()
    for close in service.closing:
        await close()


def an_email() -> str:
    """An address that nobody has yet."""
    return f"{new_id().hex[-12:]}@voorbeeld.example"


def _agreeing() -> httpx.AsyncClient:
    answer = httpx.MockTransport(lambda _: httpx.Response(200, json={"arrived": True}))
    return httpx.AsyncClient(transport=answer, base_url="http://peer")
