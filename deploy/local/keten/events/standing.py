"""Where an event stands: on the log or in an outbox, and per service whether it was handled, is parked, or was not heard."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.dead_letters import FOR_EVER
from chassis.housekeeping import INBOX_DAYS
from chassis.log import Record, Standing
from contracts.services import SERVICES, private_topic, topic
from keten.events.lines import moment
from keten.events.reach import Reach, handlers_of

EVERYWHERE = [name(service) for service in SERVICES for name in (topic, private_topic)]

# An id tells when it was made, by the clock of whoever made it; clocks may differ by five minutes.
_SKEW = timedelta(minutes=10)


@dataclass(frozen=True)
class Found:
    """A record with where it stands; in no stream while it waits in its service's outbox."""

    record: Record
    place: Standing | None

    @property
    def where(self) -> str:
        if self.place is None:
            return f"in the outbox of {self.record.type.split('.')[2]}: not yet on the log"
        return f"on the log: {self.place.stream}, offset {self.place.offset}"


async def find(reach: Reach, asked: UUID) -> Sequence[Found]:
    """The events of a key, in order; or the one event of this id; or nothing."""
    of_key = [Found(one.record, one) async for batch in _look(reach, asked, key=asked) for one in batch]
    waiting = [Found(record, None) for service in SERVICES for record in await _in_outbox(reach, service, asked)]
    if of_key or any(one.record.key == asked for one in waiting):
        return sorted([*of_key, *waiting], key=lambda one: one.record.id)
    if waiting:
        return waiting
    async for batch in _look(reach, asked, key=None):
        for one in batch:
            if one.record.id == asked:
                return [Found(one.record, one)]
    return []


def _look(reach: Reach, asked: UUID, *, key: UUID | None):  # type: ignore[no-untyped-def]
    return reach.log.look(EVERYWHERE, key=key, since=_made(asked))


def _made(id: UUID) -> datetime | None:
    """Nothing about it stands on the log from before; None where an id does not tell."""
    if id.version != 7:
        return None
    return datetime.fromtimestamp((id.int >> 80) / 1000, UTC) - _SKEW


async def _in_outbox(reach: Reach, service: str, asked: UUID) -> Sequence[Record]:
    async with reach.sessions(service) as made, made() as session:
        rows = (await session.execute(_OUTBOX, {"asked": asked})).all()
    return [Record(row.topic, row.key, row.id, row.type, row.body) for row in rows]


_OUTBOX = text("select topic, key, id, type, body from public.outbox where id = :asked or key = :asked order by seq")


async def states(reach: Reach, service: str, found: Sequence[Found]) -> Mapping[UUID, str]:
    """What a service has made of each of these."""
    heard = {event.type for event in handlers_of(service)}
    listened = [one for one in found if one.record.type in heard]
    topics = sorted({one.record.topic for one in listened if one.place is not None})
    read = await reach.log.read_to(service, topics) if topics else {}
    async with reach.sessions(service) as made, made() as session:
        known = await _known(session, [one.record.id for one in listened])
    return {
        one.record.id: known.get(one.record.id) or _unknown(one, read) if one in listened else _deaf(one, service)
        for one in found
    }


async def _known(session: AsyncSession, ids: Sequence[UUID]) -> Mapping[UUID, str]:
    rows = (await session.execute(_HANDLED, {"ids": ids})).all()
    handled = {row.id: f"handled {moment(row.at)}" if row.at else "dropped: it will never be handled" for row in rows}
    parked = {row.id: f"parked: {row.reason}" for row in (await session.execute(_PARKED, {"ids": ids})).all()}
    return parked | handled


_HANDLED = text(f"""
select event_id as id, case when at < {FOR_EVER} then at end as at from inbox where event_id = any(cast(:ids as uuid[]))
""")  # noqa: S608 - a constant

_PARKED = text("select event_id as id, reason from dead_letter where event_id = any(cast(:ids as uuid[]))")


def _unknown(one: Found, read: Mapping[str, int]) -> str:
    if one.place is not None and one.place.end <= read.get(one.place.stream, 0):
        return f"handled, more than {INBOX_DAYS} days ago"
    return "not heard yet"


def _deaf(one: Found, service: str) -> str:
    return "stated it" if one.record.type.split(".")[2] == service else "does not listen to it"
