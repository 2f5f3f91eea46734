"""A person who works with the platform over HTTP: signs in for real, and carries the positions of what he did."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from keten.sign_in import CLIENT, Tokens, refresh, sign_in

POSITION = "Keten-Position"

Listener = Callable[[str, httpx.Response], None]


class Refused(Exception):
    """The platform answered with a problem where the caller counted on success."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__(
            f"{answer.request.method} {answer.request.url.path} → {answer.status_code}: {answer.text[:500]}"
        )
        self.answer = answer


class Session(httpx.Auth):
    """Sends the access token along, and gets a new one when it has run out."""

    def __init__(self, url: str, tokens: Tokens) -> None:
        self._url, self._tokens, self._renewing = url, tokens, asyncio.Lock()

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        used = self._tokens
        request.headers["Authorization"] = f"Bearer {used.access_token}"
        answer = yield request
        if answer.status_code == httpx.codes.UNAUTHORIZED and used.refresh_token is not None:
            async with self._renewing:
                # A refresh token is spent by its use: whoever came first has renewed it for all.
                if self._tokens is used:
                    async with httpx.AsyncClient(base_url=self._url, timeout=30) as browser:
                        self._tokens = await refresh(browser, CLIENT, refresh_token=used.refresh_token)
            request.headers["Authorization"] = f"Bearer {self._tokens.access_token}"
            yield request


def _nobody(_name: str, _answer: httpx.Response) -> None:
    """Nobody listens."""


@dataclass
class Caller:
    """Somebody at the gateway. `listener` is told of every answer he gets."""

    name: str
    http: httpx.AsyncClient
    position: str | None = None
    listener: Listener = field(default=_nobody)

    @classmethod
    async def signed_in(
        cls, url: str, email: str, password: str, *, language: str = "en", name: str | None = None
    ) -> "Caller":
        """Sign in as a person does, by the hosted page. Raises what `sign_in` raises."""
        session = Session(url, await sign_in(url, email, password))
        http = httpx.AsyncClient(base_url=url, headers={"Accept-Language": language}, auth=session, timeout=30)
        return cls(name or email, http)

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """One request that must have seen what this person did last. Refusals come back as they are. Bytes are sent as they
        are, all else as JSON."""
        seen = {POSITION: self.position} if self.position else {}
        sent = {"content": body} if isinstance(body, bytes) else {"json": body}
        answer = await self.http.request(method, path, **sent, headers={**seen, **headers})
        self.position = answer.headers.get(POSITION, self.position)
        self.listener(self.name, answer)
        return answer

    async def get(self, path: str) -> Any:
        return _done(await self.ask("GET", path)).json()

    async def post(self, path: str, body: Any = None) -> Any:
        answer = _done(await self.ask("POST", path, body))
        return answer.json() if answer.content else None

    async def put(self, path: str, body: Any) -> Any:
        answer = _done(await self.ask("PUT", path, body))
        return answer.json() if answer.content else None

    async def patch(self, path: str, body: Any) -> Any:
        """Read, then change what was read: the version goes along."""
        read = _done(await self.http.get(path, headers={POSITION: self.position} if self.position else {}))
        answer = _done(await self.ask("PATCH", path, body, **{"If-Match": read.headers["ETag"]}))
        return answer.json() if answer.content else None

    async def delete(self, path: str) -> httpx.Response:
        return _done(await self.ask("DELETE", path))

    def seen(self, other: "Caller") -> None:
        """From now on this person's requests have seen what the other did."""
        self.position = other.position

    async def close(self) -> None:
        await self.http.aclose()


def _done(answer: httpx.Response) -> httpx.Response:
    if not answer.is_success:
        raise Refused(answer)
    return answer
