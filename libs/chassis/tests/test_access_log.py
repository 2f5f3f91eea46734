"""The access log: every line is chained, and whoever changes, removes or adds one is found out."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from sqlalchemy import text

from access.testing import World, a_user, a_world
from chassis import access_log, operators
from chassis.access_log import GROUP, SEALED_AT_ONCE, GroupCommit, Line, Sealer, Verification
from chassis.database import Sessions, engine, sessions
from chassis.databases import Databases
from chassis.keyrings import Keyring, keyring
from chassis.operators import Deed, Operator
from chassis.testing.services import ServiceUnderTest, running
from chassis.tokens import Actor
from contracts.ids import new_id
from contracts.operators import OPERATOR, PLATFORM, OperatorAction, OperatorReason
from contracts.rights import STANDARD_LEVELS
from contracts.sharing import AccessLogged, AccessLogSealed
from sharing.main import create

pytestmark = pytest.mark.rule("ALL-2")

RING = Keyring("a", {"a": b"a key for sealing"})
ACTOR = Actor(new_id(), new_id(), "keten-test", "session")


@pytest.fixture(scope="module")
def databases(kept_databases: Callable[..., Databases]) -> Databases:
    return kept_databases("sharing")


@pytest.fixture
async def owner(databases: Databases) -> AsyncIterator[asyncpg.Connection]:
    """Somebody who can write in the tables, as he should not."""
    async with databases.connected("sharing", "owner") as owner:
        await owner.execute("truncate access_log_line, access_log_seal, outbox")
        yield owner


@pytest.fixture
async def made(databases: Databases, owner: asyncpg.Connection) -> AsyncIterator[Sessions]:
    worker = engine(databases.url("sharing", "worker"), size=5)
    yield sessions(worker)
    await worker.dispose()


def now() -> datetime:
    return datetime.now(UTC)


def a_line(at: datetime | None = None, *, action: str = "report.read", subject: UUID | None = None) -> Line:
    reasons = [{"rule": "account-role", "role": "owner"}]
    return Line(at or now(), ACTOR, action, subject or new_id(), "allowed", reasons)


def a_sealer(made: Sessions, *, ring: Keyring = RING, clock: Callable[[], datetime] = now, ship: Any = None) -> Sealer:
    return Sealer(made, ring, clock=clock, sealed=AccessLogSealed, ship=ship, service="sharing")


async def write(made: Sessions, *lines: Line) -> None:
    async with made() as session, session.begin():
        await access_log.write(session, lines)


async def verified(made: Sessions, ring: Keyring = RING) -> Verification:
    async with made() as session:
        return await access_log.verify(session, ring)


async def ids(owner: asyncpg.Connection) -> list[UUID]:
    return [row["id"] for row in await owner.fetch("select id from access_log_line order by link")]


@pytest.fixture
async def sealed(made: Sessions, owner: asyncpg.Connection) -> list[UUID]:
    """Six lines, sealed in two goes."""
    for _ in range(2):
        await write(made, a_line(), a_line(), a_line())
        await a_sealer(made).seal()
    return await ids(owner)


async def test_a_chain_that_nobody_touched_holds(made: Sessions, sealed: list[UUID]) -> None:
    await write(made, a_line())

    assert await verified(made) == Verification(segments=1, lines=6, unsealed=1, intact=True, broken_at=None)


@pytest.mark.parametrize(
    "change",
    [
        "actor_id = gen_random_uuid()",
        "account_id = gen_random_uuid()",
        "client = 'other'",
        "on_behalf_of = gen_random_uuid()",
        "subject_id = null",
        "at = at + interval '1 microsecond'",
        "action = 'report.write'",
        "outcome = 'denied'",
        "reasons = '[]'",
        "emergency = true",
        "id = gen_random_uuid()",
        "mac = 'a.AAAA'",
    ],
)
async def test_a_changed_line_is_found(
    made: Sessions, owner: asyncpg.Connection, sealed: list[UUID], change: str
) -> None:
    place: int = await owner.fetchval("select link from access_log_line where id = $1", sealed[2])

    await owner.execute(f"update access_log_line set {change} where id = $1", sealed[2])

    found = await verified(made)
    assert not found.intact
    assert found.broken_at == await owner.fetchval("select id from access_log_line where link = $1", place)


@pytest.mark.parametrize(("removed", "found_at"), [(0, 1), (3, 4)])
async def test_a_removed_line_is_found(
    made: Sessions, owner: asyncpg.Connection, sealed: list[UUID], removed: int, found_at: int
) -> None:
    await owner.execute("delete from access_log_line where id = $1", sealed[removed])

    assert (await verified(made)).broken_at == sealed[found_at]


async def test_a_chain_cut_short_is_found(made: Sessions, owner: asyncpg.Connection, sealed: list[UUID]) -> None:
    await owner.execute("delete from access_log_line where id = any($1)", sealed[4:])

    found = await verified(made)
    assert not found.intact
    assert found.broken_at == await owner.fetchval("select segment_id from access_log_seal")


async def test_a_chain_cut_short_together_with_its_head_is_found_by_the_head_on_the_log(
    made: Sessions, owner: asyncpg.Connection, sealed: list[UUID]
) -> None:
    said = await owner.fetchval("select body::jsonb->'data'->>'head' from outbox order by seq desc limit 1")
    held = await owner.fetchval("select head from access_log_seal")

    assert said == held


async def test_an_added_line_is_found(made: Sessions, owner: asyncpg.Connection, sealed: list[UUID]) -> None:
    forged: UUID = await owner.fetchval(
        """insert into access_log_line (id, at, actor_id, account_id, client, action, outcome, reasons, emergency, mac,
               link)
           select gen_random_uuid(), at, actor_id, account_id, client, action, outcome, reasons, emergency, mac, 7
           from access_log_line where id = $1 returning id""",
        sealed[5],
    )

    assert (await verified(made)).broken_at == forged


async def test_swapped_lines_are_found(made: Sessions, owner: asyncpg.Connection, sealed: list[UUID]) -> None:
    await owner.execute(
        "update access_log_line set link = case link when 2 then 4 else 2 end where link in (2, 4)",
    )

    assert (await verified(made)).broken_at == sealed[3]


async def test_a_lost_head_is_found(made: Sessions, owner: asyncpg.Connection, sealed: list[UUID]) -> None:
    await owner.execute("delete from access_log_seal")

    assert not (await verified(made)).intact


async def test_a_chain_outlives_a_change_of_keys(made: Sessions, sealed: list[UUID]) -> None:
    renewed = Keyring("b", {"a": RING.keys["a"], "b": b"the next key"})
    await write(made, a_line())
    await a_sealer(made, ring=renewed).seal()

    assert (await verified(made, renewed)).intact
    assert not (await verified(made, Keyring("b", {"b": b"the next key"}))).intact


async def test_who_has_not_got_the_key_cannot_seal(made: Sessions) -> None:
    await write(made, a_line())
    await a_sealer(made, ring=Keyring("a", {"a": b"guessed"})).seal()

    assert not (await verified(made)).intact


async def test_lines_that_are_written_while_others_are_sealed_are_all_chained(
    made: Sessions, owner: asyncpg.Connection
) -> None:
    writing, checks = 4, []

    async def some() -> None:
        nonlocal writing
        for _ in range(15):
            await write(made, a_line(), a_line())
        writing -= 1

    async def seal() -> None:
        while writing:
            await a_sealer(made).seal()

    async def check() -> None:
        while writing:
            checks.append(await verified(made))

    await asyncio.gather(*(some() for _ in range(4)), seal(), seal(), check())
    await a_sealer(made).seal()

    assert all(found.intact for found in checks)
    found = await verified(made)
    assert (found.intact, found.lines, found.unsealed) == (True, 120, 0)
    assert await owner.fetchval("select count(distinct link) from access_log_line") == 120


async def test_a_line_that_was_numbered_early_and_committed_late_is_sealed_too(made: Sessions) -> None:
    async with made() as slow:
        await access_log.write(slow, [a_line()])
        await write(made, a_line(), a_line())
        await a_sealer(made).seal()
        await slow.commit()
    await a_sealer(made).seal()

    found = await verified(made)
    assert (found.intact, found.lines) == (True, 3)


async def test_more_lines_than_are_sealed_at_once(made: Sessions) -> None:
    await write(made, *(a_line() for _ in range(SEALED_AT_ONCE + 1)))
    sealer = a_sealer(made)

    assert [await sealer.seal() for _ in range(3)] == [SEALED_AT_ONCE, 1, 0]
    assert (await verified(made)).intact


async def test_each_month_is_a_segment_of_its_own(made: Sessions, owner: asyncpg.Connection) -> None:
    end = (now().replace(day=1, hour=0, minute=0, second=0, microsecond=0) + timedelta(days=32)).replace(day=1)
    last, first = end - timedelta(microseconds=1), end

    await write(made, a_line(first), a_line(last), a_line(first))
    await a_sealer(made).seal()

    seals = await owner.fetch("select segment, lines from access_log_seal order by segment")
    assert [tuple(seal) for seal in seals] == [(f"{last:%Y-%m}", 1), (f"{first:%Y-%m}", 2)]
    assert await owner.fetchval("select count(*) from outbox where type like '%access-log-sealed%'") == 2
    found = await verified(made)
    assert (found.segments, found.lines, found.intact) == (2, 3, True)


async def test_the_sealer_makes_room_for_the_months_to_come(made: Sessions, owner: asyncpg.Connection) -> None:
    later = now() + timedelta(days=200)
    with pytest.raises(Exception, match="partition"):
        await write(made, a_line(later))

    await a_sealer(made, clock=lambda: later).seal()

    await write(made, a_line(later), a_line(later + timedelta(days=28)))


async def test_what_concerns_a_dossier_is_shipped_to_it_once(made: Sessions, owner: asyncpg.Connection) -> None:
    one, other = new_id(), new_id()
    lines = [a_line(subject=one), a_line(subject=other), a_line(subject=one)]
    await write(made, *lines, Line(now(), ACTOR, "level.read", None, "allowed", []))

    def ship(dossier: UUID, lines: Any) -> AccessLogged:
        return AccessLogged(dossier_id=dossier, lines=lines)

    sealer = a_sealer(made, ship=ship)
    await sealer.seal()
    await sealer.seal()

    rows = await owner.fetch(
        "select key, jsonb_array_length(body::jsonb->'data'->'lines') as n from outbox where type like '%access-logged%'"
    )
    assert {row["key"]: row["n"] for row in rows} == {one: 2, other: 1}


async def test_lines_are_kept_when_they_are_said_to_be(made: Sessions, owner: asyncpg.Connection) -> None:
    log = GroupCommit(made)
    async with log.running():
        await asyncio.gather(*(log.record([a_line()]) for _ in range(GROUP + 10)))
        kept = await owner.fetchval("select count(*) from access_log_line")

    assert kept == GROUP + 10


async def test_who_waits_for_a_line_that_cannot_be_kept_is_told(made: Sessions, owner: asyncpg.Connection) -> None:
    log, nowhere = GroupCommit(made), datetime(1990, 1, 1, tzinfo=UTC)
    async with log.running():
        with pytest.raises(Exception, match="partition"):
            await log.record([a_line(nowhere)])
        await log.record([a_line()])

    assert await owner.fetchval("select count(*) from access_log_line") == 1


async def test_somebody_who_no_longer_waits_hinders_nobody(made: Sessions, owner: asyncpg.Connection) -> None:
    log = GroupCommit(made)
    async with log.running():
        impatient = asyncio.create_task(log.record([a_line()]))
        await asyncio.sleep(0)
        impatient.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await impatient
        await log.record([a_line()])

    assert await owner.fetchval("select count(*) from access_log_line") == 2


@pytest.fixture
async def sharing(databases: Databases, owner: asyncpg.Connection) -> AsyncIterator[ServiceUnderTest]:
    async with running(create, databases, peers=["documents", "dossier"]) as service:
        yield service


@pytest.fixture
async def world(sharing: ServiceUnderTest) -> World:
    world = a_world()
    await sharing.hear(*world.facts())
    return world


def a_share(world: World) -> dict[str, Any]:
    return {
        "dossierId": str(world.dossier),
        "recipient": {"userId": str(world.leon)},
        "levelId": str(STANDARD_LEVELS[0].id),
        "purpose": "Care",
        "legalBasis": "consent",
    }


async def test_changes_reads_and_denials_stand_in_the_log_before_the_answer(
    sharing: ServiceUnderTest, world: World, owner: asyncpg.Connection
) -> None:
    taco, stranger = sharing.client(world.taco, world.kracht), sharing.client(world.lennart, world.zorg)
    lines = "select outcome, actor_id from access_log_line where subject_id = $1 order by seq"

    said = []
    for request in (
        taco.post("/grants", json=a_share(world)),
        taco.get("/grants", params={"dossierId": str(world.dossier)}),
        stranger.get("/grants", params={"dossierId": str(world.dossier)}),
        stranger.post("/grants", json=a_share(world)),
    ):
        await request
        said.append(len(await owner.fetch(lines, world.dossier)))

    assert said == [1, 2, 3, 4]
    assert [tuple(row) for row in await owner.fetch(lines, world.dossier)] == [
        ("allowed", world.taco),
        ("allowed", world.taco),
        ("denied", world.lennart),
        ("denied", world.lennart),
    ]


async def test_an_answer_whose_line_cannot_be_kept_does_not_leave(
    sharing: ServiceUnderTest, world: World, owner: asyncpg.Connection
) -> None:
    taco: httpx.AsyncClient = sharing.client(world.taco, world.kracht)
    await owner.execute("alter table access_log_line add constraint no_more check (action <> 'level.read') not valid")

    try:
        answer = await taco.get("/levels")
    finally:
        await owner.execute("alter table access_log_line drop constraint no_more")

    assert answer.status_code == 500
    assert "levels" not in answer.text


async def test_who_may_can_have_the_chain_checked(
    sharing: ServiceUnderTest, world: World, owner: asyncpg.Connection, made: Sessions
) -> None:
    member = a_user(new_id(), world.kracht)  # type: ignore[arg-type]
    await sharing.hear(*member)
    taco = sharing.client(world.taco, world.kracht)
    await taco.get("/levels")
    await a_sealer(made, ring=keyring(sharing.settings.secrets, "sealing")).seal()

    checked = await taco.post("/access-log/_verify")
    assert checked.status_code == 200, checked.text
    whole = checked.json()
    await owner.execute("update access_log_line set action = 'level.manage' where mac is not null")
    broken = (await taco.post("/access-log/_verify")).json()
    refused = await sharing.client(member[0].key, world.kracht).post("/access-log/_verify")

    assert whole["intact"] is True
    assert not broken["intact"]
    assert refused.status_code == 403


async def test_who_answers_requests_takes_no_line_and_no_fact_back(databases: Databases) -> None:
    async with databases.connected("sharing", "api") as api:
        months = await api.fetch(
            "select inhrelid::regclass::text as name from pg_inherits i where inhparent = $1::regclass",
            "access_log_line",
        )
        for table in ("access_log_line", "access_log_seal", "outbox", *(month["name"] for month in months)):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await api.execute(f"delete from {table}")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await api.execute("update access_log_line set outcome = 'allowed'")

    assert months


async def test_what_an_operator_did_is_chained_and_shipped_like_any_line(made: Sessions) -> None:
    dossier = new_id()
    deed = Deed(OperatorAction.EVENTS_REPLAY, dossier, {"key": str(dossier)})

    async with made() as session, session.begin():
        await operators.write(session, Operator("beheerder", OperatorReason.FAULT), [deed], at=now())
    await a_sealer(made, ship=lambda subject, lines: AccessLogged(dossier_id=subject, lines=lines)).seal()

    found = await verified(made)
    assert (found.intact, found.lines, found.unsealed) == (True, 1, 0)
    async with made() as session:
        bodies = await session.scalars(text("select body from outbox where type like '%access-logged%'"))
        [line] = json.loads(bodies.one())["data"]["lines"]
    assert (line["actorId"], line["accountId"]) == (str(OPERATOR), str(PLATFORM))
    assert (line["subjectId"], line["action"]) == (str(dossier), "events.replay")
