"""What is watched of every request and decision: a span in its trace and its time."""

import time
from collections.abc import Mapping
from typing import Final

from opentelemetry.trace import SpanKind
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis import metrics, traces
from chassis.decisions import DecisionPoint
from chassis.middleware import route_of, traceparent

# Asked every few seconds, and by nobody who clicked.
_QUIET: Final = ("/livez", "/readyz")

# Whatever else a client writes there is one and the same.
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Watched:
    """Around everything that answers for a service: goes on with the trace that the request names, or begins one."""

    def __init__(self, app: ASGIApp, *, service: str) -> None:
        self._app, self._service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].endswith(_QUIET):
            return await self._app(scope, receive, send)
        began, status = time.perf_counter(), 500
        method = scope["method"] if scope["method"] in METHODS else "other"

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        parent = traceparent(Headers(scope=scope))
        with traces.span(self._service, method, parent=parent, kind=SpanKind.SERVER) as span:
            try:
                await self._app(scope, receive, noted)
            finally:
                route = route_of(scope)
                metrics.REQUEST.labels(self._service, route, method, status).observe(time.perf_counter() - began)
                span.update_name(f"{method} {route}")
                traces.note(
                    span,
                    {"http.request.method": method, "http.route": route, "http.response.status_code": status},
                )
        return None


class WatchedDecisions:
    """A decision point whose every answer is timed."""

    def __init__(self, point: DecisionPoint, *, service: str) -> None:
        self._point, self._service = point, service

    async def decide(self, package: str, facts: Mapping[str, object]) -> Mapping[str, object]:
        began, outcome = time.perf_counter(), "unavailable"
        said = {"keten.package": package, "keten.action": str(facts.get("action"))}
        with traces.span(self._service, f"decide {package}", said, kind=SpanKind.CLIENT) as span:
            try:
                answer = await self._point.decide(package, facts)
                outcome = "allowed" if answer["allow"] is True else "denied"
            finally:
                metrics.DECISION.labels(self._service, package, outcome).observe(time.perf_counter() - began)
                traces.note(span, {"keten.outcome": outcome})
        return answer

    async def close(self) -> None:
        await self._point.close()
