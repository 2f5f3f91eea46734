"""Things as tests need them: said in full by default, named where it matters."""

import json
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import select, text

from access.testing import World, a_user
from chassis.clock import day
from chassis.database import engine
from chassis.tables import access_log_line
from chassis.testing.services import ServiceUnderTest
from contracts.dossier import GroupAccessGiven
from contracts.ids import AccountId, DossierId, GrantId, GroupAccessId, LevelId, UserId, new_id
from contracts.rights import STANDARD_LEVELS
from sharing.domain.grant import Grant, LegalBasis, Terms
from sharing.domain.level import STANDARD, Level

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TODAY = NOON.date()

LEVELS = {level.code: STANDARD[LevelId(level.id)] for level in STANDARD_LEVELS}


def some_terms(level: str | Level = "edit", *, until: date | None = None, purpose: str = "Shared care") -> Terms:
    return Terms(
        level=LEVELS[level] if isinstance(level, str) else level,
        purpose=purpose,
        legal_basis=LegalBasis.CONSENT,
        consent_reference=None,
        until=until,
    )


def a_level(*rights: str, code: str = "own") -> Level:
    return Level(LevelId(new_id()), AccountId(new_id()), code, {"nl": "Eigen", "en": "Own"}, frozenset(rights))


def a_grant(level: str | Level = "edit", *, until: date | None = None) -> Grant:
    """Given yesterday, so that it may have run out today."""
    grant, _ = Grant.give(
        some_terms(level, until=until),
        id=GrantId(new_id()),
        dossier_id=DossierId(new_id()),
        account_id=AccountId(new_id()),
        recipient_id=UserId(new_id()),
        recipient_account_id=AccountId(new_id()),
        by=UserId(new_id()),
        at=NOON - timedelta(days=1),
        today=TODAY - timedelta(days=1),
    )
    return grant


@dataclass
class StillClock:
    """The service's clock: it stands still until a test moves it."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now

    def in_days(self, days: int) -> str:
        return (day(self.now) + timedelta(days=days)).isoformat()

    def forward(self, *, days: int) -> None:
        self.now += timedelta(days=days)


@dataclass
class SilentPeer:
    """The dossier service as sharing sees it: it confirms, unless a test makes it silent."""

    confirms: bool = True

    def client(self) -> httpx.AsyncClient:
        answer = httpx.MockTransport(lambda _: httpx.Response(200, json={"arrived": self.confirms}))
        return httpx.AsyncClient(transport=answer, base_url="http://dossier")

    def beside(self, identity: httpx.AsyncClient) -> httpx.AsyncClient:
        """Identity gives its keys, and hears nothing that it would have to confirm."""

        async def answer(request: httpx.Request) -> httpx.Response:
            if request.method == "POST":
                return httpx.Response(200, json={"arrived": True})
            return await identity.get(request.url.path)

        return httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://identity")


@dataclass
class Place:
    """Two organisations in a running service, their people signed in, and what tests do there all the time."""

    service: ServiceUnderTest
    world: World
    clock: StillClock
    dossier_service: SilentPeer
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

    async def colleague(
        self, level: str | frozenset[str] | None = None, **said: Any
    ) -> tuple[UserId, httpx.AsyncClient]:
        """Somebody new in Kracht, with a level or rights on the dossier's group."""
        user_id = UserId(new_id())
        await self.service.hear(*a_user(user_id, self.world.kracht, "Anna van den Berg", "AB", **said))
        if level is not None:
            rights = LEVELS[level].rights if isinstance(level, str) else level
            await self.service.hear(an_access(self.world, user_id, rights))
        return user_id, self.of(user_id, self.world.kracht)

    def request(self, level: str = "edit", **changed: Any) -> dict[str, Any]:
        """The body that shares the dossier with Leon."""
        return {
            "dossierId": str(self.world.dossier),
            "recipient": {"userId": str(changed.pop("to", self.world.leon))},
            "levelId": str(LEVELS[level].id),
            "purpose": "Shared care at home",
            "legalBasis": "consent",
            **changed,
        }

    async def share(self, level: str = "edit", **changed: Any) -> dict[str, Any]:
        """Taco shares the dossier with Leon; the grant as he gets it back."""
        made: dict[str, Any] = await ok(self.taco.post("/grants", json=self.request(level, **changed)), 201)
        return made

    async def change(self, grant: dict[str, Any], by: httpx.AsyncClient | None = None, **asked: Any) -> httpx.Response:
        """Changes the version that `grant` is of."""
        headers = {"If-Match": f'"{grant["version"]}"'}
        return await (by or self.taco).patch(f"/grants/{grant['id']}", json=asked, headers=headers)

    async def facts(self) -> list[tuple[str, dict[str, Any]]]:
        """What the service has said of the dossier so far: the last words of each type's name, and the data."""
        said = text("select type, body from public.outbox where key = :key order by seq")
        rows = await self.rows(said.bindparams(key=self.world.dossier))
        return [(row.type.split(".")[3], json.loads(row.body)["data"]) for row in rows]

    async def lines(self) -> list[tuple[str, str, UUID]]:
        """The access log of the dossier: what, whether it was allowed, and who."""
        line = access_log_line.c
        found = select(line.action, line.outcome, line.actor_id).where(line.subject_id == self.world.dossier)
        return [(row.action, row.outcome, row.actor_id) for row in await self.rows(found.order_by(line.seq))]

    async def rows(self, asked: Any) -> list[Any]:
        worker = engine(self.service.databases.url("sharing", "worker"), size=1)
        async with worker.connect() as connection:
            found = (await connection.execute(asked)).all()
        await worker.dispose()
        return list(found)

    async def close(self) -> None:
        for client in self._clients:
            await client.aclose()


def own_level(code: str, **sections: list[str]) -> dict[str, Any]:
    """The body that makes a level of an account's own."""
    return {"code": code, "name": "Intake", "sections": sections or {"profile": ["read"]}}


def an_access(world: World, user_id: UserId, rights: frozenset[str]) -> GroupAccessGiven:
    return GroupAccessGiven(
        access_id=GroupAccessId(new_id()),
        group_id=world.group,
        account_id=world.kracht,
        user_id=user_id,
        level_id=LevelId(new_id()),
        rights=rights,
        status="live",
    )


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
