"""Turning a fact into a CloudEvent and putting it into the outbox, in the transaction that makes it true."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.log import Record
from chassis.tables import outbox
from contracts.events import CloudEvent, Event, Heard
from contracts.ids import new_id


@dataclass(frozen=True, slots=True)
class Staged:
    """A fact waiting for its commit; `version` is that of the aggregate after it."""

    id: UUID
    event: Event
    version: int
    at: datetime
    actor: UUID | None = None
    account: UUID | None = None
    traceparent: str | None = None

    def heard(self) -> Heard[Event]:
        """As this service's own projections take it."""
        return Heard(self.event, self.id, self.version, self.at, self.actor, self.account, self.traceparent)

    def record(self) -> Record:
        """As it goes onto the log."""
        body = cloud_event(self).model_dump_json(exclude_none=True)
        return Record(self.event.topic(), self.event.key, self.id, self.event.type, body)


def stage(
    event: Event,
    *,
    version: int,
    at: datetime,
    actor: UUID | None = None,
    account: UUID | None = None,
    traceparent: str | None = None,
) -> Staged:
    return Staged(new_id(), event, version, at, actor, account, traceparent)


def cloud_event(staged: Staged) -> CloudEvent:
    event = staged.event
    return CloudEvent(
        id=staged.id,
        source=f"urn:nld:keten:{event.service()}",
        type=event.type,
        subject=str(event.subject),
        time=staged.at,
        dataschema=f"urn:nld:keten:schema:{event.type}",
        sequence=str(staged.version),
        actor=str(staged.actor) if staged.actor else None,
        account=str(staged.account) if staged.account else None,
        traceparent=staged.traceparent,
        data=event.model_dump(mode="json", by_alias=True),
    )


async def unsay(session: AsyncSession, kind: type[Event], keys: Sequence[UUID]) -> None:
    """What was said of these on a private topic leaves the log: a tombstone takes its place, in the order of what is put
    into the outbox. Whoever heard it learns by a fact of its own that it is no more."""
    assert kind.private
    rows = [{"id": new_id(), "topic": kind.topic(), "key": key, "type": kind.type, "body": ""} for key in keys]
    if rows:
        await session.execute(insert(outbox), rows)


async def put(session: AsyncSession, staged: Sequence[Staged]) -> None:
    """Write to the outbox; the relay takes it from there once this transaction is committed."""
    rows = [
        {"id": r.id, "topic": r.topic, "key": r.key, "type": r.type, "body": r.body}
        for r in (s.record() for s in staged)
    ]
    if rows:
        await session.execute(insert(outbox), rows)
