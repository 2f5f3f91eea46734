"""One database per worker for the projection; every test rolls back what it heard."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import date, datetime
from itertools import groupby
from uuid import UUID

import pytest
from sqlalchemy import NullPool
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from access.handlers import HANDLERS
from chassis.databases import Databases
from contracts.events import Event, Heard
from contracts.ids import new_id
from contracts.rights import STANDARD_LEVELS
from contracts.sharing import GrantChanged, GrantFact, GrantGiven, GrantStatus, Onward

LEVEL = {level.code: level for level in STANDARD_LEVELS}


@pytest.fixture(scope="session")
def access_databases(kept_databases: Callable[..., Databases]) -> Databases:
    return kept_databases("sharing")


@pytest.fixture
async def session(access_databases: Databases) -> AsyncIterator[AsyncSession]:
    """As the consumer's role; nothing is kept."""
    engine = create_async_engine(access_databases.url("sharing", "worker"), poolclass=NullPool)
    async with AsyncSession(engine, autoflush=False) as session:
        yield session
        await session.rollback()
    await engine.dispose()


async def _hear(session: AsyncSession, facts: Sequence[tuple[Event, int, datetime]]) -> None:
    heard = [Heard(event, new_id(), version, at) for event, version, at in facts]
    for kind, run in groupby(heard, key=lambda one: type(one.event)):
        await HANDLERS[kind](session, list(run))


@pytest.fixture
def hear() -> Callable[..., object]:
    """`hear(session, [(event, version, at), …])` through the handlers, in this order."""
    return _hear


def _grant(
    kind: type[GrantFact],
    *,
    id: UUID,
    dossier: UUID,
    recipient: UUID,
    rights: frozenset[str] = LEVEL["view"].rights,
    parent: UUID | None = None,
    until: date | None = None,
) -> GrantFact:
    return kind.model_validate(
        {
            "grant_id": id,
            "dossier_id": dossier,
            "account_id": dossier,
            "recipient_id": recipient,
            "recipient_account_id": recipient,
            "given_by": dossier,
            "parent_id": parent,
            "level_id": LEVEL["view"].id,
            "level_code": "view",
            "rights": rights,
            "until": until,
            "onward": Onward.ANY,
            "status": GrantStatus.LIVE if kind in (GrantGiven, GrantChanged) else GrantStatus.ENDED,
        }
    )


@pytest.fixture
def grant() -> Callable[..., GrantFact]:
    """`grant(GrantGiven, id=…, dossier=…, recipient=…)`: one fact of a grant."""
    return _grant
