"""Forgetting what nobody can ask for any more, once an hour."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import access_log_months, idempotency, work
from chassis.clock import Clock, utc_now
from chassis.consumer import forget_old
from chassis.database import Sessions, on_schema

EVERY = 3600.0
# A position lives ten minutes; the log may be read again from a backup a few days old.
INBOX_DAYS = 14

# What a service forgets of its own projections at this moment, some at a time; whether there is more.
Forgetting = Callable[[AsyncSession, datetime], Awaitable[bool]]

_logger = structlog.get_logger()


class Housekeeping:
    """The clean-up of one service's database. `own` is what this service has besides."""

    def __init__(self, made: Sessions, *, clock: Clock = utc_now, own: Forgetting | None = None) -> None:
        self._made, self._clock, self._own = made, clock, own

    async def run(self) -> None:
        """For ever."""
        while True:
            try:
                await self.forget()
            except Exception as fault:
                _logger.warning("housekeeping_interrupted", reason=type(fault).__name__)
            await asyncio.sleep(EVERY)

    async def forget(self) -> None:
        """All of it once."""
        for forgetting in filter(None, (_inbox, self._own)):
            is_more = True
            while is_more:
                async with on_schema(self._made, "projection") as session:
                    is_more = await forgetting(session, self._clock())
        async with self._made() as session, session.begin():
            await idempotency.forget_old(session)
            await work.forget_old(session)
        async with self._made() as session, session.begin():
            if months := await access_log_months.forget_old(session, self._clock()):
                _logger.info("access_log_months_dropped", months=months)


async def _inbox(session: AsyncSession, _now: datetime) -> bool:
    return await forget_old(session, days=INBOX_DAYS)
