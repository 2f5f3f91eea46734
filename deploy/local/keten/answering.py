"""A process that answers over HTTP: how it listens, whom it believes about a caller's address, and how it leaves."""

import asyncio
import contextlib
import socket
import time
from collections.abc import Mapping, Sequence
from types import FrameType
from typing import Any

import uvicorn
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.memory import settle

# Longer than the gateway and the peers keep an idle connection (2 and 5 s): whoever may send on it is the one to close it.
_KEEP_ALIVE = 75

# Who has come in when the process leaves gets so long to ask, and what was asked so long to end (seconds).
_LAST_IN, _LAST_WORDS = 1.0, 5

# How long the gateway's addresses are believed, and how soon an unknown caller has them looked up again (seconds).
_KNOWN, _UNKNOWN = 30.0, 1.0


class Ports:
    """One server on several ports, each with an app of its own; the first also gets what comes on no port we know."""

    def __init__(self, apps: Mapping[int, ASGIApp]) -> None:
        self._apps, self._first = apps, next(iter(apps.values()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # The port of the socket that took the connection; what the caller says (`Host`) is not asked.
        port: int = (scope.get("server") or ("", 0))[1] or 0
        await self._apps.get(port, self._first)(scope, receive, send)


class BehindGateway:
    """Takes the caller's address and scheme from the gateway's word, and from nobody else's. `proxies` stand before it."""

    def __init__(self, app: ASGIApp, host: str, *, proxies: int = 0) -> None:
        self._app, self._host, self._proxies = app, host, proxies
        self._addresses: frozenset[str] = frozenset()
        self._looked = float("-inf")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            caller = (scope.get("client") or ("", 0))[0]
            if time.monotonic() - self._looked > (_KNOWN if caller in self._addresses else _UNKNOWN):
                await self._look()
            if caller in self._addresses:
                scope = {**scope, **self._said(Headers(scope=scope))}
        await self._app(scope, receive, send)

    def _said(self, headers: Headers) -> dict[str, Any]:
        # Each adds at the end whom it heard; what stands before that anybody may have written.
        chain = [address.strip() for address in ",".join(headers.getlist("x-forwarded-for")).split(",")]
        told: dict[str, Any] = (
            {"client": (chain[-1 - self._proxies], 0)} if len(chain) > self._proxies and chain[-1] else {}
        )
        scheme = headers.get("x-forwarded-proto")
        return told | ({"scheme": scheme} if scheme in ("http", "https") else {})

    async def _look(self) -> None:
        self._looked, found = time.monotonic(), []
        with contextlib.suppress(OSError):
            found = await asyncio.get_running_loop().getaddrinfo(self._host, None, type=socket.SOCK_STREAM)
        self._addresses = frozenset(str(address[0]) for *_, address in found)


class Server(uvicorn.Server):
    """Goes on answering for `notice` seconds after it was told to stop, and says on every answer that it closes the
    connection: by then everybody who kept one asks another process. Who came in before is answered: no request falls
    between."""

    def __init__(self, config: uvicorn.Config, *, notice: float) -> None:
        super().__init__(config)
        self._notice, self._leaving_since = notice, float("inf")

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self._leaving_since == float("inf"):
            self._leaving_since = time.monotonic()
            self.config.encoded_headers = [*self.config.encoded_headers, (b"connection", b"close")]
            self.server_state.default_headers = [*self.server_state.default_headers, (b"connection", b"close")]

    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or time.monotonic() - self._leaving_since >= self._notice

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # A connection that was just opened looks as idle as one that is kept; its request may be on the way.
        if self._notice:
            for listening in (*self.servers, *(sockets or ())):
                listening.close()
            await asyncio.sleep(_LAST_IN)
        await super().shutdown(sockets)


def serve(app: ASGIApp, listening: Sequence[tuple[str, int]], *, notice: float = 0) -> None:
    """Answer on these addresses until SIGTERM or SIGINT; returns when everything under way has ended."""
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=_LAST_WORDS,
    )
    server = Server(config, notice=notice)
    settle()
    server.run(sockets=[_listen(host, port) for host, port in listening])


def _listen(host: str, port: int) -> socket.socket:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((host, port))
    return listening
