"""How the projection is heard: twice is once, late is ignored, and what was withdrawn is not revived."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from access.handlers import HANDLERS
from access.testing import a_dossier, a_user, an_account
from contracts.actions import Role
from contracts.dossier import DossierArchived, DossierErased, ErasureGround, GroupAccessEnded, GroupAccessGiven
from contracts.events import Event
from contracts.identity import (
    AccountErased,
    AccountTransferred,
    Retention,
    SessionEnded,
    UserErased,
    UserProfile,
    UserStatus,
    UserSuspended,
)
from contracts.ids import AccountId, ClientGroupId, DossierId, GroupAccessId, LevelId, UserId, new_id
from contracts.rights import STANDARD_LEVELS
from contracts.sharing import GrantChanged, GrantGiven, GrantLeft, GrantWithdrawn, LevelDefined

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
LEVEL = {level.code: level.rights for level in STANDARD_LEVELS}
A, B = new_id(), new_id()
GROUP, DOSSIER, USER, ACCOUNT, OWNER = (new_id() for _ in range(5))

Grant = Callable[..., Any]
Hear = Callable[..., Any]


def _group_access(kind: type[Event], status: str) -> Event:
    return kind(
        access_id=GroupAccessId(A),
        group_id=ClientGroupId(GROUP),
        account_id=AccountId(ACCOUNT),
        user_id=UserId(USER),
        level_id=LevelId(B),
        rights=LEVEL["view"],
        status=status,
    )


def _user(kind: type[Event], status: UserStatus, role: Role) -> Event:
    return kind(user_id=UserId(USER), account_id=AccountId(ACCOUNT), role=role, status=status, medical=False)


def _profile(name: str, photo_id: UUID | None = None) -> Event:
    return UserProfile(
        user_id=UserId(USER),
        account_id=AccountId(ACCOUNT),
        name=name,
        initials="X",
        sort_key=name,
        language="nl",
        photo_id=photo_id,
    )


_opened, _named = an_account(AccountId(ACCOUNT), "Kracht", owner=UserId(USER))
_added, _ = a_user(UserId(USER), AccountId(ACCOUNT))
_registered = a_dossier(DossierId(DOSSIER), AccountId(ACCOUNT), group=ClientGroupId(GROUP))
_archived = DossierArchived.model_validate({**_registered.model_dump(), "status": "archived"})
_erased = DossierErased.model_validate(
    {**_registered.model_dump(), "status": "erased", "ground": ErasureGround.REQUEST_OF_THE_PERSON}
)

# Table, and two facts of one thing: what it was first, and what it is afterwards.
STOCK: dict[str, tuple[str, Event, Event]] = {
    "accounts": (
        "account",
        _opened,
        AccountTransferred(account_id=AccountId(ACCOUNT), owner_id=UserId(OWNER)),
    ),
    "account names": ("account", _named, an_account(AccountId(ACCOUNT), "Kracht BV", owner=UserId(USER))[1]),
    "people": ("person", _added, _user(UserSuspended, UserStatus.SUSPENDED, Role.ADMINISTRATOR)),
    "profiles": ("person", _profile("Anna"), _profile("Anna Bos")),
    "photos": ("person", _profile("Anna", photo_id=A), _profile("Anna")),
    "levels": (
        "level",
        LevelDefined(level_id=LevelId(B), account_id=AccountId(ACCOUNT), code="own", rights=LEVEL["view"]),
        LevelDefined(level_id=LevelId(B), account_id=AccountId(ACCOUNT), code="own", rights=LEVEL["edit"]),
    ),
    "dossiers": ("dossier_access", _registered, _archived),
    "erased dossiers": ("dossier_access", _registered, _erased),
    "erased people": ("person", _profile("Anna"), UserErased(user_id=UserId(USER), account_id=AccountId(ACCOUNT))),
    "erased accounts": (
        "account",
        _named,
        AccountErased(account_id=AccountId(ACCOUNT), retention=Retention.NOTHING_TO_KEEP),
    ),
    "group access": (
        "group_access",
        _group_access(GroupAccessGiven, "live"),
        _group_access(GroupAccessEnded, "ended"),
    ),
}


async def rows(session: AsyncSession, table: str) -> list[dict[str, Any]]:
    found = await session.execute(text(f"select * from {table} order by 1"))
    return [dict(row._mapping) for row in found]


async def opens(session: AsyncSession, grant_id: UUID) -> tuple[frozenset[str], date | None]:
    found = await session.execute(
        text("select effective_rights, effective_until from grant_access where id = :id"), {"id": grant_id}
    )
    row = found.one()
    return frozenset(row.effective_rights), row.effective_until


@pytest.mark.parametrize("what", STOCK)
async def test_twice_is_once(session: AsyncSession, hear: Hear, what: str) -> None:
    table, first, second = STOCK[what]
    await hear(session, [(first, 1, AT), (second, 2, AT)])
    once = await rows(session, table), await rows(session, "fact_history")

    await hear(session, [(first, 1, AT), (second, 2, AT), (second, 2, AT)])

    assert (await rows(session, table), await rows(session, "fact_history")) == once


@pytest.mark.parametrize("what", STOCK)
async def test_late_is_ignored(session: AsyncSession, hear: Hear, what: str) -> None:
    table, first, second = STOCK[what]
    await hear(session, [(second, 2, AT)])
    newest = await rows(session, table)

    await hear(session, [(first, 1, AT)])

    assert await rows(session, table) == newest
    assert len(newest) == 1


@pytest.mark.parametrize("what", STOCK)
async def test_the_newest_of_a_batch_counts_in_whatever_order_it_comes(
    session: AsyncSession, hear: Hear, what: str
) -> None:
    table, first, second = STOCK[what]
    await hear(session, [(first, 1, AT), (second, 2, AT)])
    in_order = await rows(session, table)
    await session.rollback()

    await hear(session, [(second, 2, AT), (first, 1, AT)])

    assert await rows(session, table) == in_order


async def test_a_name_and_a_role_do_not_wait_for_each_other(session: AsyncSession, hear: Hear) -> None:
    await hear(session, [(_profile("Anna"), 5, AT)])
    await hear(session, [(_added, 1, AT)])

    ((person),) = await rows(session, "person")
    assert (person["name"], person["status"], person["version"], person["profile_version"]) == ("Anna", "active", 1, 5)


async def test_an_ended_session_stays_ended_until_its_tokens_are_over(session: AsyncSession, hear: Hear) -> None:
    now = datetime.now(UTC)
    ended = SessionEnded(user_id=UserId(USER), session_id="s", tokens_expire_at=now + timedelta(minutes=5))
    long_ago = SessionEnded(user_id=UserId(USER), session_id="t", tokens_expire_at=now - timedelta(days=1))

    await hear(session, [(long_ago, 1, AT), (ended, 2, AT), (ended, 2, AT)])

    assert [row["session_id"] for row in await rows(session, "ended_session")] == ["s"]


@pytest.mark.rule("SHR-12")
@pytest.mark.parametrize("end", [GrantWithdrawn, GrantLeft])
async def test_a_grant_that_ended_is_not_revived_by_what_comes_late(
    session: AsyncSession, hear: Hear, grant: Grant, end: type[Event]
) -> None:
    told = {"id": A, "dossier": DOSSIER, "recipient": USER}

    await hear(session, [(grant(end, **told), 3, AT)])
    await hear(session, [(grant(GrantGiven, **told), 1, AT)])
    await hear(session, [(grant(GrantChanged, **told), 2, AT)])

    assert await opens(session, A) == (frozenset(), None)
    assert [row["status"] for row in await rows(session, "grant_access")] == ["ended"]


@pytest.mark.rule("SHR-11")
async def test_a_changed_grant_opens_what_it_says_now(session: AsyncSession, hear: Hear, grant: Grant) -> None:
    told = {"id": A, "dossier": DOSSIER, "recipient": USER}

    await hear(session, [(grant(GrantGiven, **told, rights=LEVEL["edit"]), 1, AT)])
    await hear(session, [(grant(GrantChanged, **told, rights=LEVEL["view"], until=date(2027, 1, 1)), 2, AT)])

    assert await opens(session, A) == (LEVEL["view"], date(2027, 1, 1))


@pytest.mark.rule("SHR-11")
async def test_a_child_that_comes_before_its_parent_opens_nothing_until_it_comes(
    session: AsyncSession, hear: Hear, grant: Grant
) -> None:
    parent = grant(GrantGiven, id=A, dossier=DOSSIER, recipient=OWNER, rights=LEVEL["report"])
    child = grant(GrantGiven, id=B, dossier=DOSSIER, recipient=USER, rights=LEVEL["view"] | {"plan:write"}, parent=A)

    await hear(session, [(child, 1, AT)])
    before = await opens(session, B)
    await hear(session, [(parent, 1, AT)])

    assert before == (frozenset(), None)
    assert await opens(session, B) == (LEVEL["view"], None)


@pytest.mark.rule("SHR-11", "SHR-12")
async def test_a_chain_of_four_opens_what_every_link_has_until_the_first_end(
    session: AsyncSession, hear: Hear, grant: Grant
) -> None:
    links = [new_id() for _ in range(4)]
    levels = [LEVEL["manage"], LEVEL["edit"], LEVEL["report"] | {"tasks:write"}, LEVEL["manage"]]
    ends = [None, date(2027, 3, 1), None, date(2027, 6, 1)]
    facts = [
        grant(
            GrantGiven,
            id=links[n],
            dossier=DOSSIER,
            recipient=new_id(),
            rights=levels[n],
            until=ends[n],
            parent=links[n - 1] if n else None,
        )
        for n in range(4)
    ]

    results = set()
    for order in list(permutations(range(4)))[::4]:
        for n in order:
            await hear(session, [(facts[n], 1, AT)])
        results.add(await opens(session, links[3]))
        await session.rollback()
    await hear(session, [(fact, 1, AT) for fact in facts])
    lowered = grant(GrantChanged, id=links[1], dossier=DOSSIER, recipient=OWNER, rights=LEVEL["view"], parent=links[0])
    await hear(session, [(lowered, 2, AT)])
    after_lowering = await opens(session, links[3])
    ended = grant(GrantWithdrawn, id=links[0], dossier=DOSSIER, recipient=OWNER)
    await hear(session, [(ended, 2, AT)])

    assert results == {(LEVEL["report"] | {"tasks:write"}, date(2027, 3, 1))}
    assert after_lowering == (LEVEL["view"], date(2027, 6, 1))
    assert [(await opens(session, link))[0] for link in links] == [frozenset()] * 4


@pytest.mark.rule("SHR-11")
async def test_raising_a_parent_raises_no_child_above_its_own_level(
    session: AsyncSession, hear: Hear, grant: Grant
) -> None:
    parent = {"id": A, "dossier": DOSSIER, "recipient": OWNER}
    child = grant(GrantGiven, id=B, dossier=DOSSIER, recipient=USER, rights=LEVEL["view"], parent=A)
    await hear(session, [(grant(GrantGiven, **parent, rights=LEVEL["view"]), 1, AT), (child, 1, AT)])

    await hear(session, [(grant(GrantChanged, **parent, rights=LEVEL["manage"]), 2, AT)])

    assert (await opens(session, B))[0] == LEVEL["view"]


def test_every_handler_has_a_stock_test() -> None:
    tried = {type(event) for _, *events in STOCK.values() for event in events}
    handlers = {HANDLERS[kind] for kind in tried} | {HANDLERS[GrantGiven], HANDLERS[SessionEnded]}

    assert handlers == set(HANDLERS.values())
