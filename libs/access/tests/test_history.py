"""As of a moment: what history says of it is what was so when it was now."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import NullPool, text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from access.facts import DossierResource
from access.handlers import HANDLERS
from access.history import people_with_access
from chassis.databases import Databases
from chassis.decisions import Decision, EmbeddedRego
from contracts.actions import Role
from contracts.dossier import ClientMoved, DossierStatus, GroupAccessChanged
from contracts.events import Event, Heard
from contracts.identity import UserChanged, UserStatus
from contracts.ids import AccountId, ClientGroupId, DossierId, UserId, new_id
from contracts.rights import STANDARD_LEVELS
from contracts.sharing import GrantChanged, GrantStatus, Onward

pytestmark = pytest.mark.rule("BEY-3")

BEGIN = datetime(2026, 3, 1, 12, tzinfo=UTC)
LEVELS = [*(level.rights for level in STANDARD_LEVELS), frozenset({"medical:read"}), frozenset[str]()]


@dataclass
class Past:
    """A dossier, two groups, a few people; things happen to them one an hour."""

    draw: Random
    account: AccountId = field(default_factory=lambda: AccountId(new_id()))
    other: AccountId = field(default_factory=lambda: AccountId(new_id()))
    dossier: DossierId = field(default_factory=lambda: DossierId(new_id()))
    groups: list[ClientGroupId] = field(default_factory=lambda: [ClientGroupId(new_id()) for _ in range(2)])
    people: list[UserId] = field(default_factory=lambda: [UserId(new_id()) for _ in range(5)])
    grants: list[UUID] = field(default_factory=lambda: [new_id() for _ in range(4)])
    accesses: list[UUID] = field(default_factory=lambda: [new_id() for _ in range(3)])
    versions: dict[UUID, int] = field(default_factory=dict)

    def opening(self) -> list[Event]:
        return [*(self.person(user) for user in self.people), self.placed()]

    def something(self) -> Event:
        return self.draw.choice([self.placed, self.anybody, self.group_access, self.grant, self.grant])()

    def placed(self) -> Event:
        return ClientMoved(
            dossier_id=self.dossier,
            client_id=self.dossier,
            account_id=self.account,
            group_id=self.draw.choice(self.groups),
            status=self.draw.choice(list(DossierStatus)),
        )

    def anybody(self) -> Event:
        return self.person(self.draw.choice(self.people))

    def person(self, user: UserId) -> Event:
        return UserChanged(
            user_id=user,
            account_id=self.account if self.people.index(user) < 3 else self.other,
            role=self.draw.choice([Role.OWNER, Role.MEMBER, Role.MEMBER]),
            status=self.draw.choice([UserStatus.ACTIVE, UserStatus.ACTIVE, UserStatus.SUSPENDED]),
            medical=self.draw.random() < 0.5,
        )

    def group_access(self) -> Event:
        n = self.draw.randrange(3)
        return GroupAccessChanged.model_validate(
            {
                "access_id": self.accesses[n],
                "group_id": self.groups[n % 2],
                "account_id": self.account,
                "user_id": self.people[n],
                "level_id": new_id(),
                "rights": self.draw.choice(LEVELS),
                "status": self.draw.choice(["live", "live", "ended"]),
            }
        )

    def grant(self) -> Event:
        n = self.draw.randrange(4)
        return GrantChanged.model_validate(
            {
                "grant_id": self.grants[n],
                "dossier_id": self.dossier,
                "account_id": self.account,
                "recipient_id": self.people[n + 1],
                "recipient_account_id": self.other,
                "given_by": self.people[0],
                "parent_id": self.grants[n - 1] if n > 1 else None,
                "level_id": new_id(),
                "level_code": "any",
                "rights": self.draw.choice(LEVELS),
                "until": self.draw.choice([None, None, date(2026, 3, 2), date(2026, 3, 3)]),
                "onward": Onward.ANY,
                "status": self.draw.choice([GrantStatus.LIVE, GrantStatus.LIVE, GrantStatus.ENDED]),
            }
        )

    def heard(self, event: Event, at: datetime) -> Heard[Event]:
        version = self.versions[event.subject] = self.versions.get(event.subject, 0) + 1
        return Heard(event, new_id(), version, at)


@pytest.fixture(scope="module")
def databases(kept_databases: Any) -> Databases:
    found: Databases = kept_databases("sharing")
    return found


@pytest.fixture(scope="module")
def policy() -> EmbeddedRego:
    return EmbeddedRego(Path(__file__).parents[3] / "policies")


@pytest.fixture
async def session(databases: Databases) -> AsyncIterator[AsyncSession]:
    engine = create_async_engine(databases.url("sharing", "worker"), poolclass=NullPool)
    async with AsyncSession(engine) as session:
        yield session
        await session.rollback()
    await engine.dispose()


async def hear(session: AsyncSession, *facts: Heard[Event]) -> None:
    for one in facts:
        await HANDLERS[type(one.event)](session, [one])


def reads(policy: EmbeddedRego, facts: Any) -> frozenset[str]:
    decision = Decision.of(policy.decide_now("dossier", {"action": "dossier.read", **facts}))
    return decision.rights if decision.allow else frozenset()


async def now_reading(session: AsyncSession, policy: EmbeddedRego, past: Past, now: datetime) -> Any:
    await session.execute(text("select set_config('keten.staleness', '1e9', true), set_config('keten.user', '', true)"))
    who = {
        user: reads(policy, await DossierResource(past.dossier).facts(session, user, now, lock=False) | {"fresh": True})
        for user in past.people
    }
    return {user: rights for user, rights in who.items() if rights}


async def then_reading(session: AsyncSession, policy: EmbeddedRego, past: Past, at: datetime) -> Any:
    who = {one.user_id: reads(policy, one.facts) for one in await people_with_access(session, past.dossier, at)}
    return {user: rights for user, rights in who.items() if rights}


@settings(
    max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(seed=st.integers(min_value=0, max_value=2**32))
async def test_as_of_a_moment_is_what_was_so_at_that_moment(
    session: AsyncSession, policy: EmbeddedRego, seed: int
) -> None:
    past, seen = Past(Random(seed)), {}
    await hear(session, *(past.heard(event, BEGIN) for event in past.opening()))
    for hour in range(1, 31):
        at = BEGIN + timedelta(hours=hour)
        await hear(session, past.heard(past.something(), at))
        seen[at + timedelta(minutes=30)] = await now_reading(session, policy, past, at + timedelta(minutes=30))

    for at, so in seen.items():
        assert await then_reading(session, policy, past, at) == so
    assert await then_reading(session, policy, past, BEGIN - timedelta(seconds=1)) == {}
    assert any(seen.values())


async def test_facts_that_come_in_another_order_make_the_same_history(
    session: AsyncSession, policy: EmbeddedRego
) -> None:
    past = Past(Random(7))
    facts = [past.heard(event, BEGIN) for event in past.opening()]
    facts += [past.heard(past.something(), BEGIN + timedelta(hours=hour)) for hour in range(1, 25)]
    moments = [BEGIN + timedelta(hours=hour, minutes=1) for hour in range(25)]

    histories = []
    for order in (facts, facts[::-1]):
        await hear(session, *order)
        histories.append([await then_reading(session, policy, past, at) for at in moments])
        await session.rollback()

    assert histories[0] == histories[1]
    assert any(histories[0])


async def test_a_grant_ends_in_history_on_the_day_it_ended(session: AsyncSession, policy: EmbeddedRego) -> None:
    past = Past(Random(3))
    member = past.people[4]
    active = UserChanged(
        user_id=member, account_id=past.other, role=Role.MEMBER, status=UserStatus.ACTIVE, medical=False
    )
    given = past.grant().model_copy(
        update={
            "recipient_id": member,
            "parent_id": None,
            "rights": LEVELS[0],
            "until": date(2026, 3, 3),
            "status": GrantStatus.LIVE,
        }
    )
    await hear(session, *(past.heard(event, BEGIN) for event in (past.placed(), active, given)))

    # Days are those of Amsterdam: an hour before midnight UTC it is the third there already.
    last = datetime(2026, 3, 2, 22, 59, tzinfo=UTC)
    assert set(await then_reading(session, policy, past, last)) == {member}
    assert await then_reading(session, policy, past, last + timedelta(minutes=1)) == {}
