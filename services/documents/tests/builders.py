"""Things as tests need them: said in full by default, named where it matters."""

import email
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text

from access.testing import World, a_user, a_world
from chassis.databases import Databases
from chassis.peers import Peers
from chassis.service import Service
from chassis.settings import Settings
from chassis.testing.services import ServiceUnderTest, running
from contracts.identity import MailRequested
from contracts.ids import GrantId, LevelId, UserId, new_id
from contracts.rights import STANDARD_LEVELS
from contracts.sharing import GrantGiven, GrantStatus, GrantWithdrawn, Onward
from documents.main import create

LEVELS = {level.code: level for level in STANDARD_LEVELS}


@dataclass
class StillClock:
    """The service's clock: it stands still until a test moves it."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Neighbours:
    """Identity and dossier as documents sees them: what they say when they are asked, or that they cannot be asked."""

    addressees: dict[UUID, dict[str, str]] = field(default_factory=dict)
    contents: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    initials: dict[UUID, str] = field(default_factory=dict)
    are_away: bool = False

    def answer(self, request: httpx.Request) -> httpx.Response:
        if self.are_away:
            return httpx.Response(503)
        _, kind, name, *_ = request.url.path.split("/")
        if kind == "dossiers":
            found: Any = UUID(name) in self.initials and {"initials": self.initials[UUID(name)]}
        else:
            found = (self.addressees if kind == "addressees" else self.contents).get(UUID(name))
        return httpx.Response(200, json=found) if found else httpx.Response(404)

    def beside(self, identity: httpx.AsyncClient) -> httpx.AsyncClient:
        """Identity gives its keys as well."""

        async def answer(request: httpx.Request) -> httpx.Response:
            return await identity.get("/jwks") if request.url.path == "/jwks" else self.answer(request)

        return httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://identity")

    def dossier(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(self.answer), base_url="http://dossier")


@dataclass
class Place:
    """Two organisations in a running service, their people signed in, and what tests do there all the time."""

    service: ServiceUnderTest
    world: World
    clock: StillClock
    neighbours: Neighbours
    folder: Path
    _clients: list[httpx.AsyncClient] = field(default_factory=list)

    @property
    def taco(self) -> httpx.AsyncClient:
        """Owner of Kracht."""
        return self.of(self.world.taco, self.world.kracht)

    @property
    def leon(self) -> httpx.AsyncClient:
        """Owner of Zorg 4 You."""
        return self.of(self.world.leon, self.world.zorg)

    @property
    def lennart(self) -> httpx.AsyncClient:
        """Member of Zorg 4 You."""
        return self.of(self.world.lennart, self.world.zorg)

    def of(self, user_id: UUID, account_id: UUID, **headers: str) -> httpx.AsyncClient:
        self._clients.append(self.service.client(user_id, account_id, **headers))
        return self._clients[-1]

    async def colleague(self, name: str = "Anna van den Berg", **said: Any) -> tuple[UserId, httpx.AsyncClient]:
        """Somebody new in Kracht, without access to any group."""
        user_id = UserId(new_id())
        await self.service.hear(*a_user(user_id, self.world.kracht, name, "AB", **said))
        return user_id, self.of(user_id, self.world.kracht)

    def a_grant(self, level: str = "edit", **changed: Any) -> GrantGiven:
        """Taco shares the dossier with Leon."""
        one = LEVELS[level]
        said = {
            "grant_id": GrantId(new_id()),
            "dossier_id": self.world.dossier,
            "account_id": self.world.kracht,
            "recipient_id": self.world.leon,
            "recipient_account_id": self.world.zorg,
            "given_by": self.world.taco,
            "parent_id": None,
            "level_id": LevelId(one.id),
            "level_code": one.code,
            "rights": one.rights,
            "until": None,
            "onward": Onward.NONE,
            "status": GrantStatus.LIVE,
        }
        return GrantGiven(**{**said, **changed})

    async def withdraw(self, grant: GrantGiven) -> None:
        ended = grant.model_dump() | {"status": GrantStatus.ENDED}
        await self.service.hear(GrantWithdrawn(**ended), version=2)

    async def requested(self, template: str = "password-reset", **changed: Any) -> MailRequested:
        """Identity wants something mailed to Leon, and says what when it is asked."""
        request = MailRequested(request_id=new_id(), purpose=template)
        values = {"name": "Leon de Wit", "link": "http://keten.test/identity/link?x=1", **changed.pop("values", {})}
        said = {"to": "leon@zorg4you.example", "language": "nl", "template": template, "values": values}
        self.neighbours.contents[request.request_id] = said | changed
        await self.service.hear(request)
        return request

    def mails(self) -> list[EmailMessage]:
        """What was sent, in the order of sending."""
        files = sorted((self.folder / "mail").glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
        return [email.message_from_bytes(path.read_bytes(), policy=default) for path in files]

    async def state(self, whose: str = "account") -> list[tuple[str, str | None]]:
        """What became of the mails of Taco's account, the newest first."""
        shown = await ok(self.taco.get(f"/mails?whose={whose}"))
        return [(mail["state"], mail["reason"]) for mail in shown["items"]]

    async def rows(self, asked: str) -> list[Any]:
        async with self.service.service.work.made() as session:
            return list((await session.execute(text(asked))).all())

    async def close(self) -> None:
        for client in self._clients:
            await client.aclose()


@asynccontextmanager
async def opened(databases: Databases, folder: Path, **settings: Any) -> AsyncIterator[Place]:
    clock, neighbours = StillClock(), Neighbours()

    def made(settings: Settings, peers: Peers) -> Service:
        peers.clients["identity"] = neighbours.beside(peers.clients["identity"])
        peers.clients["dossier"] = neighbours.dossier()
        return create(settings, peers, clock=clock)

    said = {"kept_mail": folder / "mail", "objects": folder / "objects", **settings}
    async with running(made, databases, peers=["sharing"], **said) as service:
        world = a_world()
        await service.hear(*world.facts())
        neighbours.initials[world.dossier] = "E. v. d. B."
        neighbours.addressees[world.leon] = an_addressee()
        place = Place(service, world, clock, neighbours, folder)
        yield place
        await place.close()


def an_addressee(**changed: str) -> dict[str, str]:
    said = {"email": "leon@zorg4you.example", "language": "nl", "name": "Leon de Wit", "initials": "LW"}
    return {**said, "organisation": "Zorg 4 You", **changed}


def part(message: EmailMessage, kind: str) -> str:
    """The `plain` or `html` text of a mail."""
    found = message.get_body((kind,))
    assert found is not None
    return str(found.get_content())


def body(answer: httpx.Response, status: int) -> Any:
    """The body of an answer with this status."""
    assert answer.status_code == status, f"{answer.status_code}: {answer.text}"
    return answer.json() if answer.content else None


async def ok(asked: Awaitable[httpx.Response], status: int = 200) -> Any:
    return body(await asked, status)


async def refused(asked: Awaitable[httpx.Response], status: int, problem: str) -> dict[str, Any]:
    """The problem of an answer that must be this refusal."""
    told: dict[str, Any] = body(await asked, status)
    assert told["type"] == f"/problems/{problem}", told
    return told
