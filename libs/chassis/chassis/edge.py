"""Where HTTP meets the transaction: commit, then answer. Every route of every service runs through here."""

import hashlib
import json
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import structlog
from fastapi import Depends, Header, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.exc import StaleDataError

from chassis import access_log, idempotency, metrics, positions, traces
from chassis.clock import Clock, utc_now
from chassis.consumer import Handlers, handle_own
from chassis.context import Command, Context, Query
from chassis.database import Sessions, acting_for
from chassis.decisions import DecisionPoint
from chassis.keyrings import Keyring
from chassis.language import language
from chassis.models import Model
from chassis.peers import Peers
from chassis.problems import ChangedMeanwhile, Invalid, NotYetHere, Unauthenticated
from chassis.staging import put

POSITION = "Keten-Position"

# Two people at once: the same thing made twice, overlapping ones, a deadlock, a serialisation that failed.
_RACES = {"23505", "23P01", "40P01", "40001"}

# A longer one would not fit into the index that finds it.
_LONGEST_KEY = 255

_logger = structlog.get_logger()


class Unconfirmed(Model):
    """It holds here. `pending` are the services that have not confirmed it; ask `/positions/_check` with `position`."""

    position: str
    pending: list[str]


# For the routes that may take access away: they say so in the document.
RESTRICTING: dict[int | str, dict[str, Any]] = {
    202: {"model": Unconfirmed, "description": "Done here; not yet confirmed by every service that must know."}
}


class IdempotencyKeyInvalid(Invalid):
    """An Idempotency-Key has 1 to 255 characters; a UUID does well."""

    nl = "Een Idempotency-Key heeft 1 tot 255 tekens; een UUID voldoet."


class IfMatchInvalid(Invalid):
    """If-Match must hold one ETag as this service gave it."""

    nl = "If-Match moet één ETag bevatten zoals deze dienst hem gaf."


@dataclass
class Runtime:
    """What the edge of one service needs, wired in its main module."""

    service: str
    made: Sessions
    decisions: DecisionPoint
    handlers: Handlers
    positions: Keyring
    log: access_log.GroupCommit
    position_wait: float
    staleness: float
    clock: Clock = utc_now
    peers: Peers = field(default_factory=Peers)

    def heard_types(self) -> frozenset[str]:
        return frozenset(kind.type for kind in self.handlers)


class Edge(APIRoute):
    """A route whose answer leaves after its commit, with the position of what it wrote."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def at_the_edge(request: Request) -> Response:
            runtime: Runtime = request.app.state.runtime
            await _wait_for_position(request, runtime)
            async with runtime.made() as session:
                unit = _Unit(request, runtime, session)
                request.state.unit = unit
                try:
                    return await unit.finish(await handle(request))
                except idempotency.Replayed as replayed:
                    return await unit.replay(replayed.answer)
                except (StaleDataError, DBAPIError) as lost:
                    if isinstance(lost, DBAPIError) and getattr(lost.orig, "sqlstate", None) not in _RACES:
                        raise
                    raise ChangedMeanwhile from None
                finally:
                    await session.rollback()
                    await unit.keep_denials()

        return at_the_edge


class _Unit:
    """One request's transaction."""

    def __init__(self, request: Request, runtime: Runtime, session: AsyncSession) -> None:
        self._request, self._runtime, self._session = request, runtime, session
        self.context: Context | None = None
        actor = request.scope.get("actor")
        if actor is not None:
            tell = acting_for(
                str(actor.user_id),
                session_id=actor.session_id,
                staleness=runtime.staleness,
                account_id=str(actor.account_id),
            )
            event.listen(session.sync_session, "after_begin", tell)

    async def command(self) -> Command:
        """The context of a change."""
        made = Command(**await self._given(), traceparent=traces.here())
        self.context = made
        return made

    async def query(self) -> Query:
        made = Query(**await self._given())
        self.context = made
        return made

    async def finish(self, response: Response) -> Response:
        context = self.context
        if isinstance(context, Command):
            return await self._finish_command(context, response)
        if context is not None:
            await self._session.commit()
            await self._runtime.log.record(context.lines)
        else:
            await self._session.commit()
        return response

    async def replay(self, answer: idempotency.Answer) -> Response:
        """The answer once more. What it took away may still be unconfirmed; past a position's life it is dead anyway."""
        await self._session.commit()
        if self.context is not None:
            dossier = _told_of(answer.body)
            if dossier is not None and self.context.lines[-1].subject_id is None:
                self.context.concerning(dossier)
            await self._runtime.log.record(self.context.lines)
        response = Response(answer.body, answer.status, answer.headers)
        is_recent = self._runtime.clock() < answer.at + positions.LIFE
        return await _confirmed(self._runtime, answer.enforcers if is_recent else (), response)

    async def keep_denials(self) -> None:
        if self.context is not None and self.context.denials:
            await self._runtime.log.record(self.context.denials)

    async def _given(self) -> dict[str, Any]:
        request, runtime = self._request, self._runtime
        actor = request.scope.get("actor")
        if actor is None:
            raise Unauthenticated
        return {
            "session": self._session,
            "actor": actor,
            "now": runtime.clock(),
            "language": language(request.headers.get("accept-language")),
            "decisions": runtime.decisions,
            "stored": await self._stored_key(actor),
        }

    async def _stored_key(self, actor: Any) -> idempotency.Key | None:
        request = self._request
        key = request.headers.get("idempotency-key")
        if key is None or not is_told_once(request.method, request.scope["route"].responses):
            return None
        if not 1 <= len(key) <= _LONGEST_KEY:
            raise IdempotencyKeyInvalid
        route = f"{request.method} {request.scope['route'].path}"
        return idempotency.Key.of(
            user_id=actor.user_id, route=route, key=key, path=request.url.path, body=await request.body()
        )

    async def _finish_command(self, context: Command, response: Response) -> Response:
        runtime, enforcers = self._runtime, _enforcers(self._runtime, context)
        with traces.span(runtime.service, "commit", {"keten.events": len(context.staged)}):
            await context.recheck()
            await self._write(context)
            if context.staged:
                response.headers[POSITION] = positions.issue(runtime.positions, context.staged, now=context.now)
            if context.stored is not None:
                await context.stored.store(self._session, _answer(response, enforcers, context.now))
            await self._session.commit()
        return await _confirmed(runtime, enforcers, response)

    async def _write(self, context: Command) -> None:
        session = self._session
        await put(session, context.staged)
        await handle_own(session, self._runtime.handlers, [staged.heard() for staged in context.staged])
        await session.flush()
        await access_log.write(session, context.lines)


