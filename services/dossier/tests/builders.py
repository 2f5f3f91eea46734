"""Things as tests need them: said in full by default, named where it matters."""

from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy.ext.asyncio import AsyncSession

from access.testing import World, a_user
from chassis.database import engine, sessions
from chassis.testing.services import ServiceUnderTest
from contracts.ids import (
    AccountId,
    DossierId,
    GrantId,
    LevelId,
    UserId,
    new_id,
)
from contracts.rights import STANDARD_LEVELS
from contracts.sharing import GrantGiven, GrantStatus, GrantWithdrawn, Onward
from dossier.domain.client import Client
from dossier.domain.dossier import Dossier
from dossier.domain.group import ClientGroup, GroupAccess
from dossier.domain.report import Report

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LEVELS = {level.code: level for level in STANDARD_LEVELS}


def a_user_id() -> UserId:
    return UserId(new_id())


def a_group(**said: Any) -> ClientGroup:
    usual = {"id": new_id(), "account_id": new_id(), "name": "Noord"}
    return ClientGroup(**_either(usual, said))


def an_access(level: str = "view", **said: Any) -> GroupAccess:
    usual = {name: new_id() for name in ("id", "group_id", "account_id", "user_id")}
    at_level = {"level_id": LEVELS[level].id, "rights": sorted(LEVELS[level].rights)}
    return GroupAccess(**_either(usual, at_level, said))


def a_dossier(**said: Any) -> Dossier:
    usual = {name: new_id() for name in ("id", "client_id", "account_id", "group_id")}
    return Dossier(**_either(usual, said))


def _either(*said: Mapping[str, Any]) -> dict[str, Any]:
    """What was said last, of each."""
    return {name: value for one in said for name, value in one.items()}


def written(by: UserId | None = None) -> dict[str, Any]:
    author = by or a_user_id()
    return {
        "id": new_id(),
        "dossier_id": DossierId(new_id()),
        "author_id": author,
        "written_at": NOON,
        "editor_id": author,
        "edited_at": NOON,
    }


def a_report(text: str = "Rustige nacht.", *, by: UserId | None = None, **said: Any) -> Report:
    return Report(**written(by) | {"text": text} | said)


def a_client(**said: Any) -> Client:
    return Client(
        **written()
        | {"account_id": AccountId(new_id()), "given_name": "Jan", "infix": "de", "family_name": "Vries"}
        | said
    )


@dataclass
class Place:
    """Two organisations in a running service, their people signed in, and what tests do there all the time."""

    service: ServiceUnderTest
    world: World
    _clients: list[httpx.AsyncClient] = field(default_factory=list)

    @property
    def taco(self) -> httpx.AsyncClient:
        """Owner of Kracht."""
        return self.of(self.world.taco, self.world.kracht)

    @property
    def leon(self) -> httpx.AsyncClient:
        """Owner of Zorg 4 You."""
        return self.of(self.world.leon, self.world.zorg)

    def of(self, user_id: UUID, account_id: UUID, **headers: str) -> httpx.AsyncClient:
        self._clients.append(self.service.client(user_id, account_id, **headers))
        return self._clients[-1]

    async def colleague(self, **said: Any) -> tuple[UserId, httpx.AsyncClient]:
        """Somebody new in Kracht."""
        user_id = a_user_id()
        await self.service.hear(*a_user(user_id, self.world.kracht, "Anna van den Berg", "AB", **said))
        return user_id, self.of(user_id, self.world.kracht)

    async def group(self, name: str = "Noord") -> str:
        return str((await ok(self.taco.post("/client-groups", json={"name": name})))["id"])

    async def dossier(self, group: str | None = None, **profile: Any) -> dict[str, Any]:
        """A client of Kracht, registered by Taco."""
        said = {"givenName": "Jan", "infix": "de", "familyName": "Vries"} | profile
        where = group or await self.group(f"Groep {new_id()}")
        return await ok(self.taco.post("/clients", json={"groupId": where, "profile": said}))

    async def let_in(self, group: str, user_id: UUID, level: str = "view") -> None:
        path = f"/client-groups/{group}/access/{user_id}"
        await ok(self.taco.put(path, json={"levelId": str(LEVELS[level].id)}))

    async def share(
        self, dossier_id: str, level: str = "edit", *, with_: UserId | None = None, at: datetime | None = None
    ) -> GrantGiven:
        """As sharing states it."""
        given = a_grant(self.world, dossier_id, level, with_=with_)
        await self.service.hear(given, at=at)
        return given

    async def withdraw(self, given: GrantGiven) -> None:
        ended = given.model_dump() | {"status": GrantStatus.ENDED}
        await self.service.hear(GrantWithdrawn(**ended), version=2)

    @asynccontextmanager
    async def as_worker(self) -> AsyncIterator[AsyncSession]:
        """The database as consumers see it."""
        worker = engine(self.service.databases.url("dossier", "worker"), size=1)
        async with sessions(worker)() as session, session.begin():
            yield session
        await worker.dispose()

    async def close(self) -> None:
        for client in self._clients:
            await client.aclose()


def a_grant(world: World, dossier_id: str, level: str, *, with_: UserId | None = None) -> GrantGiven:
    return GrantGiven(
        grant_id=GrantId(new_id()),
        dossier_id=DossierId(UUID(dossier_id)),
        account_id=world.kracht,
        recipient_id=with_ or world.leon,
        recipient_account_id=world.zorg,
        given_by=world.taco,
        parent_id=None,
        level_id=LevelId(LEVELS[level].id),
        level_code=level,
        rights=LEVELS[level].rights,
        until=None,
        onward=Onward.NONE,
        status=GrantStatus.LIVE,
    )


async def ok(asked: Awaitable[httpx.Response]) -> dict[str, Any]:
    """The body of an answer that must be a success."""
    answer = await asked
    assert answer.is_success, f"{answer.status_code}: {answer.text}"
    body: dict[str, Any] = answer.json() if answer.content else {}
    return body


async def refused(asked: Awaitable[httpx.Response], status: int, problem: str | None = None) -> dict[str, Any]:
    """The problem of an answer that must be this refusal."""
    answer = await asked
    assert answer.status_code == status, f"{answer.status_code}: {answer.text}"
    body: dict[str, Any] = answer.json()
    if problem is not None:
        assert body["type"] == f"/problems/{problem}", answer.text
    return body
