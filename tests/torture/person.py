"""A person who works with the platform while it is hurt: he asks until he is answered, with the same Idempotency-Key, and
signs in anew when his session is over."""

import asyncio
import contextlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from keten.sign_in import CLIENT, SignInRefused, Tokens, refresh, sign_in
from tests.e2e.people import PASSWORD
from tests.torture.story import MADE, Line, Request
from tests.torture.tally import Tally

POSITION: Final = "Keten-Position"

# With every answer: when it was asked, by this machine's own clock (seconds).
ASKED_AT: Final = "keten_asked_at"

# With an answer that stands for the one that was lost.
DONE_BEFORE: Final = "keten_done_before"

# Between two times of asking; the platform is away for seconds at the most (seconds).
PAUSE: Final = 0.25

# Longer than any pause that chaos makes: what is only slow is waited for (seconds).
TIMEOUT: Final = 20.0

# Answers that say nothing of what became of it.
_NOT_ANSWERED: Final = (500, 502, 503, 504)

# Of two who did the same at once the second is told this; of one who had to ask again, it is himself.
_RACES: Final = ("changed-meanwhile",)

# A gateway that has just started knows no path yet. What the platform itself refuses has a problem's type.
_GATEWAY_STARTS: Final = "status-404"


class NeverAnswered(Exception):
    """It was asked again and again until patience ended."""


@dataclass
class Person:
    """Who acts. `patience` is how long he asks for an answer (seconds)."""

    url: str
    email: str
    user_id: str
    tally: Tally
    patience: float
    tokens: Tokens | None = None
    http: httpx.AsyncClient = field(init=False)
    _renewing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.http = httpx.AsyncClient(base_url=self.url, headers={"Accept-Language": "en"}, timeout=TIMEOUT)

    async def sign_in(self) -> None:
        """Until it succeeds. Raises NeverAnswered."""
        end = asyncio.get_running_loop().time() + self.patience
        while True:
            # What is in the way of the hosted page is no answer either.
            with contextlib.suppress(httpx.HTTPError, SignInRefused, KeyError, IndexError, ValueError):
                self.tokens = await sign_in(self.url, self.email, PASSWORD)
                return
            if asyncio.get_running_loop().time() > end:
                raise NeverAnswered(f"{self.email} could not sign in")
            await asyncio.sleep(1.0)

    async def renew(self) -> None:
        """New tokens for the old, as a program does; where the answer was lost the old are spent, and he signs in."""
        assert self.tokens is not None
        with contextlib.suppress(httpx.HTTPError, SignInRefused, KeyError, ValueError):
            async with httpx.AsyncClient(base_url=self.url, timeout=TIMEOUT) as browser:
                self.tokens = await refresh(browser, CLIENT, refresh_token=str(self.tokens.refresh_token))
                return
        await self.sign_in()

    async def ask(self, request: Request, key: str, positions: Sequence[str]) -> httpx.Response:
        """The answer, and its lines into the tally. Raises NeverAnswered."""
        end, attempt = asyncio.get_running_loop().time() + self.patience, 0
        while (answer := await self._ask_once(request, key, positions)) is None:
            attempt += 1
            self.tally.asked_again += 1
            if asyncio.get_running_loop().time() > end:
                raise NeverAnswered(f"{request.method} {request.path} was not answered in {self.patience:.0f} s")
            await asyncio.sleep(PAUSE)
        was_done_before = attempt > 0 and request.expected is None and _problem(answer) in request.done_before
        self._remember(request, answer, attempt, is_done=was_done_before)
        return _as_done(answer) if was_done_before else answer

    async def try_dead_token(self, request: Request) -> httpx.Response | None:
        """Once, with the token he has; None when nothing was answered."""
        with contextlib.suppress(httpx.TransportError):
            answer = await self._send(request, "dead", ())
            return None if answer.status_code in _NOT_ANSWERED else answer
        return None

    async def confirmed(self, service: str, position: str) -> None:
        """Wait until every service has what a position names. Raises NeverAnswered, also when the position is too old."""
        check = Request("POST", f"/{service}/v1/positions/_check", {"position": position})
        end = asyncio.get_running_loop().time() + self.patience
        while (answer := await self.ask(check, "check", ())).is_error or answer.json()["pending"]:
            if answer.is_error or asyncio.get_running_loop().time() > end:
                raise NeverAnswered(f"what {service} answered has never come everywhere: {answer.text[:200]}")
            await asyncio.sleep(PAUSE)

    async def close(self) -> None:
        await self.http.aclose()

    async def _ask_once(self, request: Request, key: str, positions: Sequence[str]) -> httpx.Response | None:
        """None when nobody knows what became of it."""
        try:
            answer = await self._send(request, key, positions)
        except httpx.TransportError as fault:
            self.tally.faults[type(fault).__name__] += 1
            return None
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            await self._renewed(answer)
            return None
        if answer.status_code in _NOT_ANSWERED or _problem(answer) in (*_RACES, _GATEWAY_STARTS):
            self.tally.faults[f"{answer.status_code} {_problem(answer)}"] += 1
            return None
        return answer

    async def _send(self, request: Request, key: str, positions: Sequence[str]) -> httpx.Response:
        assert self.tokens is not None
        headers = {"Authorization": f"Bearer {self.tokens.access_token}", "Idempotency-Key": key}
        headers |= {POSITION: ",".join(positions)} if positions else {}
        headers |= {} if request.version is None else {"If-Match": f'"{request.version}.torture"'}
        sent: dict[str, Any] = {} if request.body is None else {"json": request.body}
        sent = {"content": request.body} if isinstance(request.body, bytes) else sent
        asked_at = time.monotonic()
        answer = await self.http.request(request.method, request.path, headers=headers, **sent)
        answer.extensions[ASKED_AT] = asked_at
        return answer

    async def _renewed(self, answer: httpx.Response) -> None:
        used = answer.request.headers["Authorization"]
        async with self._renewing:
            # Whoever came first has renewed it for all.
            if self.tokens is not None and used == f"Bearer {self.tokens.access_token}":
                await self.renew()

    def _remember(self, request: Request, answer: httpx.Response, attempt: int, *, is_done: bool) -> None:
        """Each time of asking may have left its lines; once they must be there."""
        lines = tuple(_about_what_was_made(line, answer) for line in request.lines)
        is_as_expected = is_done or _problem(answer) == request.expected
        for _ in range(attempt):
            self.tally.may_have(request.service, self.user_id, (*lines, *request.again))
        if is_as_expected:
            self.tally.answered(request.service, self.user_id, lines)
        if not answer.is_success and not is_done:
            self.tally.refused += 1
        elif request.is_write:
            self.tally.commands += 1
        else:
            self.tally.reads += 1


def _about_what_was_made(line: Line, answer: httpx.Response) -> Line:
    return Line(line.action, answer.json()["dossierId"], line.outcome) if line.subject == MADE else line


def _as_done(refusal: httpx.Response) -> httpx.Response:
    """Asked again, what was done the first time is told as a refusal."""
    extensions = {**refusal.extensions, DONE_BEFORE: True}
    return httpx.Response(httpx.codes.NO_CONTENT, request=refusal.request, extensions=extensions)


def problem(answer: httpx.Response) -> str | None:
    """The type of the problem that it is; None for success."""
    return _problem(answer)


def _problem(answer: httpx.Response) -> str | None:
    if answer.is_success:
        return None
    try:
        return str(answer.json()["type"]).rpartition("/")[2]
    except (json.JSONDecodeError, KeyError, TypeError):
        return f"status-{answer.status_code}"
