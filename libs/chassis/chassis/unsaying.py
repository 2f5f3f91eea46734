"""What was said on a private topic is no more: a tombstone, at once and once again a day later.

Kafka closes a file of its log only when something follows, and takes nothing out of the one that is open. Where nobody says
anything more, the second tombstone is what follows."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis import staging
from chassis.work import Claim, Work, open_job
from contracts.events import Event, event_types

_KIND: Final = "unsaying"

# Longer than a file of a private topic is written to (`kafka_topics`): the second one comes to stand in another.
AGAIN_AFTER: Final = timedelta(hours=25)

# What must go is tried for a week.
_ATTEMPTS: Final = 1000


async def unsay(session: AsyncSession, kind: type[Event], key: UUID, *, account_id: UUID, at: datetime) -> None:
    """In the transaction that erases. Whoever heard it learns by a fact of its own that it is no more."""
    await staging.unsay(session, kind, [key])
    items = [{"type": kind.type, "key": str(key)}]
    due = at + AGAIN_AFTER
    await open_job(session, kind=_KIND, account_id=account_id, opened_by=None, items=items, at=at, due=due)


def works() -> Sequence[Work]:
    """For the service that says something private."""
    return [Work(kind=_KIND, run=_again, attempts=_ATTEMPTS, limit=60)]


async def _again(claim: Claim) -> None:
    async with claim.finishing() as session:
        await staging.unsay(session, event_types()[claim.item["type"]], [UUID(claim.item["key"])])
