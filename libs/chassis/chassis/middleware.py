"""Around every request: who asks (before any body is read), how much may be sent, and the headers every answer carries."""

import contextlib
from collections.abc import Collection, Mapping

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis import logs, traces
from chassis.database import is_outage
from chassis.language import language
from chassis.problems import Refusal, TooLarge, TooMany, Unauthenticated, Unavailable, Unexpected
from chassis.tokens import TokenReader
from contracts.ids import new_id

# Text entries are the largest bodies; a route that takes a file says so itself.
BODY_LIMIT = 1024 * 1024

# A limit in bytes for a method and a route's path, as `/users/{user_id}/photo`.
BodyLimits = Mapping[tuple[str, str], int]

# OWASP REST security: nothing here is a page, nothing may be cached or framed.
SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "frame-ancestors 'none'; default-src 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

_logger = structlog.get_logger()


def problem_response(refusal: Refusal, accept_language: str | None) -> JSONResponse:
    """A refusal as problem+json, in the reader's language."""
    tongue = language(accept_language)
    headers: dict[str, str] = {"Content-Language": tongue}
    if isinstance(refusal, Unauthenticated):
        headers["WWW-Authenticate"] = 'Bearer realm="keten"'
    if isinstance(refusal, Unavailable):
        headers["Retry-After"] = "1"
    if isinstance(refusal, TooMany) and "retryAfter" in refusal.members:
        headers["Retry-After"] = str(refusal.members["retryAfter"])
    return JSONResponse(refusal.problem(tongue), refusal.status, headers, media_type="application/problem+json")


class Envelope:
    """Adds the headers that every answer carries, and turns what nobody expected into a 500 without detail; where a server
    that is needed cannot be reached, into a 503."""

    def __init__(self, app: ASGIApp, *, version: str) -> None:
        self._app, self._fixed = app, {**SECURITY_HEADERS, "API-Version": version}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in self._fixed.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except Exception as fault:
            trace = traces.here() or traceparent(Headers(scope=scope)) or str(new_id())
            _logger.error("request_failed", path=route_of(scope), kind=_kind(fault), trace=trace, at=logs.frames(fault))
            if started:
                raise
            refusal = Unavailable() if is_outage(fault) else Unexpected(trace=trace)
            answer = problem_response(refusal, Headers(scope=scope).get("accept-language"))
            await answer(scope, receive, send_with_headers)
        return None


class SignedIn:
    """Nothing but the open paths is reached without a valid access token."""

    def __init__(self, app: ASGIApp, *, reader: TokenReader, open_to_all: Collection[tuple[str, str]]) -> None:
        self._app, self._reader, self._open = app, reader, frozenset(open_to_all)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (scope["method"], _path(scope)) not in self._open:
            headers = Headers(scope=scope)
            try:
                scope["actor"] = await self._reader.actor(headers.get("authorization"))
            except Unauthenticated as refusal:
                return await problem_response(refusal, headers.get("accept-language"))(scope, receive, send)
            except OSError:
                return await problem_response(Unavailable(), headers.get("accept-language"))(scope, receive, send)
        return await self._app(scope, receive, send)


class BodyLimit:
    """Refuses a body by its stated or its real length, before it is held in memory whole. `own` are the routes with a
    limit of their own."""

    def __init__(self, app: ASGIApp, *, limit: int = BODY_LIMIT, own: BodyLimits | None = None) -> None:
        self._app, self._limit = app, limit
        self._own = [(method, compile_path(path)[0], most) for (method, path), most in (own or {}).items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        headers, limit = Headers(scope=scope), self._limit_of(scope)
        stated = headers.get("content-length", "")
        refused = problem_response(TooLarge(limit=limit), headers.get("accept-language"))
        if stated.isdigit() and int(stated) > limit:
            return await refused(scope, receive, send)
        read, over, started = 0, False, False

        async def counted() -> Message:
            nonlocal read, over
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit:
                over = True
                raise _OverLimit
            return message

        async def watched(message: Message) -> None:
            nonlocal started
            if over and not started:
                return
            started = True
            await send(message)

        with contextlib.suppress(_OverLimit):
            await self._app(scope, counted, watched)
        if over and not started:
            await refused(scope, receive, send)
        return None

    def _limit_of(self, scope: Scope) -> int:
        method, path = scope["method"], _path(scope)
        return next((most for of, pattern, most in self._own if of == method and pattern.match(path)), self._limit)


class _OverLimit(Exception):
    """More was sent than allowed."""


def traceparent(headers: Headers) -> str | None:
    """The trace in which a client asks; nothing, when what it says is not one."""
    return traces.accepted(headers.get("traceparent"))


def route_of(scope: Scope) -> str:
    """The template of the route that answers, never the path that was asked for; without one, what it is mounted on."""
    at, route = scope.get("root_path", ""), scope.get("route")
    return f"{at}{getattr(route, 'path', '')}" or "unmatched"


def _path(scope: Scope) -> str:
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")) or "/"


def _kind(fault: BaseException) -> str:
    # What the database's driver said tells more than SQLAlchemy's name for it.
    cause = fault.__cause__ or fault
    return f"{type(fault).__name__}/{type(cause.__cause__ or cause).__name__}"
