"""The other services, reached over routes that the gateway does not publish. A caller proves that it is one of us."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from fastapi import HTTPException, Request

from chassis import traces
from chassis.keyrings import Keyring

CONFIRM = "/positions/_confirm"

# Carries `expiry.signature`: the signature covers method and path, so that what was asked once opens nothing else.
PEER = "Keten-Peer"

# Long enough for clocks that differ by minutes (seconds).
_LIFE = 600


class Signed(httpx.Auth):
    """Signs each request to a peer, and says in which trace it is made."""

    def __init__(self, ring: Keyring) -> None:
        self._ring = ring

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        expiry = str(int(time.time()) + _LIFE)
        said = _said(request.method, request.url.path, expiry)
        request.headers[PEER] = f"{expiry}.{self._ring.sign(said)}"
        if (parent := traces.here()) is not None:
            request.headers["traceparent"] = parent
        yield request


def peers_only(ring: Keyring) -> Callable[[Request], Awaitable[None]]:
    """A dependency for internal routes that answer only to another service of this platform."""

    async def check(request: Request) -> None:
        expiry, _, signature = request.headers.get(PEER, "").partition(".")
        in_time = expiry.isascii() and expiry.isdigit() and time.time() < int(expiry) <= time.time() + 2 * _LIFE
        if not in_time or not ring.verifies(_said(request.method, request.url.path, expiry), signature):
            raise HTTPException(401)

    return check


def _said(method: str, path: str, expiry: str) -> bytes:
    return f"peer {method} {path} {expiry}".encode()


@dataclass
class Peers:
    """A client per service, to its internal routes."""

    clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)

    @classmethod
    def at(cls, template: str, services: Collection[str], ring: Keyring) -> "Peers":
        """Peers in processes of their own; `{service}` in the template is a service's name."""
        return cls(
            {
                name: httpx.AsyncClient(base_url=template.format(service=name), auth=Signed(ring), timeout=5)
                for name in services
            }
        )

    async def unconfirmed(self, services: Collection[str], position: str, *, patience: float) -> list[str]:
        """Which of these services have not taken in what the position names, after waiting up to `patience` seconds."""
        names = sorted(services)
        answers = await asyncio.gather(*(self._confirms(name, position, patience) for name in names))
        return [name for name, confirmed in zip(names, answers, strict=True) if not confirmed]

    async def fetch(self, service: str, path: str) -> dict[str, Any]:
        """What a peer's internal route answers. Raises ConnectionError when it cannot be had now."""
        try:
            answer = await self.clients[service].get(path)
            answer.raise_for_status()
            found: dict[str, Any] = answer.json()
        except (httpx.HTTPError, KeyError, ValueError) as fault:
            raise ConnectionError(f"{service} cannot be asked now") from fault
        return found

    async def ask(self, service: str, path: str, body: Mapping[str, Any] | None = None) -> httpx.Response:
        """A peer's answer: a GET, or a POST of a body. Raises ConnectionError when there is none, or a fault (5xx, 401)."""
        try:
            method = "GET" if body is None else "POST"
            answer = await self.clients[service].request(method, path, json=body)
        except (httpx.HTTPError, KeyError) as fault:
            raise ConnectionError(f"{service} cannot be asked now") from fault
        if answer.is_server_error or answer.status_code == httpx.codes.UNAUTHORIZED:
            raise ConnectionError(f"{service} could not answer")
        return answer

    async def close(self) -> None:
        for client in self.clients.values():
            await client.aclose()

    async def _confirms(self, service: str, position: str, patience: float) -> bool:
        client = self.clients.get(service)
        if client is None:
            return False
        try:
            answer = await client.post(CONFIRM, json={"position": position}, timeout=patience + 1)
            said = answer.json()
        except (httpx.HTTPError, ValueError):
            return False
        return answer.status_code == httpx.codes.OK and isinstance(said, dict) and said.get("arrived") is True
