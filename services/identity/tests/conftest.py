"""One database per module; every test opens accounts of its own in it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from chassis.databases import Databases
from identity import passwords
from identity.testing import IdentityUnderTest, Somebody, running
from keten.sign_in import sign_in


@pytest.fixture(scope="module")
def databases(kept_databases: Callable[..., Databases]) -> Databases:
    return kept_databases("identity")


class Hashing(PasswordHash):
    """As the real one, without its cost; counts what would take long."""

    def __init__(self) -> None:
        super().__init__((Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1),))
        self.steps = list[str]()

    def hash(self, *given: Any, **more: Any) -> str:
        self.steps.append("hash")
        return super().hash(*given, **more)

    def verify(self, *given: Any, **more: Any) -> bool:
        self.steps.append("verify")
        return super().verify(*given, **more)


@pytest.fixture
def hashing(monkeypatch: pytest.MonkeyPatch) -> Hashing:
    cheap = Hashing()
    monkeypatch.setattr(passwords, "_hash", cheap)
    passwords._nobodys.cache_clear()
    passwords._nobodys()
    return cheap


@pytest.fixture
async def identity(databases: Databases, hashing: Hashing) -> AsyncIterator[IdentityUnderTest]:
    async with running(databases) as under_test:
        yield under_test


@pytest.fixture
def signed_in(identity: IdentityUnderTest) -> Callable[..., Awaitable[httpx.AsyncClient]]:
    """A client with the tokens of somebody who has just signed in."""

    async def client(who: Somebody, **headers: str) -> httpx.AsyncClient:
        tokens = await sign_in("http://127.0.0.1:8080", who.email, who.password, transport=identity.transport)
        return identity.browser(tokens.access_token, **headers)

    return client
