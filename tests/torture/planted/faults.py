"""Faults, each of a kind that the torture must find. Which of them is at work is said by the file that TORTURE_FAULT names,
so that it can change while everything runs."""

import functools
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Final

LOST_EVENT: Final = "lost event"
DOUBLED_EFFECT: Final = "doubled effect"
REVIVED_GRANT: Final = "revived grant"
UNLOGGED_READ: Final = "unlogged read"
FORGOTTEN_SCOPE: Final = "forgotten scope"
UNDONE_WRITE: Final = "answered before the commit"


def is_at_work(fault: str) -> bool:
    return Path(os.environ["TORTURE_FAULT"]).read_text().strip() == fault


def _lose_events(relay: ModuleType) -> None:
    """The relay takes some facts out of the outbox that it never published."""
    publish = relay.publish_batch

    class Losing:
        def __init__(self, publisher: Any) -> None:
            self._publisher = publisher

        async def publish(self, records: Any) -> None:
            kept = [r for r in records if not (is_at_work(LOST_EVENT) and r.type.endswith("report-edited.v1"))]
            if kept:
                await self._publisher.publish(kept)

    async def publish_batch(connection: Any, publisher: Any, service: str) -> int:
        return int(await publish(connection, Losing(publisher), service))

    relay.publish_batch = publish_batch  # type: ignore[attr-defined]


def _mail_twice(consumers: ModuleType) -> None:
    """A redelivered fact is not recognised: what was shared is mailed again."""
    mails = consumers._of_grant

    async def tell_recipients(session: Any, heard: Any) -> None:
        await consumers.remember_grants(session, heard)
        await consumers._make_mails(session, heard, mails)
        if is_at_work(DOUBLED_EFFECT):
            from contracts.ids import new_id

            await consumers._make_mails(session, heard, lambda one: mails(one) | {"id": new_id()})

    consumers.HANDLERS = {**consumers.HANDLERS, consumers.GrantGiven: tell_recipients}  # type: ignore[attr-defined]


def _revive_grants(handlers: ModuleType) -> None:
    """What was withdrawn is taken for given: the row is written as if it still lived."""
    upsert = handlers.upsert_newer

    async def upsert_newer(session: Any, table: Any, rows: Any, *, by: str = "version") -> None:
        if table.name == "grant_access" and is_at_work(REVIVED_GRANT):
            rows = [{**row, "status": "live"} for row in rows]
        await upsert(session, table, rows, by=by)

    handlers.upsert_newer = upsert_newer  # type: ignore[attr-defined]


def _log_no_reads(access_log: ModuleType) -> None:
    """Who reads reports leaves no line."""
    record = access_log.GroupCommit.record

    @functools.wraps(record)
    async def recorded(self: Any, lines: Any) -> None:
        kept = [line for line in lines if not (line.action == "report.read" and is_at_work(UNLOGGED_READ))]
        await record(self, kept)

    access_log.GroupCommit.record = recorded


def _forget_scope(scope: ModuleType) -> None:
    """A list asks for everything that is there, whoever reads it."""
    within = scope.within

    def everything(asked: Any) -> Any:
        if is_at_work(FORGOTTEN_SCOPE):
            return scope.dossier_access.c.status.in_(("open", "archived"))
        return within(asked)

    scope.within = everything  # type: ignore[attr-defined]


def _answer_too_soon(edge: ModuleType) -> None:
    """Some writes are answered, and their transaction is given up."""
    stored = edge.put
    counted = [0]

    async def put(session: Any, staged: Any) -> None:
        await stored(session, staged)
        if is_at_work(UNDONE_WRITE) and any(one.event.type.endswith("task-changed.v1") for one in staged):
            counted[0] += 1
            if counted[0] % 3 == 0:
                session.commit = session.rollback

    edge.put = put  # type: ignore[attr-defined]


PLANTS: Final[Mapping[str, Callable[[ModuleType], None]]] = {
    "chassis.relay": _lose_events,
    "documents.consumers": _mail_twice,
    "access.handlers": _revive_grants,
    "chassis.access_log": _log_no_reads,
    "access.scope": _forget_scope,
    "chassis.edge": _answer_too_soon,
}

FAULTS: Final = (LOST_EVENT, DOUBLED_EFFECT, REVIVED_GRANT, UNLOGGED_READ, FORGOTTEN_SCOPE, UNDONE_WRITE)
