"""What the gateway of many machines says by itself: the documents, nobody has this path, a service
is away, how the whole is doing."""

import asyncio

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.app import VERSION
from chassis.middleware import Envelope, problem_response
from chassis.peers import Peers
from chassis.problems import NotFound, Unavailable
from chassis.service import Service
from keten.gateway import health
from keten.published import published

# Where the gateway fetches what it answers in place of a service that does not.
AWAY = "/problems/service-away"


class ServiceAway(Unavailable):
    """This part of Keten does not answer right now. Try again in a moment."""

    nl = "Dit onderdeel van Keten antwoordt nu niet. Probeer het zo dadelijk opnieuw."


def front(peers: Peers) -> ASGIApp:
    """An app without a service: the documents, problems in the reader's language, and the health of all."""

    async def away(request: Request) -> Response:
        return problem_response(ServiceAway(), request.headers.get("accept-language"))

    async def nobody(request: Request) -> Response:
        path = request.url.path
        answer = published(path) or await health(path, lambda: _readiness(peers))
        return answer or problem_response(NotFound(), request.headers.get("accept-language"))

    routes = [Route(AWAY, away, methods=_ANY), Route("/{path:path}", nobody, methods=_ANY)]
    return Envelope(Starlette(routes=routes), version=VERSION)


def internal(service: Service) -> ASGIApp:
    """A service's internal routes, with its health for whoever asks about the whole."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        is_health = scope["type"] == "http" and scope["path"] in ("/livez", "/readyz")
        await (service.api if is_health else service.internal)(scope, receive, send)

    return app


_ANY = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


async def _readiness(peers: Peers) -> list[tuple[str, bool]]:
    async def ready(service: str) -> tuple[str, bool]:
        try:
            return service, (await peers.ask(service, "/readyz")).is_success
        except ConnectionError:
            return service, False

    return await asyncio.gather(*(ready(service) for service in peers.clients))
