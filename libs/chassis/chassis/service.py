"""One service as it runs: its app, its internal routes, its relay, consumer and sealer. Wired in the service's main."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from fastapi import APIRouter, FastAPI, HTTPException
from pydantic import BaseModel
from starlette.types import ASGIApp

from chassis import metrics, positions
from chassis.access_log import GroupCommit, Sealer
from chassis.app import create_app
from chassis.clock import Clock, utc_now
from chassis.consumer import Consumer, Handlers
from chassis.context import Resource
from chassis.database import engine, sessions
from chassis.databases import Databases
from chassis.edge import Runtime
from chassis.house_routes import house_routes
from chassis.housekeeping import Forgetting, Housekeeping
from chassis.issuers import token_reader
from chassis.keyrings import keyring
from chassis.measures import Measures
from chassis.middleware import BodyLimits
from chassis.peers import CONFIRM, Peers
from chassis.relay import Relay
from chassis.rewriting import Rewriting
from chassis.seams import decision_point, event_log
from chassis.settings import Settings
from chassis.watching import Watched, WatchedDecisions
from chassis.work import Work
from chassis.work_list import WorkList
from chassis.work_routes import job_routes
from contracts.access_log import AccessLogLine
from contracts.events import Event, event_types
from contracts.services import private_topic, topic


@dataclass
class Service:
    """`api` stands behind `/<name>/v1`; `mounts` are further paths behind the gateway; `internal` is for peers only; `work`
    is the list of its long work, for a worker's process."""

    name: str
    api: FastAPI
    internal: FastAPI
    runtime: Runtime
    tasks: Sequence[Callable[[], Any]]
    closing: Sequence[Callable[[], Any]]
    open_to_all: frozenset[tuple[str, str]]
    work: WorkList
    mounts: dict[str, ASGIApp] = field(default_factory=dict)

    @asynccontextmanager
    async def running(self, *, hearing: bool = True) -> AsyncIterator[None]:
        """The writer of log lines runs while this is entered; with `hearing` relay, consumer, sealer and the like as well.

        Many machines run these in processes of their own: one that answers, and one that hears."""
        async with self.runtime.log.running():
            running = [asyncio.create_task(task()) for task in self.tasks] if hearing else []
            try:
                yield
            finally:
                for task in running:
                    task.cancel()
                await asyncio.gather(*running, return_exceptions=True)
                for close in self.closing:
                    with contextlib.suppress(Exception):
                        await close()


@dataclass(frozen=True)
class Wiring:
    """What a service's main says of it."""

    name: str
    title: str
    description: str
    routers: Sequence[APIRouter]
    handlers: Handlers
    account: Callable[[UUID], Resource]
    sealed: Callable[..., Event]
    ship: Callable[[UUID, list[AccessLogLine]], Event] | None = None
    open_to_all: Collection[tuple[str, str]] = ()
    body_limits: BodyLimits | None = None
    work: Callable[[Runtime], Sequence[Work]] | None = None
    """The kinds of long work, made once the rest stands."""
    content: Sequence[str] = ()
    """Tables with what people wrote, or who they are, by schema and name: rewritten after an erasure."""
    forget: Forgetting | None = None
    """What is forgotten once an hour besides what every service forgets."""


def assemble(wiring: Wiring, settings: Settings, peers: Peers, *, clock: Clock = utc_now) -> Service:
    """Build a service from its wiring; nothing is connected before `running` is entered or a request comes."""
    name = wiring.name
    databases = Databases.of(settings)
    api_engine = engine(databases.url(name, "api"), size=settings.pool_size)
    worker_engine = engine(databases.url(name, "worker"), size=5)
    worker = sessions(worker_engine)
    metrics.begin(name)
    metrics.watch_pool(name, "api", api_engine.pool)
    metrics.watch_pool(name, "worker", worker_engine.pool)
    log = event_log(settings)
    runtime = Runtime(
        service=name,
        made=sessions(api_engine),
        decisions=WatchedDecisions(decision_point(settings), service=name),
        handlers=wiring.handlers,
        positions=keyring(settings.secrets, "positions"),
        log=GroupCommit(worker),
        position_wait=settings.position_wait,
        staleness=settings.staleness,
        clock=clock,
        peers=peers,
    )
    sealing = keyring(settings.secrets, "sealing")
    topics = [topic(name), private_topic(name)]
    relay = Relay(name, databases.dsn(name, "worker"), log, topics, heartbeat=settings.heartbeat)
    consumer = Consumer(name, worker, log, wiring.handlers)
    sealer = Sealer(
        worker,
        sealing,
        clock=clock,
        sealed=wiring.sealed,
        ship=wiring.ship,
        service=name,
    )
    jobs = [job_routes(wiring.account)] if wiring.work else []
    reader, readers_end = token_reader(settings, peers)
    api = create_app(
        title=wiring.title,
        description=wiring.description,
        runtime=runtime,
        reader=reader,
        routers=[*wiring.routers, house_routes(runtime, wiring.account, sealing), *jobs],
        open_to_all=wiring.open_to_all,
        body_limits=wiring.body_limits,
    )
    return Service(
        name=name,
        api=api,
        internal=_internal(runtime),
        runtime=runtime,
        tasks=[
            relay.run,
            sealer.run,
            Housekeeping(worker, clock=clock, own=wiring.forget).run,
            Measures(name, worker, consumer).run,
            Rewriting(name, databases, wiring.content, log=log if _says_private(name) else None, clock=clock).run,
            *([consumer.run] if wiring.handlers else []),
            *_ringers(wiring, settings, databases),
        ],
        closing=[log.close, runtime.decisions.close, api_engine.dispose, worker_engine.dispose, *readers_end],
        open_to_all=frozenset(wiring.open_to_all),
        work=WorkList(name, worker, wiring.work(runtime) if wiring.work else (), handlers=wiring.handlers, clock=clock),
    )


def _says_private(service: str) -> bool:
    return any(event.private and event.service() == service for event in event_types().values())


def _ringers(wiring: Wiring, settings: Settings, databases: Databases) -> Sequence[Callable[[], Any]]:
    """Where there is long work and a bell for it."""
    if wiring.work is None or settings.queue is None:
        return ()
    from chassis.doorbell import Ringer  # loads Celery

    return (Ringer(wiring.name, databases.dsn(wiring.name, "worker"), settings.queue).run,)


class _Confirmation(BaseModel):
    position: str


def _internal(runtime: Runtime) -> FastAPI:
    """Routes that the gateway does not publish. The position's own signature is what lets a caller in."""
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    app.add_middleware(Watched, service=runtime.service)
    heard = runtime.heard_types()

    @app.post(CONFIRM)
    async def confirm(asked: _Confirmation) -> Mapping[str, bool]:
        """Whether what a position names has been taken in here, waiting a moment for it."""
        try:
            events = positions.read(runtime.positions, asked.position, now=runtime.clock()).only(heard)
        except positions.PositionInvalid:
            raise HTTPException(400) from None
        return {"arrived": await positions.arrived(runtime.made, events, patience=runtime.position_wait)}

    return app
