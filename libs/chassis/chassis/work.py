"""Long work: a job is rows, one chunk per item, done by workers under leases. What is opened here commits with the command.

Who does the work, and when, is `work_list` and `work_crew`; nothing here knows a broker.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, insert, text
from sqlalchemy.dialects.postgresql import insert as insert_once
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import traces
from chassis.staging import Staged, stage
from chassis.tables import chunk, job
from contracts.events import Event
from contracts.ids import new_id

if TYPE_CHECKING:
    from chassis.work_list import WorkList

# What is finished can be asked for so long.
KEPT_DAYS = 30


class GivenUp(Exception):
    """This chunk cannot be done, however often it is tried. `reason` is a code, never anybody's data."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class LeaseLost(Exception):
    """Another worker holds this chunk by now, or it is finished; nothing may be written any more."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """A kind of work. `run` does one chunk; a fault is tried again up to `attempts` times, each within `limit` seconds.

    `failed` writes what a failure means to the service, in the transaction that says so, with the reason's code."""

    kind: str
    run: Callable[["Claim"], Awaitable[None]]
    attempts: int = 8
    limit: float = 600
    failed: Callable[[AsyncSession, "Claim", str], Awaitable[None]] | None = None


@dataclass(kw_only=True)
class Claim:
    """One chunk, held under a lease that is kept while it runs. `attempt` counts from 1."""

    job_id: UUID
    chunk_id: UUID
    account_id: UUID
    opened_by: UUID | None
    kind: str
    item: Mapping[str, str]
    attempt: int
    fence: int
    at: "WorkList"
    traceparent: str | None = None
    is_finished: bool = False
    _staged: list[Staged] = field(default_factory=list)
    _writing: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def is_writing(self) -> bool:
        """Its row is locked: until the end of that transaction nobody else can claim it."""
        return self._writing.locked()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A worker's session, for looking things up before the work."""
        async with self.at.made() as session, session.begin():
            yield session

    @asynccontextmanager
    async def finishing(self) -> AsyncIterator[AsyncSession]:
        """Results and `done` in one transaction. Raises `LeaseLost` when another worker holds this chunk."""
        async with self._writing:
            async with self.at.made() as session, session.begin():
                await self.at.hold(session, self)
                yield session
                await self.at.finish(session, self, self._staged)
            self.is_finished = True

    def stage(self, event: Event, *, version: int) -> None:
        """Say what happened; it reaches the log if, and only if, `finishing` commits."""
        self._staged.append(
            stage(
                event,
                version=version,
                at=self.at.clock(),
                actor=self.opened_by,
                account=self.account_id,
                traceparent=traces.here(),
            )
        )

    async def extend(self) -> None:
        """Hold the chunk for a whole lease from now. Raises `LeaseLost`. Comes before what cannot be taken back."""
        async with self._writing:
            if not self.is_finished:
                await self.at.extend(self)


async def open_job(
    session: AsyncSession,
    *,
    kind: str,
    account_id: UUID,
    opened_by: UUID | None,
    items: Sequence[Mapping[str, str]],
    at: datetime,
    key: UUID | None = None,
    traceparents: Sequence[str | None] | None = None,
    due: datetime | None = None,
) -> UUID:
    """Open a job with one chunk per item in the caller's transaction, to be done from `due` on. Items hold ids only.
    `traceparents` are those of the items, where these come from several traces; else all stem from what is done here.

    Returns the job's id, which is `key` where one is given: the same key again is the same job, and opens nothing."""
    job_id = key or new_id()
    is_empty = not items
    opening = insert_once(job).values(
        id=job_id,
        kind=kind,
        account_id=account_id,
        opened_by=opened_by,
        opened_at=at,
        state="done" if is_empty else "open",
        finished_at=at if is_empty else None,
    )
    # Not `returning`: who opens a job may not be signed in, and reads none.
    opened = cast("CursorResult[Any]", await session.execute(opening.on_conflict_do_nothing()))
    if opened.rowcount and items:
        common = {"job_id": job_id, "kind": kind, "account_id": account_id, **({"due_at": due} if due else {})}
        stems = traceparents or [traces.here()] * len(items)
        rows = [
            {**common, "id": new_id(), "item": dict(item), "traceparent": stem}
            for item, stem in zip(items, stems, strict=True)
        ]
        await session.execute(insert(chunk), rows)
    return job_id


async def forget_old(session: AsyncSession) -> None:
    """Forget jobs that have been finished for `KEPT_DAYS`."""
    await session.execute(
        text("delete from public.job where finished_at < now() - make_interval(days => :days)"), {"days": KEPT_DAYS}
    )
