"""One database per module; every test opens accounts of its own in it."""

from collections.abc import AsyncIterator, Awaitable, Callable

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


@pytest.fixture
async def identity(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[IdentityUnderTest]:
    cheap = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1),))
    monkeypatch.setattr(passwords, "_hash", cheap)  # the real one is made to be slow
    passwords._nobodys.cache_clear()
    async with running(databases) as under_test:
        yield under_test


@pytest.fixture
def signed_in(identity: IdentityUnderTest) -> Callable[..., Awaitable[httpx.AsyncClient]]:
    """A client with the tokens of somebody who has just signed in."""

    async def client(who: Somebody, **headers: str) -> httpx.AsyncClient:
        tokens = await sign_in("http://127.0.0.1:8080", who.email, who.password, transport=identity.transport)
        return identity.browser(tokens.access_token, **headers)

    return client
