"""Letting go of an event that a service will never be able to handle, so that the later ones of its key can be."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.tables import dead_letter, inbox

# An inbox row of this moment is that of a dropped event. It is never old enough to be forgotten, and a rebuild takes it
# along: the event, which stays on the log, is taken for handled whenever it is read again.
FOR_EVER = "'infinity'::timestamptz"

# As for a replay: whoever takes events in waits meanwhile.
_ENTER_ALONE = text("lock table inbox in share row exclusive mode")


async def parked(session: AsyncSession, key: UUID | None = None) -> Sequence[Any]:
    """The parked events, of one key or of all, in their order: event_id, topic, key, type, body, reason, parked_at."""
    asked = select(dead_letter).order_by(dead_letter.c.seq)
    return (await session.execute(asked if key is None else asked.where(dead_letter.c.key == key))).all()


async def drop(session: AsyncSession, key: UUID, ids: Sequence[UUID]) -> int:
    """Take these parked events of a key for handled without handling them, now and whenever they come again. Returns how
    many there were."""
    await session.execute(_ENTER_ALONE)
    chosen = (dead_letter.c.key == key) & dead_letter.c.event_id.in_(ids)
    rows = (
        await session.execute(dead_letter.delete().where(chosen).returning(dead_letter.c.event_id, dead_letter.c.type))
    ).all()
    if rows:
        dropped = insert(inbox).values(
            [{"event_id": one.event_id, "type": one.type, "at": text(FOR_EVER)} for one in rows]
        )
        await session.execute(dropped.on_conflict_do_update(index_elements=["event_id"], set_={"at": text(FOR_EVER)}))
    return len(rows)