def _told_of(body: str) -> UUID | None:
    """The dossier that an answer names; of what was made, the request could not know it."""
    try:
        return UUID(json.loads(body)["dossierId"])
    except (ValueError, TypeError, KeyError):
        return None


def is_told_once(method: str, responses: Mapping[Any, Mapping[str, Any]]) -> bool:
    """Whether the same request with the same key gets the same answer: what makes something, and what takes access away.
    Who lost the answer of that asks again, and is not told that it is done before every service has it (BEY-16)."""
    said = responses.get(202) or responses.get("202") or {}
    return method == "POST" or said.get("description") == RESTRICTING[202]["description"]


def _enforcers(runtime: Runtime, context: Command) -> Sequence[str]:
    """Who must have heard of it before a change that takes access away may be called done."""
    if not context.is_restricting:
        return ()
    return sorted({name for staged in context.staged for name in staged.event.enforced_by} - {runtime.service})


async def _confirmed(runtime: Runtime, enforcers: Sequence[str], response: Response) -> Response:
    if not enforcers:
        return response
    token = response.headers[POSITION]
    with traces.span(runtime.service, "confirm"):
        pending = await runtime.peers.unconfirmed(enforcers, token, patience=runtime.position_wait)
    if not pending:
        return response
    metrics.UNCONFIRMED.labels(runtime.service).inc()
    _logger.warning("restriction_unconfirmed", service=runtime.service, pending=pending)
    return JSONResponse({"position": token, "pending": pending}, 202, headers={POSITION: token})


async def _wait_for_position(request: Request, runtime: Runtime) -> None:
    header = request.headers.get(POSITION)
    if header is None or request.scope.get("actor") is None:
        return
    position = positions.read(runtime.positions, header, now=runtime.clock())
    awaited = position.only(runtime.heard_types())
    if awaited and not await positions.arrived(runtime.made, awaited, patience=runtime.position_wait):
        raise NotYetHere


def _answer(response: Response, enforcers: Sequence[str], at: datetime) -> idempotency.Answer:
    kept = {name: value for name, value in response.headers.items() if name not in {"content-length"}}
    return idempotency.Answer(response.status_code, kept, bytes(response.body).decode(), enforcers, at)


async def _command(request: Request) -> Command:
    unit: _Unit = request.state.unit
    return await unit.command()


async def _query(request: Request) -> Query:
    unit: _Unit = request.state.unit
    return await unit.query()


async def _session(request: Request) -> AsyncSession:
    unit: _Unit = request.state.unit
    return unit._session


def _if_match(
    if_match: Annotated[str | None, Header(description="The ETag of what you are changing.")] = None,
) -> int | None:
    if if_match is None:
        return None
    version, _, _ = if_match.strip().removeprefix("W/").strip('"').partition(".")
    if "," in if_match or not version.isascii() or not version.isdigit() or len(version) > 9:
        raise IfMatchInvalid
    return int(version)


CommandContext = Annotated[Command, Depends(_command)]
QueryContext = Annotated[Query, Depends(_query)]
IfMatch = Annotated[int | None, Depends(_if_match)]


def etag(version: int, *parts: object) -> Mapping[str, str]:
    """The ETag header of a representation: its version, and a digest over what the reader's rights and language change."""
    digest = hashlib.sha256("\0".join(map(repr, parts)).encode()).hexdigest()[:12]
    return {"ETag": f'"{version}.{digest}"'}
