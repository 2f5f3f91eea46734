"""What is measured of one service in its database and on the log: what waits, since when, and how far behind it is."""

import asyncio
import time
from typing import Final
from uuid import UUID

import structlog
from prometheus_client import Gauge
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import metrics
from chassis.consumer import Consumer
from chassis.database import Sessions, on_schema

# Often enough for an alert after a minute (seconds).
EVERY: Final = 10.0

# A measurement that takes longer is none (seconds).
PATIENCE: Final = 5.0

_OUTBOX = text(
    "select count(*) as found, (select id from public.outbox order by seq limit 1) as first from public.outbox"
)
_UNSEALED = text("""
    select count(*) as found, extract(epoch from now() - min(at)) as age from public.access_log_line where mac is null""")
_PARKED = text("select count(*) as found, count(distinct key) as keys from dead_letter")
_STALEST = text("select extract(epoch from now() - min(at)) as age from freshness")
_FOLLOWED = text("select extract(epoch from now() - max(at)) as age from public.followed")
_CHUNKS = text("""
    select kind, state, count(*) as found from public.chunk where state in ('waiting', 'claimed', 'failed') group by 1, 2""")
_OVERDUE = text("""
    select extract(epoch from now() - min(coalesce(lease_until, due_at))) as age from public.chunk
    where state in ('waiting', 'claimed') and coalesce(lease_until, due_at) <= now()""")

_logger = structlog.get_logger()


class Measures:
    """Keeps the gauges of one service true. What cannot be measured now is not shown as if it were."""

    def __init__(self, service: str, made: Sessions, consumer: Consumer) -> None:
        self._service, self._made, self._consumer = service, made, consumer

    async def run(self) -> None:
        """For ever."""
        while True:
            await self.once()
            await asyncio.sleep(EVERY)

    async def once(self) -> None:
        """Measure, or say that it could not be."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self.measure()
        except Exception as fault:
            _logger.warning("not_measured", service=self._service, reason=type(fault).__name__)
            self._forget()

    async def measure(self) -> None:
        """Raises what keeps it from being measured."""
        async with on_schema(self._made, "projection") as session:
            await self._outbox(session)
            await self._access_log(session)
            await self._heard(session)
            await self._chunks(session)
            await self._backup(session)
        if (behind := await self._consumer.behind()) is None:
            metrics.LAG_RECORDS.remove_by_labels({"service": self._service})
        else:
            self._set(metrics.LAG_RECORDS, behind)
        self._set(metrics.MEASURED, 1)

    async def _outbox(self, session: AsyncSession) -> None:
        row = (await session.execute(_OUTBOX)).one()
        self._set(metrics.OUTBOX_ROWS, row.found)
        self._set(metrics.OUTBOX_AGE, _age(row.first) if row.first else 0)

    async def _access_log(self, session: AsyncSession) -> None:
        row = (await session.execute(_UNSEALED)).one()
        self._set(metrics.UNSEALED_LINES, row.found)
        self._set(metrics.UNSEALED_AGE, row.age or 0)

    async def _heard(self, session: AsyncSession) -> None:
        row = (await session.execute(_PARKED)).one()
        self._set(metrics.DEAD_LETTERS, row.found)
        self._set(metrics.PARKED_KEYS, row.keys)
        # Who hears nobody is behind nobody.
        self._set(metrics.LAG_SECONDS, (await session.execute(_STALEST)).scalar_one() or 0)

    async def _chunks(self, session: AsyncSession) -> None:
        self._set(metrics.CHUNK_OVERDUE, (await session.execute(_OVERDUE)).scalar_one() or 0)
        found = (await session.execute(_CHUNKS)).all()
        metrics.CHUNKS.remove_by_labels({"service": self._service})
        for row in found:
            metrics.CHUNKS.labels(self._service, row.kind, row.state).set(row.found)

    async def _backup(self, session: AsyncSession) -> None:
        age = (await session.execute(_FOLLOWED)).scalar_one()
        if age is None:
            metrics.BACKUP_AGE.remove_by_labels({"service": self._service})
        else:
            self._set(metrics.BACKUP_AGE, age)

    def _set(self, gauge: Gauge, value: float) -> None:
        gauge.labels(self._service).set(value)

    def _forget(self) -> None:
        for gauge in (
            metrics.OUTBOX_ROWS,
            metrics.OUTBOX_AGE,
            metrics.UNSEALED_LINES,
            metrics.UNSEALED_AGE,
            metrics.DEAD_LETTERS,
            metrics.PARKED_KEYS,
            metrics.LAG_SECONDS,
            metrics.LAG_RECORDS,
            metrics.CHUNK_OVERDUE,
            metrics.CHUNKS,
            metrics.BACKUP_AGE,
        ):
            gauge.remove_by_labels({"service": self._service})
        self._set(metrics.MEASURED, 0)


def _age(id: UUID) -> float:
    """How long ago a fact was stated: its id begins with the moment (UUIDv7, milliseconds)."""
    return max(time.time() - (id.int >> 80) / 1000, 0.0)
