"""The access log (NEN 7513): who did what with whose record, by which rule. A change's line is in its own transaction;
lines of reads and denials are committed in groups before the answer leaves. A sealer chains all of them."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import and_, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.clock import Clock
from chassis.database import Sessions
from chassis.keyrings import Keyring
from chassis.staging import Staged, put, stage
from chassis.tables import access_log_line, access_log_seal
from chassis.tokens import Actor
from contracts.access_log import AccessLogLine, Outcome
from contracts.events import Event
from contracts.ids import new_id

# Lines committed together: 64 is where a commit's cost no longer shows.
GROUP = 64
# Lines sealed in one transaction; more would hold a second's worth of readers up.
SEALED_AT_ONCE = 500

_logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Line:
    """One thing done or refused. `subject_id` is the dossier it was about, if it was about one."""

    at: datetime
    actor: Actor
    action: str
    subject_id: UUID | None
    outcome: Outcome
    reasons: Sequence[Mapping[str, Any]]

    def row(self) -> dict[str, Any]:
        return {
            "id": new_id(),
            "at": self.at,
            "actor_id": self.actor.user_id,
            "account_id": self.actor.account_id,
            "client": self.actor.client,
            "on_behalf_of": None,
            "subject_id": self.subject_id,
            "action": self.action,
            "outcome": self.outcome,
            "reasons": [dict(reason) for reason in self.reasons],
            "emergency": False,
        }


async def write(session: AsyncSession, lines: Sequence[Line]) -> None:
    """Within the transaction of the change that they tell of."""
    if lines:
        await session.execute(insert(access_log_line), [line.row() for line in lines])


class GroupCommit:
    """Writes lines of reads and denials; `record` returns when they are safe."""

    def __init__(self, made: Sessions) -> None:
        self._made = made
        self._waiting: asyncio.Queue[tuple[Sequence[Line], asyncio.Future[None]]] = asyncio.Queue()

    async def record(self, lines: Sequence[Line]) -> None:
        """Raises what the database raised: an answer whose line cannot be kept must not leave."""
        if lines:
            kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.put_nowait((lines, kept))
            await kept

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self._write_for_ever())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _write_for_ever(self) -> None:
        while True:
            group = [await self._waiting.get()]
            while len(group) < GROUP and not self._waiting.empty():
                group.append(self._waiting.get_nowait())
            try:
                async with self._made() as session, session.begin():
                    await write(session, [line for lines, _ in group for line in lines])
            except Exception as fault:
                for _, kept in group:
                    if not kept.done():
                        kept.set_exception(fault)
            else:
                for _, kept in group:
                    if not kept.done():
                        kept.set_result(None)


class Sealer:
    """Chains a service's lines every second; the head of the chain goes onto the log, out of reach of whoever could
    rewrite the table. Segments are months."""

    def __init__(
        self,
        made: Sessions,
        ring: Keyring,
        *,
        clock: Clock,
        sealed: Callable[..., Event],
        ship: Callable[[UUID, list[AccessLogLine]], Event] | None,
        service: str,
    ) -> None:
        self._made, self._ring, self._clock = made, ring, clock
        self._sealed, self._ship, self._service = sealed, ship, service

    async def run(self) -> None:
        """For ever, once a second."""
        while True:
            try:
                while await self.seal() == SEALED_AT_ONCE:
                    pass
            except Exception as fault:
                _logger.warning("sealer_interrupted", service=self._service, reason=type(fault).__name__)
            await asyncio.sleep(1)

    async def seal(self) -> int:
        """Chain what is not chained yet, in one transaction. Returns how many lines."""
        async with self._made() as session, session.begin():
            await session.execute(text("lock table public.access_log_seal in exclusive mode"))
            now = self._clock()
            await _ensure_partitions(session, now)
            lines = (
                await session.execute(
                    select(access_log_line)
                    .where(access_log_line.c.mac.is_(None))
                    .order_by(access_log_line.c.seq)
                    .limit(SEALED_AT_ONCE)
                )
            ).all()
            for segment in sorted({_segment(line.at) for line in lines}):
                await self._seal_segment(
                    session, segment, [line for line in lines if _segment(line.at) == segment], now
                )
            if self._ship is not None:
                await put(session, _shipped(lines, self._ship, self._service, now))
            return len(lines)

    async def _seal_segment(self, session: AsyncSession, segment: str, lines: Sequence[Any], now: datetime) -> None:
        held = (
            await session.execute(select(access_log_seal).where(access_log_seal.c.segment == segment))
        ).one_or_none()
        head = held.head if held else segment
        count, links = (held.lines if held else 0), []
        for line in lines:
            head, count = mac(self._ring, head, line), count + 1
            links.append({"s": line.seq, "a": line.at, "m": head, "n": count})
        await session.execute(
            text("update public.access_log_line set mac = :m, link = :n where at = :a and seq = :s"), links
        )
        segment_id = held.segment_id if held else new_id()
        values = {"lines": count, "head": head}
        if held:
            await session.execute(update(access_log_seal).where(access_log_seal.c.segment == segment).values(values))
        else:
            await session.execute(insert(access_log_seal).values(segment=segment, segment_id=segment_id, **values))
        event = self._sealed(segment_id=segment_id, segment=segment, lines=count, head=head)
        await put(session, [stage(event, version=count, at=now)])


@dataclass(frozen=True)
class Verification:
    """Whether a chain holds: `broken_at` is the first line that does not follow from the one before."""

    segments: int
    lines: int
    unsealed: int
    intact: bool
    broken_at: UUID | None


async def verify(session: AsyncSession, ring: Keyring) -> Verification:
    """Walk every segment's chain from its start to its head."""
    segments = (await session.scalars(select(access_log_seal.c.segment).order_by(access_log_seal.c.segment))).all()
    total, broken = 0, None
    for segment in segments:
        count, broken_here = await _walk(session, ring, segment)
        total, broken = total + count, broken or broken_here
    broken = broken or await session.scalar(_WITHOUT_HEAD)
    unsealed = await session.scalar(text("select count(*) from public.access_log_line where mac is null"))
    return Verification(len(segments), total, unsealed or 0, broken is None, broken)


