"""Taking events in: batch → inbox → handlers → commit → offset. Effects happen once; what cannot be read parks its key."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import structlog
from pydantic import ValidationError
from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import logs, metrics, traces
from chassis.database import Sessions, is_outage, on_schema
from chassis.log import Batch, EventLog, Record, Subscription, topic_of
from chassis.problems import Refusal
from chassis.tables import dead_letter, freshness, inbox
from contracts.events import CloudEvent, Event, Heard

Handler = Callable[[AsyncSession, Sequence[Heard[Any]]], Awaitable[None]]
Handlers = Mapping[type[Event], Handler]

# An unforeseen fault may be a passing one: so often a record is tried before it is parked.
ATTEMPTS = 3

_ENTER = text("lock table inbox in row exclusive mode")
_ENTER_ALONE = text("lock table inbox in share row exclusive mode")

_PRIVATE_GOES = text("delete from dead_letter where key = any(cast(:keys as uuid[])) and topic like '%.private'")
_FREED = text("""
delete from dead_letter d where key = any(cast(:keys as uuid[]))
    and not exists (select from dead_letter o where o.key = d.key and o.reason <> :waits) returning d.*""")
_WAITS = "waits behind an earlier event of its key"
_ERASED = text("select id from public.erased where id = any(cast(:keys as uuid[]))")
_RECEIVE = text("""
with parked as (select distinct key from dead_letter where key = any(cast(:keys as uuid[]))),
    new as (insert into inbox (event_id, type)
        select id, type from unnest(cast(:ids as uuid[]), cast(:keys as uuid[]), cast(:types as text[])) said(id, key, type)
        where key not in (select key from parked)
        on conflict do nothing returning event_id)
