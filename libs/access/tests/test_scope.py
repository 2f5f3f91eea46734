"""List against check: a dossier stands in a list if, and only if, reading it is allowed; row-level security agrees.

Worlds are drawn at random: people with roles, statuses and medical authorisations; dossiers in groups; group accesses at
standard and other levels; grants in chains, with ends, given and withdrawn. They come in through the handlers.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby, product
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import NullPool, select, text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from access.facts import DossierResource, ScopeResource
from access.handlers import HANDLERS
from access.scope import Scope, within
from access.tables import dossier_access
from access.testing import a_dossier, a_user
from chassis.clock import day
from chassis.databases import Databases
from chassis.decisions import Decision, EmbeddedRego
from contracts.actions import Role
from contracts.dossier import DossierStatus, GroupAccessGiven
from contracts.events import Event, Heard
from contracts.identity import UserStatus
from contracts.ids import AccountId, ClientGroupId, DossierId, GroupAccessId, LevelId, UserId, new_id
from contracts.rights import STANDARD_LEVELS
from contracts.sharing import GrantGiven, GrantStatus, GrantWithdrawn, Onward

NOW = datetime.now(UTC)
TODAY = day(NOW)
ENDS = [None, None, None, TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=1)]
LEVELS = [
    *(level.rights for level in STANDARD_LEVELS),
    frozenset({"plan:read"}),
    frozenset({"medical:read"}),
    frozenset({"medical:read", "medical:write", "reports:read"}),
    frozenset[str](),
]


@dataclass
class Drawn:
    """What happened in a world, in the order in which it was heard, and who and what is in it."""

    users: list[UserId]
    accounts: dict[UUID, AccountId]
    dossiers: list[DossierId]
    facts: list[Heard[Event]]


def a_world(draw: Random) -> Drawn:
    accounts = [AccountId(new_id()) for _ in range(3)]
    users = [UserId(new_id()) for _ in range(8)]
    groups = {ClientGroupId(new_id()): draw.choice(accounts) for _ in range(4)}
    world = Drawn(users, {}, [DossierId(new_id()) for _ in range(8)], [])
    for user in users:
        account = world.accounts[user] = draw.choice(accounts)
        role = draw.choice([Role.OWNER, Role.ADMINISTRATOR, Role.MEMBER, Role.MEMBER, Role.MEMBER])
        status = draw.choice([*[UserStatus.ACTIVE] * 5, UserStatus.SUSPENDED, UserStatus.REMOVED])
        told = a_user(user, account, role=role, status=status, medical=draw.random() < 0.3)
        world.facts += [_heard(event) for event in told]
    for dossier in world.dossiers:
        group = draw.choice(list(groups))
        kept = draw.choice([DossierStatus.OPEN, DossierStatus.OPEN, DossierStatus.ARCHIVED])
        world.facts.append(_heard(a_dossier(dossier, groups[group], group=group, status=kept)))
    for _ in range(8):
        world.facts.append(_heard(_group_access(draw, world, draw.choice(list(groups.items())))))
    for dossier in world.dossiers:
        world.facts += _grants(draw, world, dossier)
    draw.shuffle(world.facts)
    return world


def _heard(event: Event, version: int = 1) -> Heard[Event]:
    return Heard(event, new_id(), version, NOW)


def _group_access(draw: Random, world: Drawn, group: tuple[ClientGroupId, AccountId]) -> Event:
    return GroupAccessGiven(
        access_id=GroupAccessId(new_id()),
        group_id=group[0],
        account_id=group[1],
        user_id=draw.choice(world.users),
        level_id=LevelId(new_id()),
        rights=draw.choice(LEVELS),
        status=draw.choice(["live", "live", "ended"]),
    )


def _grants(draw: Random, world: Drawn, dossier: DossierId) -> list[Heard[Event]]:
    made: list[UUID] = []
    told: list[Heard[Event]] = []
    for _ in range(draw.randint(0, 6)):
        # Now and then a parent that nobody has heard of.
        parent = draw.choice([None, None, *made, *made, new_id()])
        user = draw.choice(world.users)
        fact: dict[str, Any] = {
            "grant_id": new_id(),
            "dossier_id": dossier,
            "account_id": new_id(),
            "recipient_id": user,
            "recipient_account_id": world.accounts[user],
            "given_by": new_id(),
            "parent_id": parent,
            "level_id": new_id(),
            "level_code": "any",
            "rights": draw.choice(LEVELS),
            "until": draw.choice(ENDS),
            "onward": Onward.ANY,
        }
        made.append(fact["grant_id"])
        told.append(_heard(GrantGiven(**fact, status=GrantStatus.LIVE)))
        if draw.random() < 0.2:
            told.append(_heard(GrantWithdrawn(**fact, status=GrantStatus.ENDED), 2))
    return told


@pytest.fixture(scope="module")
def databases(kept_databases: Any) -> Databases:
    found: Databases = kept_databases("sharing")
    return found


@pytest.fixture(scope="module")
def policy() -> EmbeddedRego:
    return EmbeddedRego(Path(__file__).parents[3] / "policies")


@pytest.fixture
async def sessions(databases: Databases) -> AsyncIterator[dict[str, AsyncSession]]:
    """As the consumer hears, and as a request reads."""
    engines = [create_async_engine(databases.url("sharing", role), poolclass=NullPool) for role in ("worker", "api")]
    async with AsyncSession(engines[0]) as worker, AsyncSession(engines[1]) as api:
        yield {"worker": worker, "api": api}
    for engine in engines:
        await engine.dispose()


async def hear(session: AsyncSession, facts: list[Heard[Event]]) -> None:
    for kind, run in groupby(facts, key=lambda one: type(one.event)):
        await HANDLERS[kind](session, list(run))
    topics = text("insert into freshness values ('keten.identity', now()) on conflict (topic) do update set at = now()")
    await session.execute(topics)
    await session.commit()


async def read_as(session: AsyncSession, user: UUID) -> None:
    await session.execute(
        text(
            "select set_config('keten.user', :user, true), set_config('keten.session', :user, true),"
            " set_config('keten.staleness', '60', true)"
        ),
        {"user": str(user)},
    )


async def listed(session: AsyncSession, policy: EmbeddedRego, world: Drawn, user: UUID) -> tuple[set[UUID], Decision]:
    facts = await ScopeResource().facts(session, user, NOW, lock=False)
    decision = Decision.of(policy.decide_now("scope", {"action": "dossier.read", **facts}))
    if not decision.allow:
        return set(), decision
    scope = Scope(
        user,
        world.accounts[user],
        frozenset(decision.ways),
        frozenset(decision.stale_ways),
        sorted(decision.rights),
        TODAY,
    )
    found = await session.scalars(
        select(dossier_access.c.dossier_id).where(within(scope), dossier_access.c.dossier_id.in_(world.dossiers))
    )
    return set(found), decision


async def checked(
    session: AsyncSession, policy: EmbeddedRego, dossier: UUID, user: UUID, *, authorised: bool | None = None
) -> Decision:
    """What the policy says; `authorised` says instead of the facts whether he has a medical authorisation."""
    facts = await DossierResource(dossier).facts(session, user, NOW, lock=False)
    if authorised is not None:
        facts["actor"]["medical"] = authorised
    return Decision.of(policy.decide_now("dossier", {"action": "dossier.read", **facts}))


SEEDS = st.integers(min_value=0, max_value=2**32)


@pytest.mark.rule("SHR-11", "SHR-12")
@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(seed=SEEDS)
async def test_what_is_listed_is_what_may_be_read(
    sessions: dict[str, AsyncSession], policy: EmbeddedRego, seed: int
) -> None:
    world, api = a_world(Random(seed)), sessions["api"]
    await api.rollback()
    await sessions["worker"].rollback()
    await hear(sessions["worker"], world.facts)

    for user in world.users:
        await read_as(api, user)
        in_list, _ = await listed(api, policy, world, user)
        allowed = {dossier for dossier in world.dossiers if (await checked(api, policy, dossier, user)).allow}
        rows = await api.execute(
            text("select dossier_id from dossier_access where dossier_id = any(:all) and public.reaches(dossier_id)"),
            {"all": world.dossiers},
        )
        reached = set(rows.scalars())

        assert in_list == allowed
        # Row-level security knows rights, not which of them count for whom: it shows what a medical authorisation would
        # open, and leaves that one difference to the policy.
        assert reached == {
            dossier for dossier in world.dossiers if (await checked(api, policy, dossier, user, authorised=True)).allow
        }
        assert allowed <= reached
        await api.rollback()


async def test_a_live_grant_is_found_behind_many_that_ran_out(
    sessions: dict[str, AsyncSession], policy: EmbeddedRego
) -> None:
    world = a_world(Random(1))
    user, account = UserId(new_id()), AccountId(new_id())
    dossier = DossierId(new_id())
    world.accounts[user], world.dossiers = account, [dossier]
    facts = [_heard(event) for event in [*a_user(user, account), a_dossier(dossier, AccountId(new_id()))]]
    ran_out = [(STANDARD_LEVELS[3].rights, TODAY - timedelta(days=1))] * 30
    for rights, until in [*ran_out, (STANDARD_LEVELS[0].rights, None)]:
        facts.append(_heard(_a_grant(dossier, user, rights, until)))
    await hear(sessions["worker"], facts)

    await read_as(sessions["api"], user)
    in_list, _ = await listed(sessions["api"], policy, world, user)
    decision = await checked(sessions["api"], policy, dossier, user)

    assert in_list == {dossier}
    assert decision.allow


@pytest.mark.rule("SHR-10")
async def test_the_level_tells_what_may_be_read_and_written(
    sessions: dict[str, AsyncSession], policy: EmbeddedRego
) -> None:
    user, dossiers = UserId(new_id()), [DossierId(new_id()) for _ in STANDARD_LEVELS]
    facts = [_heard(event) for event in a_user(user, AccountId(new_id()))]
    for dossier, level in zip(dossiers, STANDARD_LEVELS, strict=True):
        facts += [_heard(a_dossier(dossier, AccountId(new_id()))), _heard(_a_grant(dossier, user, level.rights, None))]
    await hear(sessions["worker"], facts)

    await read_as(sessions["api"], user)
    held = [(await checked(sessions["api"], policy, dossier, user)).rights for dossier in dossiers]

    assert held == [level.rights for level in STANDARD_LEVELS]


@pytest.mark.parametrize(("fresh", "listed_now"), list(product([True, False], repeat=2)))
async def test_stale_grants_are_left_out_of_a_list_and_make_a_check_uncertain(
    sessions: dict[str, AsyncSession], policy: EmbeddedRego, fresh: bool, listed_now: bool
) -> None:
    world = a_world(Random(2))
    user, dossier = UserId(new_id()), DossierId(new_id())
    world.accounts[user], world.dossiers = AccountId(new_id()), [dossier]
    facts = [_heard(event) for event in [*a_user(user, world.accounts[user]), a_dossier(dossier, AccountId(new_id()))]]
    if listed_now:
        facts.append(_heard(_a_grant(dossier, user, STANDARD_LEVELS[0].rights, None)))
    await hear(sessions["worker"], facts)
    if not fresh:
        await sessions["worker"].execute(text("update freshness set at = now() - interval '61 seconds'"))
        await sessions["worker"].commit()

    await read_as(sessions["api"], user)
    in_list, decision = await listed(sessions["api"], policy, world, user)
    check = await checked(sessions["api"], policy, dossier, user)

    assert in_list == ({dossier} if fresh and listed_now else set())
    assert decision.stale_ways == (("grants",) if listed_now and not fresh else ())
    assert check.allow is (fresh and listed_now)
    assert check.uncertain is (listed_now and not fresh)


def _a_grant(dossier: DossierId, user: UserId, rights: frozenset[str], until: date | None) -> GrantGiven:
    return GrantGiven.model_validate(
        {
            "grant_id": new_id(),
            "dossier_id": dossier,
            "account_id": new_id(),
            "recipient_id": user,
            "recipient_account_id": new_id(),
            "given_by": new_id(),
            "parent_id": None,
            "level_id": new_id(),
            "level_code": "any",
            "rights": rights,
            "until": until,
            "onward": Onward.NONE,
            "status": GrantStatus.LIVE,
        }
    )
