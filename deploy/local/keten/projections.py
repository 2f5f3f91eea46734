"""`keten rebuild` and `keten replay`: a service's projections, built anew or mended while the platform runs."""

import argparse
import asyncio
import os
from collections.abc import Sequence
from importlib import import_module
from uuid import UUID

from chassis.consumer import Handlers, replay
from chassis.database import engine, on_schema, sessions
from chassis.databases import Databases
from chassis.log import EventLog
from chassis.log_postgres import PostgresLog
from chassis.rebuild import rebuild
from chassis.seams import event_log
from chassis.settings import load_settings
from contracts.services import SERVICES
from keten import running
from keten.place import Refusal, this_place


def main_rebuild(arguments: Sequence[str]) -> int:
    """Build the projections anew from the whole log, and swap them in."""
    parser = argparse.ArgumentParser(prog="keten rebuild", description=main_rebuild.__doc__)
    parser.add_argument("service", choices=SERVICES)
    service: str = parser.parse_args(arguments).service
    events = asyncio.run(_rebuild(service))
    print(f"The projections of {service} were built anew from {events} events.")
    return 0


def main_replay(arguments: Sequence[str]) -> int:
    """Handle the parked events of a key again, in their order; all or none."""
    parser = argparse.ArgumentParser(prog="keten replay", description=main_replay.__doc__)
    parser.add_argument("service", choices=SERVICES)
    parser.add_argument("key", type=UUID)
    given = parser.parse_args(arguments)
    events = asyncio.run(_replay(given.service, given.key))
    print(f"{events} parked events of this key were handled." if events else "Nothing is parked for this key.")
    return 0


def _reach() -> tuple[Databases, EventLog]:
    """What this process was told of, where services are processes of their own; else what runs on this machine."""
    if "KETEN_POSTGRES" in os.environ:
        settings = load_settings()
        return Databases.of(settings), event_log(settings)
    place = this_place()
    told = running.state(place)
    if not told:
        raise Refusal("Keten is not running. Start it first: make up")
    databases = Databases(told["postgres"], place.secrets)
    return databases, PostgresLog(databases.dsn("log", "service"))


def _handlers(service: str) -> Handlers:
    handlers: Handlers = import_module(f"{service}.main").WIRING.handlers
    return handlers


async def _rebuild(service: str) -> int:
    databases, log = _reach()
    worker = engine(databases.url(service, "worker"), size=2)
    try:
        return await rebuild(databases, service, sessions(worker), log, _handlers(service))
    finally:
        await log.close()
        await worker.dispose()


async def _replay(service: str, key: UUID) -> int:
    databases, _ = _reach()
    worker = engine(databases.url(service, "worker"), size=1)
    try:
        async with on_schema(sessions(worker), "projection") as session:
            return await replay(session, _handlers(service), key)
    finally:
        await worker.dispose()