select event_id, null as key from new union all select null, key from parked
""")

_logger = structlog.get_logger()


class Unreadable(Exception):
    """This event cannot be read as what its type says."""


class Consumer:
    """One service's reading of the log into the projections of `schema`."""

    def __init__(
        self, service: str, made: Sessions, log: EventLog, handlers: Handlers, *, schema: str = "projection"
    ) -> None:
        self._service, self._made, self._log, self._handlers, self._schema = service, made, log, handlers, schema
        self._by_type = {event.type: event for event in handlers}
        self._reading: Subscription | None = None

    def topics(self, *, own: bool) -> list[str]:
        """The topics of the events handled here; `own` ones are handled where they are stated and only read again
        when the projections are rebuilt."""
        return sorted({event.topic() for event in self._handlers if own or event.service() != self._service})

    async def run(self) -> None:
        """Read for ever, in the group of the service; whatever fails is tried again with back-off. Who hears nobody
        but itself has nothing to read."""
        pause = 0.1
        while self.topics(own=False):
            try:
                await self.expect_heads()
                async with self._log.subscribe(self._service, self.topics(own=False)) as subscription:
                    self._reading = subscription
                    async for batch in subscription.batches():
                        await self.take(batch)
                        await subscription.done(batch)
                        pause = 0.1
            except Exception as fault:
                self._reading = None
                _logger.warning("consumer_interrupted", service=self._service, reason=type(fault).__name__)
                metrics.CONSUMER_INTERRUPTED.labels(self._service).inc()
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)

    async def behind(self) -> int | None:
        """How many records it has not read yet; None when that cannot be known, as nothing is being read."""
        topics = self.topics(own=False)
        if not topics or self._reading is None:
            return None if topics else 0
        ends, read = await self._log.ends(topics), self._reading.read()
        return sum(max(ends.get(stream, 0) - at, 0) for stream, at in read.items())

    async def expect_heads(self) -> None:
        """Until each stream has been heard of, nothing that rests on it is fresh. Streams that are no more are forgotten."""
        streams = await self._log.streams(self.topics(own=False))
        rows = [{"topic": stream, "at": datetime.fromtimestamp(0, UTC)} for stream in streams]
        async with on_schema(self._made, self._schema) as session:
            await session.execute(freshness.delete().where(freshness.c.topic.not_in(streams)))
            if rows:
                await session.execute(insert(freshness).values(rows).on_conflict_do_nothing())

    async def take(self, batch: Batch) -> None:
        """Commit a batch's effects: all at once, or record by record when one of them cannot be handled."""
        records = [record for record in batch.records if record.type in self._by_type]
        if not records and not batch.heads:
            return
        try:
            await self._commit(records, batch)
        except Exception as fault:
            if is_outage(fault) or not records:
                raise
            for record in records:
                await self._handle_alone(record)
            async with on_schema(self._made, self._schema) as session:
                await self._remember_heads(session, batch)

    async def _remember_heads(self, session: AsyncSession, batch: Batch) -> None:
        others = self.topics(own=False)
        # What was heard now was said before now, whatever the clock says of who said it.
        rows = [
            {"topic": one, "at": func.least(at, func.now())}
            for one, at in sorted(batch.heads.items())
            if topic_of(one) in others
        ]
        if rows:
            said = insert(freshness).values(rows)
            newest = func.greatest(freshness.c.at, said.excluded.at)
            await session.execute(said.on_conflict_do_update(index_elements=["topic"], set_={"at": newest}))

    async def _commit(self, records: Sequence[Record], batch: Batch | None = None) -> None:
        with traces.span_for_each(self._service, "hear", records) as within:
            async with on_schema(self._made, self._schema) as session:
                await self._handle(session, records, within)
                if batch is not None:
                    await self._remember_heads(session, batch)
        metrics.HEARD.labels(self._service).inc(len(records))

    async def _handle(self, session: AsyncSession, records: Sequence[Record], within: Mapping[UUID, str]) -> None:
        if not records:
            return
        # Every writer of a projection touches the inbox first; a rebuild that holds it alone can swap the tables.
        await session.execute(_ENTER)
        erased = [record.key for record in records if self._by_type[record.type].erases]
        records = [*await _let_go(session, erased), *records]
        new, parked = await _received(session, records)
        await _park(session, [record for record in records if record.key in parked], reason=_WAITS)
        for kind, run in groupby(new, key=lambda record: self._by_type[record.type]):
            await self._handlers[kind](session, [_read(record, kind, within.get(record.id)) for record in run])

    async def _handle_alone(self, record: Record) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._commit([record])
            except Exception as fault:
                if is_outage(fault):
                    raise
                if _is_poison(fault) or attempt == ATTEMPTS:
                    return await self._park_alone(record, fault)
                await asyncio.sleep(0.05 * 2**attempt)
        return None

    async def _park_alone(self, record: Record, fault: Exception) -> None:
        reason = reason_of(fault)
        _logger.error("event_parked", service=self._service, id=str(record.id), type=record.type, reason=reason)
        async with on_schema(self._made, self._schema) as session:
            await _park(session, [record], reason=reason)


async def handle_own(session: AsyncSession, handlers: Handlers, heard: Sequence[Heard[Event]]) -> None:
    """A service hears its own events in the transaction that states them: what it wrote, it has projected."""
    known = [one for one in heard if type(one.event) in handlers]
    if not known:
        return
    rows = [{"event_id": one.id, "type": one.event.type} for one in known]
    await session.execute(insert(inbox).values(rows).on_conflict_do_nothing())
    for kind, run in groupby(known, key=lambda one: type(one.event)):
        await handlers[kind](session, list(run))


async def replay(session: AsyncSession, handlers: Handlers, key: Any) -> int:
    """Handle a parked key's events again, in their order; all or none. Returns how many.

    Whoever else takes events in waits meanwhile, so that none of this key is parked behind those just taken away."""
    await session.execute(_ENTER_ALONE)
    by_type = {event.type: event for event in handlers}
    held = (
        await session.execute(select(dead_letter).where(dead_letter.c.key == key).order_by(dead_letter.c.seq))
    ).all()
    await session.execute(dead_letter.delete().where(dead_letter.c.key == key))
    new, _ = await _received(session, [Record(r.topic, r.key, r.event_id, r.type, r.body) for r in held])
    for row in new:
        kind = by_type[row.type]
        await handlers[kind](session, [_read(row, kind)])
    return len(held)