async def _walk(session: AsyncSession, ring: Keyring, segment: str) -> tuple[int, UUID | None]:
    """How many lines one segment's chain has, and where it breaks. Head and lines come from one snapshot, for the sealer
    may be at work."""
    rows = await session.stream(
        select(access_log_line, access_log_seal.c.segment_id, access_log_seal.c.lines, access_log_seal.c.head)
        .select_from(access_log_seal)
        .outerjoin(access_log_line, and_(access_log_line.c.mac.is_not(None), _in_segment(segment)))
        .where(access_log_seal.c.segment == segment)
        .order_by(access_log_line.c.link)
    )
    previous, count, broken, seal = segment, 0, None, None
    async for line in rows:
        seal = line
        if line.mac is None:
            continue
        if broken is None and not mac_like(ring, previous, line, line.mac):
            broken = line.id
        previous, count = line.mac, count + 1
    if seal is not None and broken is None and (count, previous) != (seal.lines, seal.head):
        broken = seal.segment_id
    return count, broken


def mac(ring: Keyring, previous: str, line: Any) -> str:
    """The link from the line before to this one, with the current key."""
    return ring.sign(_bytes(previous, line))


def mac_like(ring: Keyring, previous: str, line: Any, found: str) -> bool:
    return ring.verifies(_bytes(previous, line), found)


def _bytes(previous: str, line: Any) -> bytes:
    said = [
        previous,
        line.seq,
        str(line.id),
        line.at.timestamp(),
        str(line.actor_id),
        str(line.account_id),
        line.client,
        str(line.on_behalf_of),
        str(line.subject_id),
        line.action,
        line.outcome,
        line.reasons,
        line.emergency,
    ]
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


def _shipped(
    lines: Sequence[Any], ship: Callable[[UUID, list[AccessLogLine]], Event], service: str, now: datetime
) -> list[Staged]:
    subjects = sorted({line.subject_id for line in lines if line.subject_id is not None})
    return [
        stage(ship(subject, [_line(line, service) for line in lines if line.subject_id == subject]), version=0, at=now)
        for subject in subjects
    ]


def _line(row: Any, service: str) -> AccessLogLine:
    return AccessLogLine.model_validate({**row._mapping, "service": service})


# A line that says it is sealed belongs to a month that has a head.
_WITHOUT_HEAD = text("""
    select l.id from public.access_log_line l where l.mac is not null and not exists (
        select from public.access_log_seal s where s.segment = to_char(l.at at time zone 'UTC', 'YYYY-MM'))
    order by l.at, l.link limit 1""")


def _segment(at: datetime) -> str:
    return f"{at:%Y-%m}"


def _in_segment(segment: str) -> Any:
    first = datetime.strptime(f"{segment}-01+0000", "%Y-%m-%d%z")
    following = (first + timedelta(days=32)).replace(day=1)
    return and_(access_log_line.c.at >= first, access_log_line.c.at < following)


async def _ensure_partitions(session: AsyncSession, now: datetime) -> None:
    await session.execute(text("select public.ensure_access_log_partitions(cast(:now as timestamptz))"), {"now": now})
