"""One service's list of work: chunks are claimed tenant by tenant in turn, under leases by the database's clock.

A claim raises the chunk's fence; whatever is written about it later asks for that fence. So of two workers that both believe
to hold a chunk, one can write.
"""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import metrics, traces
from chassis.clock import Clock, utc_now
from chassis.consumer import Handlers, handle_own
from chassis.database import Sessions
from chassis.staging import Staged, put
from chassis.work import Claim, GivenUp, LeaseLost, Work

# Longer than a pause that a healthy process may have, short enough that nobody waits long for a dead one (seconds).
LEASE = 60.0

# After a fault; doubles with every attempt (seconds).
SHORTEST_PAUSE, LONGEST_PAUSE = 1, 600

# Before every tenant.
_FIRST = UUID(int=0)

# A chunk that was told to stop has so long to do it (seconds).
_GRACE = 5.0

_logger = structlog.get_logger()


class WorkList:
    """The chunks of one service. `lease` in seconds."""

    def __init__(
        self,
        service: str,
        made: Sessions,
        works: Sequence[Work] = (),
        *,
        handlers: Handlers | None = None,
        clock: Clock = utc_now,
        lease: float = LEASE,
    ) -> None:
        self.service, self.made, self.clock, self.lease = service, made, clock, lease
        self._handlers = handlers or {}
        self._served = _FIRST
        self.works = {work.kind: work for work in works}

    async def claim(self) -> Claim | None:
        """The next chunk, of the tenant after the one that was served last; None when nothing can be claimed now."""
        if not self.works:
            return None
        asked = {"kinds": list(self.works), "lease": self.lease}
        async with self.made() as session, session.begin():
            await session.execute(_BY_INDEX)
            for after in (self._served, _FIRST):
                found = (await session.execute(_CLAIM, {**asked, "after": after})).one_or_none()
                if found is not None:
                    self._served = found.account_id
                    return Claim(**found._mapping, at=self)
        return None

    async def work(self, claim: Claim) -> None:
        """Do one chunk and say how it ended. Whatever happens to the worker, the lease runs out and another takes over."""
        began, outcome = time.perf_counter(), "interrupted"
        said: traces.Said = {"keten.work": claim.kind, "keten.attempt": claim.attempt}
        with traces.span(self.service, f"work {claim.kind}", said, parent=claim.traceparent) as span:
            try:
                outcome = await self._run(claim, self.works[claim.kind])
            except LeaseLost:
                _logger.warning("lease_lost", **_told(claim))
            except asyncio.CancelledError:
                with contextlib.suppress(Exception):
                    await self._say(claim, _GIVE_BACK)
                raise
            except Exception as fault:
                # The list cannot be reached: the lease runs out, and the chunk is claimed anew.
                _logger.warning("chunk_interrupted", reason=type(fault).__name__, **_told(claim))
            finally:
                metrics.CHUNK.labels(self.service, claim.kind, outcome).observe(time.perf_counter() - began)
                traces.note(span, {"keten.outcome": outcome})

    async def hold(self, session: AsyncSession, claim: Claim) -> None:
        """Keep the chunk for this transaction. Raises `LeaseLost`."""
        if (await session.execute(_HOLD, _key(claim))).one_or_none() is None:
            raise LeaseLost

    async def finish(self, session: AsyncSession, claim: Claim, staged: Sequence[Staged]) -> None:
        """Within the transaction of the results: state the facts, and that the chunk is done."""
        await put(session, staged)
        await handle_own(session, self._handlers, [one.heard() for one in staged])
        await session.flush()
        await _end(session, claim, state="done", reason=None)

    async def extend(self, claim: Claim) -> None:
        await self._say(claim, _EXTEND, lease=self.lease)

    async def _run(self, claim: Claim, work: Work) -> str:
        """Returns how it ended."""
        if claim.attempt > work.attempts:
            # Claimed as often as allowed and never ended: whoever had it did not live to tell why.
            return await self._fail(claim, work, "WorkerLost")
        try:
            await self._held(claim, work)
            if not claim.is_finished:
                async with claim.finishing():
                    pass
        except LeaseLost:
            raise
        except GivenUp as refused:
            return await self._fail(claim, work, refused.reason)
        except Exception as fault:
            return await self._put_off(claim, work, fault)
        return "done"

    async def _held(self, claim: Claim, work: Work) -> None:
        """Run the work while its lease is kept. Raises what it raises, `LeaseLost`, or TimeoutError past its limit."""
        running = asyncio.ensure_future(work.run(claim))
        keeping = asyncio.create_task(self._keep(claim))
        try:
            await asyncio.wait({running, keeping}, timeout=work.limit, return_when=asyncio.FIRST_COMPLETED)
            if running.done() and not running.cancelled():
                return running.result()
            if keeping.done():
                raise LeaseLost
            raise TimeoutError
        finally:
            for task in (running, keeping):
                task.cancel()
            await asyncio.gather(*await _ended(running, keeping), return_exceptions=True)

    async def _keep(self, claim: Claim) -> None:
        """Extend the lease while the chunk runs; ends when it is lost, or cannot be known to be held."""
        loop = asyncio.get_running_loop()
        held = loop.time()
        while loop.time() - held < self.lease:
            await asyncio.sleep(self.lease / 3)
            asked = loop.time()
            try:
                if not claim.is_writing:
                    async with asyncio.timeout(self.lease / 3):
                        await claim.extend()
                held = asked
            except LeaseLost:
                return
            except Exception as fault:
                _logger.warning("lease_not_extended", reason=type(fault).__name__, **_told(claim))

    async def _put_off(self, claim: Claim, work: Work, fault: Exception) -> str:
        reason = type(fault).__name__
        if claim.is_finished:
            _logger.warning("fault_after_chunk", reason=reason, **_told(claim))
            return "done"
        if claim.attempt >= work.attempts:
            return await self._fail(claim, work, reason)
        pause = min(SHORTEST_PAUSE * 2 ** (claim.attempt - 1), LONGEST_PAUSE)
        _logger.warning("chunk_put_off", reason=reason, seconds=pause, **_told(claim))
        await self._say(claim, _PUT_OFF, pause=pause, reason=reason)
        return "put-off"

    async def _fail(self, claim: Claim, work: Work, reason: str) -> str:
        _logger.warning("chunk_failed", reason=reason, **_told(claim))
        async with self.made() as session, session.begin():
            await self.hold(session, claim)
            if work.failed is not None:
                await work.failed(session, claim, reason)
            await session.flush()
            await _end(session, claim, state="failed", reason=reason)
        return "failed"

    async def _say(self, claim: Claim, statement: TextClause, **said: Any) -> None:
        async with self.made() as session, session.begin():
            if (await session.execute(statement, {**_key(claim), **said})).one_or_none() is None:
                raise LeaseLost