async def _received(session: AsyncSession, records: Sequence[Record]) -> tuple[list[Record], set[UUID]]:
    """Those not handled before, each once, in their order, and the keys that are parked: what is said of these is not
    taken in."""
    first: dict[UUID, Record] = {}
    for record in records:
        first.setdefault(record.id, record)
    if not first:
        return [], set()
    # In one order for all: two that take in the same records wait for each other, and never in a circle.
    ids = sorted(first)
    said = {"ids": ids, "keys": [first[id].key for id in ids], "types": [first[id].type for id in ids]}
    found = (await session.execute(_RECEIVE, said)).all()
    new = {row.event_id for row in found}
    return [record for record in first.values() if record.id in new], {row.key for row in found if row.key is not None}


async def _let_go(session: AsyncSession, keys: Sequence[UUID]) -> list[Record]:
    """What was said privately of these and waits to be handled needs it no more: an erasure does not wait behind it. Returns
    what waited behind nothing else, in its order; it is parked no longer."""
    if not keys:
        return []
    await session.execute(_PRIVATE_GOES, {"keys": list(keys)})
    freed = (await session.execute(_FREED, {"keys": list(keys), "waits": _WAITS})).all()
    return [Record(r.topic, r.key, r.event_id, r.type, r.body) for r in sorted(freed, key=lambda r: r.seq)]


async def _park(session: AsyncSession, records: Sequence[Record], *, reason: str) -> None:
    """But for what was said privately of somebody who is erased here: it came late, and nobody needs it any more."""
    if not records:
        return
    erased = set(await session.scalars(_ERASED, {"keys": list({record.key for record in records})}))
    records = [r for r in records if r.key not in erased or not r.topic.endswith(".private")]
    if records:
        rows = [
            {"event_id": r.id, "topic": r.topic, "key": r.key, "type": r.type, "body": r.body, "reason": reason}
            for r in records
        ]
        await session.execute(insert(dead_letter).values(rows).on_conflict_do_nothing())


def _read(record: Record, kind: type[Event], within: str | None = None) -> Heard[Event]:
    try:
        envelope = CloudEvent.model_validate_json(record.body)
        event = kind.model_validate(envelope.data)
        return Heard(
            event=event,
            id=envelope.id,
            version=int(envelope.sequence),
            at=envelope.time,
            actor=_uuid(envelope.actor),
            account=_uuid(envelope.account),
            traceparent=within or traces.accepted(envelope.traceparent),
        )
    except (ValidationError, ValueError) as fault:
        raise Unreadable(_where(fault)) from None


def _uuid(value: str | None) -> UUID | None:
    return UUID(value) if value else None


def _where(fault: Exception) -> str:
    # Where it is wrong, never what stood there: a dead letter's reason is shown to operators.
    if isinstance(fault, ValidationError):
        return ", ".join(".".join(map(str, f["loc"])) + ": " + f["type"] for f in fault.errors(include_input=False))
    return type(fault).__name__


def reason_of(fault: Exception) -> str:
    """Why an event could not be handled, in one line that operators may read: what is wrong with it where that is known,
    else what kind of fault it was and where it happened. What a fault says may be what somebody wrote."""
    if isinstance(fault, Unreadable):
        return f"{type(fault).__name__}: {fault}"
    kind = type(fault.orig if isinstance(fault, DBAPIError) and fault.orig else fault).__name__
    return " ".join([kind, *(f"at {place}" for place in logs.frames(fault)[-1:])])


def _is_poison(fault: Exception) -> bool:
    return isinstance(fault, Unreadable | Refusal | IntegrityError | DataError)


async def forget_old(session: AsyncSession, *, days: int) -> bool:
    """Drop inbox rows that no position and no redelivery can ask for any more; those of dropped events stay for ever. As
    many as one statement may take; returns whether there are more."""
    gone = await session.execute(_FORGET, {"days": days, "most": FORGOTTEN_AT_ONCE})
    return len(gone.all()) == FORGOTTEN_AT_ONCE


# A second's worth of work for a database; a busy hour has several.
FORGOTTEN_AT_ONCE = 50_000

_FORGET = text("""
delete from inbox where event_id in (
    select event_id from inbox where at < now() - make_interval(days => :days) order by at limit :most) returning 1
""")
