"""The documents of all services, and one organisation on the running platform that everybody tries to get into."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.api.answers import follows_the_rules
from tests.api.documents import Operation, operations
from tests.api.world import Person, World, build
from tests.e2e.people import Platform

Ask = Callable[..., httpx.Response]


@pytest.fixture(scope="session")
def routes() -> list[Operation]:
    return operations()


@pytest.fixture(scope="module")
def world(platform: Platform) -> World:
    return asyncio.run(build(platform))


@pytest.fixture(scope="session")
def http(platform: Platform) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=platform.url, timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
def ask(http: httpx.Client) -> Ask:
    """One request by somebody (or by a token, or by nobody); its answer follows the rules that hold for all."""

    def asked(who: Person | str | None, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        token = who.token() if isinstance(who, Person) else who
        signed = {} if token is None else {"Authorization": f"Bearer {token}"}
        sent: dict[str, Any] = {"content": body} if isinstance(body, bytes) else {"json": body}
        answer = http.request(method, path, **sent, headers={"Accept-Language": "en", **signed, **headers})
        follows_the_rules(answer)
        return answer

    return asked