async def _ended(*tasks: "asyncio.Future[None]") -> "set[asyncio.Future[None]]":
    """Those that end in time; one that does not let itself be stopped keeps nobody from going on."""
    ended, _ = await asyncio.wait(tasks, timeout=_GRACE)
    return ended


async def _end(session: AsyncSession, claim: Claim, *, state: str, reason: str | None) -> None:
    await session.execute(_END, {**_key(claim), "state": state, "reason": reason})
    # Two last chunks at once would each see the other one open; so they end one after another.
    await session.execute(_HOLD_JOB, {"job": claim.job_id})
    await session.execute(_END_JOB, {"job": claim.job_id})


def _key(claim: Claim) -> dict[str, Any]:
    return {"chunk": claim.chunk_id, "fence": claim.fence}


def _told(claim: Claim) -> dict[str, Any]:
    return {
        "service": claim.at.service,
        "kind": claim.kind,
        "chunk": str(claim.chunk_id),
        "attempt": claim.attempt,
    }


_CLAIMABLE = "c.state in ('waiting', 'claimed') and c.kind = any(:kinds) and coalesce(c.lease_until, c.due_at) <= now()"
_OURS = "id = :chunk and fence = :fence and state = 'claimed'"


def _sql(statement: str) -> TextClause:
    return text(statement.format(claimable=_CLAIMABLE, ours=_OURS))


# In the order of the index, so that a claim costs the same however many tenants and chunks there are. Of a list that was
# filled just now the planner knows nothing, and would sort all of it for each claim.
_BY_INDEX = text("select set_config('enable_sort', 'off', true), set_config('enable_bitmapscan', 'off', true)")

_CLAIM = _sql("""
update public.chunk set state = 'claimed', fence = fence + 1, attempts = attempts + 1, claimed_at = clock_timestamp(),
    lease_until = clock_timestamp() + make_interval(secs => :lease)
where id = (
    select c.id from public.chunk c where c.account_id > :after and {claimable}
    order by c.account_id, coalesce(c.lease_until, c.due_at), c.id limit 1 for update skip locked)
returning id as chunk_id, job_id, kind, account_id, item, fence, attempts as attempt, traceparent,
    (select j.opened_by from public.job j where j.id = job_id) as opened_by""")

_HOLD = _sql("select id from public.chunk where {ours} for update")

_EXTEND = _sql("""
update public.chunk set lease_until = clock_timestamp() + make_interval(secs => :lease) where {ours} returning id""")

_PUT_OFF = _sql("""
update public.chunk set state = 'waiting', lease_until = null, reason = :reason,
    due_at = clock_timestamp() + make_interval(secs => :pause) where {ours} returning id""")

# Stopping a worker is not the chunk's fault.
_GIVE_BACK = _sql("""
update public.chunk set state = 'waiting', lease_until = null, attempts = attempts - 1 where {ours} returning id""")

_END = _sql("update public.chunk set state = :state, reason = :reason, lease_until = null where {ours}")

_HOLD_JOB = text("select id from public.job where id = :job for update")

_END_JOB = text("""
update public.job set finished_at = clock_timestamp(), state = case
    when exists (select from public.chunk where job_id = :job and state = 'failed') then 'failed' else 'done' end
where id = :job and state = 'open'
    and not exists (select from public.chunk where job_id = :job and state in ('waiting', 'claimed'))""")
