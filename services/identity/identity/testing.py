"""Identity as tests use it: its API and its sign-in over ASGI, on a database of its own, with the keys it makes itself."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from uuid import UUID

import httpx
from pydantic import HttpUrl
from sqlalchemy import text
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.databases import Databases
from chassis.keyrings import keyring
from chassis.new_keys import make_keys
from chassis.peers import Peers, Signed
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
        answer = await self.sign_up(email, organisation=organisation, name=name)
        assert answer.status_code == httpx.codes.ACCEPTED, answer.text
        await self.follow(await self.link(email), password=PASSWORD)
        [row] = await self.rows("select id, account_id from app_user where email = :email and verified", email=email)
        return Somebody(row.id, row.account_id, email)

    async def sign_up(self, email: str, *, organisation: str = "Kracht", name: str = "Taco") -> httpx.Response:
        """Ask for an account, and no more."""
        owner = {"name": name, "email": email, "password": PASSWORD}
        return await self.browser().post("/identity/v1/accounts", json={"name": organisation, "owner": owner})

    async def colleague(self, boss: httpx.AsyncClient, role: str = "member") -> Somebody:
        """Added by his boss, and with a password of his own."""
        email = an_email()
        body = {"name": "Lennart Smit", "email": email, "role": role}
        added = await boss.post("/identity/v1/users", json=body)
        assert added.status_code == httpx.codes.CREATED, added.text
        await self.follow(await self.link(email), password=PASSWORD)
        account = (await boss.get("/identity/v1/users/me")).json()["account"]["id"]
        return Somebody(UUID(added.json()["id"]), UUID(account), email)

    async def mails(self, email: str) -> list[dict[str, Any]]:
        """What would be mailed to an address now, oldest first, as the service that sends mail is told."""
        asked = await self.rows(
            "select m.id from mail_request m left join app_user u on u.id = m.user_id"
            " where coalesce(m.email, u.email) = :email order by m.asked_at, m.id",
            email=email,
        )
        answers = [await self.peer.get(f"/mail-contents/{row.id}") for row in asked]
        return [answer.json() for answer in answers if answer.is_success]

    async def link(self, email: str) -> str:
        """That of the newest mail to an address."""
        link: str = (await self.mails(email))[-1]["values"]["link"]
        return link

    async def follow(self, link: str, browser: httpx.AsyncClient | None = None, **filled: str) -> httpx.Response:
        """Open a link and press the button of its page, with these fields filled in."""
        browser = browser or self.browser()
        page = await browser.get(link)
        if page.status_code != httpx.codes.OK:
            return page
        action, fields = _form(page.text)
        return await browser.post(action, data={**fields, **filled})

    @property
    def peer(self) -> httpx.AsyncClient:
        """Another service, at the internal routes."""
        signed = Signed(keyring(self.databases.secrets, "peers"))
        internal = httpx.ASGITransport(app=self.service.internal)
        made = httpx.AsyncClient(transport=internal, base_url="http://identity", auth=signed)
        self.opened.append(made)
        return made

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
async def running(
    databases: Databases, *, peers: Sequence[str] = ("documents", "dossier", "sharing"), **changed: Any
) -> AsyncIterator[Any]:
    """`peers` are services that confirm every position at once; `changed` are settings."""
    make_keys(databases.secrets)
    settings = Settings(
        postgres=databases.address,
        secrets=databases.secrets,
        policies=POLICIES,
        public_url=HttpUrl(URL),
        database_suffix=databases.suffix,
        objects=databases.secrets.parent / "objects",
        **changed,
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


def _form(html: str) -> tuple[str, dict[str, str]]:
    """Where the form of a page goes, and what its hidden fields hold."""
    hidden = re.findall(r'<input type="hidden" name="([^"]*)"[^>]* value="([^"]*)"', html)
    action = re.search(r'<form method="post" action="([^"]*)"', html)
    assert action is not None, html
    return unescape(action[1]), {name: unescape(value) for name, value in hidden}


def an_email() -> str:
    """An address that nobody has yet."""
    return f"{new_id().hex[-12:]}@voorbeeld.example"


def _agreeing() -> httpx.AsyncClient:
    answer = httpx.MockTransport(lambda _: httpx.Response(200, json={"arrived": True}))
    return httpx.AsyncClient(transport=answer, base_url="http://peer")
