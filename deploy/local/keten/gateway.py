"""Paths to services, as the gateway of many machines knows them. Internal routes are not among them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from importlib import import_module

import httpx
from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.app import VERSION
from chassis.keyrings import keyring
from chassis.middleware import Envelope, problem_response
from chassis.peers import Peers, Signed
from chassis.problems import NotFound
from chassis.service import Service
from chassis.settings import Settings
from chassis.watching import Watched
from contracts.services import SERVICES
from keten.published import published


def assemble_services(settings: Settings) -> list[Service]:
    """Every service in this process, each a peer of the others without a network between them."""
    peers, signed = Peers(), Signed(keyring(settings.secrets, "peers"))
    services: list[Service] = [import_module(f"{name}.main").create(settings, peers) for name in SERVICES]
    for service in services:
        transport = httpx.ASGITransport(app=service.internal)
        peers.clients[service.name] = httpx.AsyncClient(
            transport=transport, base_url=f"http://{service.name}", auth=signed
        )
    return services


class Gateway:
    """Sends a request to the app of the longest path that it begins with."""

    def __init__(self, services: Sequence[Service], *, hearing: bool = True) -> None:
        """With `hearing` the services' relays, consumers and the like run here as well."""
        self._services, self._hearing = services, hearing
        routes: dict[str, ASGIApp] = {f"/{service.name}/v1": service.api for service in services}
        for service in services:
            routes |= {path: Watched(app, service=service.name) for path, app in service.mounts.items()}
        self._routes = sorted(routes.items(), key=lambda route: -len(route[0]))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await _lifespan(self._running, receive, send)
        path: str = scope["path"]
        for prefix, app in self._routes:
            if path == prefix or path.startswith(prefix + "/"):
                return await app({**scope, "root_path": prefix}, receive, send)
        return await Envelope(await self._own(scope, path), version=VERSION)(scope, receive, send)

    async def _own(self, scope: Scope, path: str) -> Response:
        answer = published(path) or await health(path, self._readiness)
        return answer or problem_response(NotFound(), Headers(scope=scope).get("accept-language"))

    async def _readiness(self) -> list[tuple[str, bool]]:
        async def ready(service: Service) -> tuple[str, bool]:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app=service.api), base_url="http://own") as own:
                return service.name, (await own.get("/readyz")).status_code == httpx.codes.OK

        return await asyncio.gather(*(ready(service) for service in self._services))

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for service in self._services:
                await stack.enter_async_context(service.running(hearing=self._hearing))
            yield


async def health(path: str, readiness: Callable[[], Awaitable[list[tuple[str, bool]]]]) -> Response | None:
    """The answer on `/livez` and `/readyz` of the whole platform; None for every other path."""
    if path == "/livez":
        return JSONResponse({"status": "alive"})
    if path != "/readyz":
        return None
    unready = [name for name, ready in await readiness() if not ready]
    return JSONResponse({"status": "not-ready" if unready else "ready", "waitingFor": unready}, 503 if unready else 200)


async def _lifespan(running: Callable[[], AbstractAsyncContextManager[None]], receive: Receive, send: Send) -> None:
    await receive()
    try:
        async with running():
            await send({"type": "lifespan.startup.complete"})
            await receive()
    except Exception as fault:
        await send({"type": "lifespan.startup.failed", "message": f"{type(fault).__name__}: {fault}"})
        raise
    await send({"type": "lifespan.shutdown.complete"})
