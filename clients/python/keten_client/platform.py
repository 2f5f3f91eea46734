"""The platform as a program meets it: it sees what the program wrote, answers in the end, and finishes what takes long."""

import asyncio
import itertools
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Protocol, Self, TypeVar
from uuid import UUID, uuid4

import httpx

from keten_client.answers import Answer
from keten_client.refusals import JobFailed, is_away, refusal
from keten_client.types import Unset

# A position is good for ten minutes, and a request carries eight.
_POSITION_LIFE, _MOST_POSITIONS = 540.0, 8

# Seconds between two looks at what is not done yet.
_PAUSE = 0.5

# Doing these again changes nothing more; by its key the platform knows a POST again, and what takes access away.
_REPEATABLE = {"GET", "PUT", "DELETE", "POST"}

Row = TypeVar("Row", covariant=True)


class Page(Protocol[Row]):
    """One page of a list."""

    @property
    def items(self) -> Sequence[Row]: ...
    @property
    def next_(self) -> UUID | Unset | None: ...


class Keten:
    """One user of the platform at `url`. A request sees whatever this object wrote before. `tries` are made where the
    platform cannot answer now."""

    def __init__(
        self,
        url: str,
        sign_in: httpx.Auth | None = None,
        *,
        language: str = "en",
        timeout: float = 30.0,
        tries: int = 4,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        headers = {"Accept-Language": language}
        self._http = httpx.AsyncClient(
            base_url=url, auth=sign_in, headers=headers, timeout=timeout, transport=transport
        )
        self._tries = tries
        self._positions: deque[tuple[float, str]] = deque(maxlen=_MOST_POSITIONS)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def send(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **sent: Any
    ) -> httpx.Response:
        """One request. Raises what `refusals` has, and httpx's own errors when the platform cannot be reached."""
        headers = dict(headers or {})
        if method != "GET":
            headers.setdefault("Idempotency-Key", str(uuid4()))
        if position := self.position:
            headers["Keten-Position"] = position
        for attempt in itertools.count(1):
            again = method in _REPEATABLE and attempt < self._tries
            try:
                answer = await self._http.request(method, path, headers=headers, **sent)
            except httpx.TransportError:
                if not again:
                    raise
                await asyncio.sleep(_PAUSE * attempt)
                continue
            if not (is_away(answer) and again):
                break
            await asyncio.sleep(_wait(answer))
        if "Keten-Position" in answer.headers:
            self.position = answer.headers["Keten-Position"]
        if answer.is_error:
            raise refusal(answer)
        return answer

    @property
    def position(self) -> str | None:
        """What this user wrote of late. Set it to what another wrote, and that is seen as well."""
        return ",".join(token for at, token in self._positions if time.monotonic() - at < _POSITION_LIFE) or None

    @position.setter
    def position(self, token: str) -> None:
        self._positions.append((time.monotonic(), token))

    async def settled(self, answer: Answer[Any], *, patience: float = 120.0) -> None:
        """Wait until what was answered 202 holds everywhere, or its job is done. Raises `JobFailed` and `TimeoutError`
        (after `patience` seconds)."""
        async with asyncio.timeout(patience):
            while not await self._is_settled(answer):  # noqa: ASYNC110 - what it waits for is elsewhere
                await asyncio.sleep(_PAUSE)

    async def _is_settled(self, answer: Answer[Any]) -> bool:
        if answer.status != httpx.codes.ACCEPTED:
            return True
        if answer.location is not None:
            job = (await self.send("GET", answer.location)).json()
            if job["state"] == "failed":
                raise JobFailed(job["reasons"], job["details"])
            return bool(job["state"] == "done")
        if (position := getattr(answer.body, "position", None)) is None:
            return True
        service = answer.path.split("/")[1]
        told = await self.send("POST", f"/{service}/v1/positions/_check", json={"position": position})
        return not told.json()["pending"]


async def every(
    operation: Callable[..., Awaitable[Answer[Page[Row]]]], *given: Any, **named: Any
) -> AsyncIterator[Row]:
    """The rows of a list, page after page: `every(dossier.clients_list_clients, keten)`."""
    while True:
        page = (await operation(*given, **named)).body
        for row in page.items:
            yield row
        if not isinstance(page.next_, UUID):
            return
        named["cursor"] = page.next_


def _wait(answer: httpx.Response) -> float:
    told: str = answer.headers.get("Retry-After", "")
    return min(float(told), 30.0) if told.isdigit() else _PAUSE
