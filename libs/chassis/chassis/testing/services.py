"""A service as tests use it: its app over ASGI, tokens signed by an issuer made here, events put straight into it."""

import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from sqlalchemy import text

from chassis.consumer import Consumer
from chassis.database import engine, sessions
from chassis.databases import Databases
from chassis.log import Batch
from chassis.new_keys import make_keys
from chassis.peers import Peers
from chassis.service import Service
from chassis.settings import Settings
from chassis.staging import stage
from chassis.tokens import ALGORITHM, AUDIENCE
from chassis.work_crew import Crew
from contracts.events import Event

URL = "http://keten.test"
POLICIES = Path(__file__).parents[4] / "policies"


@dataclass
class Issuer:
    """Signs access tokens as identity does."""

    key: ECKey = field(
        default_factory=lambda: ECKey.generate_key(
            "P-256", {"kid": "test", "use": "sig", "alg": ALGORITHM}, private=True
        )
    )

    def token(self, user_id: UUID, account_id: UUID, **changed: Any) -> str:
        """A valid token for five minutes, unless `changed` says otherwise (claims, or `header`)."""
        now = int(time.time())
        header = {"alg": ALGORITHM, "kid": "test", "typ": "at+jwt", **changed.pop("header", {})}
        claims = {
            "iss": f"{URL}/identity",
            "aud": AUDIENCE,
            "sub": str(user_id),
            "account": str(account_id),
            "client": "keten-test",
            "sid": str(user_id),
            "acr": "pwd",
            "iat": now,
            "exp": now + 300,
            **changed,
        }
        return jwt.encode(header, claims, self.key)

    def jwks(self) -> dict[str, Any]:
        return dict(KeySet([self.key]).as_dict(private=False))

    def client(self) -> httpx.AsyncClient:
        """Identity as its peers see it."""
        answer = httpx.MockTransport(lambda _: httpx.Response(200, json=self.jwks()))
        return httpx.AsyncClient(transport=answer, base_url="http://identity")


@dataclass
class ServiceUnderTest:
    """One service on a database of its own, without relay and consumer: tests say what it hears, and when."""

    service: Service
    databases: Databases
    settings: Settings
    issuer: Issuer
    consumer: Consumer

    def client(self, user_id: UUID | None = None, account_id: UUID | None = None, **headers: str) -> httpx.AsyncClient:
        """A client signed in as this user, or not signed in at all. English, unless a header says otherwise."""
        given = {"Accept-Language": "en", **headers}
        if user_id is not None and account_id is not None:
            given["Authorization"] = f"Bearer {self.issuer.token(user_id, account_id)}"
        transport = httpx.ASGITransport(app=self.service.api, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=URL, headers=given)

    async def hear(self, *events: Event, version: int = 1, at: datetime | None = None) -> None:
        """Take these facts in as if they came from the log, and be at its head."""
        when = at or datetime.now(UTC)
        records = [stage(event, version=version, at=when).record() for event in events]
        heads = dict.fromkeys(self.consumer.topics(own=False), datetime.now(UTC))
        await self.consumer.take(Batch(records=records, offsets={}, heads=heads))

    async def work(self, *, overdue: bool = False) -> int:
        """Do the long work that is due; with `overdue` also what was put off. Returns how many chunks were tried."""
        if overdue:
            async with self.service.work.made() as session, session.begin():
                await session.execute(text("update public.chunk set due_at = now() where state = 'waiting'"))
        return await Crew([self.service.work]).drain()


@asynccontextmanager
async def running(
    create: Callable[[Settings, Peers], Service], databases: Databases, *, peers: Sequence[str] = (), **settings: Any
) -> AsyncIterator[ServiceUnderTest]:
    """`peers` are services that confirm every position at once."""
    make_keys(databases.secrets)
    issuer = Issuer()
    said = {
        "postgres": databases.address,
        "secrets": databases.secrets,
        "policies": POLICIES,
        "public_url": URL,
        "database_suffix": databases.suffix,
        **settings,
    }
    chosen = Settings(**said)
    service = create(chosen, Peers({"identity": issuer.client(), **{name: _agreeing() for name in peers}}))
    worker = engine(databases.url(service.name, "worker"), size=2)
    consumer = Consumer(service.name, sessions(worker), _NoLog(), service.runtime.handlers)
    async with service.runtime.log.running():
        yield ServiceUnderTest(service, databases, chosen, issuer, consumer)
    await worker.dispose()
    for close in service.closing:
        await close()


def _agreeing() -> httpx.AsyncClient:
    answer = httpx.MockTransport(lambda _: httpx.Response(200, json={"arrived": True}))
    return httpx.AsyncClient(transport=answer, base_url="http://peer")


class _NoLog:
    """Nothing is read or published in these tests."""

    def publisher(self, name: str) -> Any:
        raise AssertionError("a service under test publishes nothing")

    async def streams(self, topics: Sequence[str]) -> Sequence[str]:
        return topics

    async def ends(self, topics: Sequence[str]) -> Mapping[str, int]:
        raise AssertionError("a service under test reads nothing by itself")

    def subscribe(self, group: str, topics: Sequence[str], *, from_start: bool = False) -> Any:
        raise AssertionError("a service under test reads nothing by itself")

    async def forget(self) -> None:
        """There is nothing to forget."""

    async def close(self) -> None:
        """Nothing is open."""
