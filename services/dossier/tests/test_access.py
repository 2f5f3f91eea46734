"""Who reaches a dossier, who reached it, and who did what: what the pages about access tell."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import event, func, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import operators
from chassis.access_log_months import kept_from
from chassis.database import acting_for, engine, sessions
from chassis.housekeeping import Housekeeping
from chassis.operators import Deed, Operator
from contracts.access_log import AccessLogLine
from contracts.ids import DossierId, new_id
from contracts.operators import OperatorAction, OperatorReason
from contracts.sharing import AccessLogged
from dossier import tables
from dossier.domain.group import SHARED_WITH_ME
from dossier.main import WIRING

from .builders import Place, ok, refused


@pytest.mark.rule("SHR-17")
async def test_members_show_initials_and_of_others_their_organisation(place: Place) -> None:
    group = await place.group()
    made = await place.dossier(group)
    anna_id, anna = await place.colleague()
    await place.let_in(group, anna_id, "report")
    await place.share(made["dossierId"], "edit")

    members = (await ok(place.taco.get(f"/dossiers/{made['dossierId']}/members")))["items"]

    told = {one["name"]: (one["initials"], one["organisation"], one["external"], one["level"]) for one in members}
    assert told == {
        "Anna van den Berg": ("AB", "Kracht", False, "report"),
        "Leon de Wit": ("LW", "Zorg 4 You", True, "edit"),
        "Taco Bakker": ("TB", "Kracht", False, None),
    }
    assert [one["through"] for one in members] == [["group-access"], ["grant"], ["account-role"]]
    assert (await ok(anna.get(f"/dossiers/{made['dossierId']}")))["sections"]["members"] == {"count": 3}


@pytest.mark.rule("BEY-2", "BEY-3")
async def test_who_had_access_at_a_moment_is_told_with_the_reasons(place: Place) -> None:
    made = await place.dossier()
    access = f"/dossiers/{made['dossierId']}/access"
    before = datetime.now(UTC)
    given = await place.share(made["dossierId"], "edit")
    shared = datetime.now(UTC)
    await place.withdraw(given)

    now = (await ok(place.taco.get(access)))["items"]
    then = (await ok(place.taco.get(access, params={"at": shared.isoformat()})))["items"]
    earlier = (await ok(place.taco.get(access, params={"at": before.isoformat()})))["items"]

    assert [one["name"] for one in now] == ["Taco Bakker"]
    assert [one["name"] for one in earlier] == ["Taco Bakker"]
    [taco, leon] = then
    assert leon["external"] is True
    [way] = leon["ways"]
    assert (way["through"], way["id"], way["level"]) == ("grant", str(given.grant_id), "edit")
    assert way["givenBy"]["name"] == "Taco Bakker"
    assert before <= datetime.fromisoformat(way["since"]) <= shared
    assert leon["why"][0]["chain"] == [str(given.grant_id)]
    assert (taco["ways"][0]["through"], taco["why"][0]["role"]) == ("account-role", "owner")
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    await refused(place.taco.get(access, params={"at": soon}), 400, "moment-in-future")


@pytest.mark.rule("ALL-2")
async def test_the_access_log_tells_reads_changes_denials_and_that_it_was_read(place: Place) -> None:
    made = await place.dossier()
    dossier = f"/dossiers/{made['dossierId']}"
    await place.share(made["dossierId"], "view")
    await ok(place.leon.get(dossier))
    await refused(place.leon.post(f"{dossier}/tasks", json={"title": "Bellen"}), 403)
    lennart = place.of(place.world.lennart, place.world.zorg)
    await refused(lennart.get(dossier), 404)
    await ok(place.taco.post(f"{dossier}/tasks", json={"title": "Bellen"}))
    await ok(place.taco.get(f"{dossier}/access-log"))

    lines = (await ok(place.taco.get(f"{dossier}/access-log")))["items"]

    told = [(one["person"]["name"], one["action"], one["outcome"]) for one in lines]
    assert told[:4] == [
        ("Taco Bakker", "access_log.read", "allowed"),
        ("Taco Bakker", "task.write", "allowed"),
        ("Lennart Smit", "dossier.read", "denied"),
        ("Leon de Wit", "task.write", "denied"),
    ]
    assert ("Leon de Wit", "profile.read", "allowed") in told
    assert told[-1] == ("Taco Bakker", "group.register_client", "allowed")
    read = next(one for one in lines if one["action"] == "profile.read")
    assert (read["person"]["organisation"], read["reasons"][0]["rule"]) == ("Zorg 4 You", "grant")
    await refused(place.leon.get(f"{dossier}/access-log"), 403)


@pytest.mark.rule("ALL-2")
async def test_the_access_log_pages_and_filters_over_own_and_shipped_lines(place: Place) -> None:
    made = await place.dossier()
    path = f"/dossiers/{made['dossierId']}/access-log"
    line = a_line(place, made["dossierId"])
    shipped = AccessLogged(dossier_id=DossierId(UUID(made["dossierId"])), lines=[line])

    await place.service.hear(shipped)
    await place.service.hear(shipped, version=2)

    last_year = {"from": "2025-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}
    [old] = (await ok(place.taco.get(path, params=last_year)))["items"]
    assert (old["service"], old["action"], old["person"]["name"]) == ("sharing", "grant.give", "Leon de Wit")
    first = await ok(place.taco.get(path, params={"limit": 1}))
    seen, cursor = first["items"], first["next"]
    while cursor:
        page = await ok(place.taco.get(path, params={"limit": 1, "cursor": cursor}))
        seen, cursor = seen + page["items"], page["next"]
    assert seen[-1]["id"] == str(line.id)
    assert [one["at"] for one in seen] == sorted((one["at"] for one in seen), reverse=True)


@pytest.mark.rule("ALL-2")
async def test_shipped_lines_go_by_whole_months_with_our_own_and_no_rebuild_brings_them_back(place: Place) -> None:
    dossier = DossierId(UUID((await place.dossier())["dossierId"]))
    now = datetime.now(UTC)
    first = kept_from(now)
    second = kept_from(now.replace(day=1) + timedelta(days=31))
    ages = (first - timedelta(seconds=1), first, second - timedelta(seconds=1), second)
    lines = [a_line(place, str(dossier), at=at) for at in ages]

    async def shipped() -> list[UUID]:
        async with place.as_worker() as session:
            asked = select(tables.access_log_shipped.c.id).order_by(tables.access_log_shipped.c.at)
            return list(await session.scalars(asked.where(tables.access_log_shipped.c.subject_id == dossier)))

    await place.service.hear(AccessLogged(dossier_id=dossier, lines=lines))
    assert await shipped() == [line.id for line in lines[1:]], "what is too old already is not taken in"

    made = place.service.service.work.made
    for at, left in ((now, lines[1:]), (now.replace(day=1) + timedelta(days=31), lines[3:])):
        await Housekeeping(made, clock=lambda at=at: at, own=WIRING.forget).forget()  # type: ignore[misc]
        assert await shipped() == [line.id for line in left]


@pytest.mark.rule("ALL-2")
@pytest.mark.parametrize(("language", "name"), [("nl", "Platformbeheer"), ("en", "Platform operator")])
async def test_what_an_operator_did_is_shown_to_who_reads_the_log_of_the_dossier(
    place: Place, language: str, name: str
) -> None:
    made = await place.dossier()
    operator = Operator("beheerder", OperatorReason.FAULT, "INC-2041")
    deed = Deed(OperatorAction.EVENTS_DROP, UUID(made["dossierId"]), {"event": str(new_id())})

    async with place.as_worker() as session:
        await operators.write(session, operator, [deed], at=datetime.now(UTC))

    path = f"/dossiers/{made['dossierId']}/access-log"
    [line, *_] = (await ok(place.taco.get(path, headers={"Accept-Language": language})))["items"]
    assert (line["person"]["name"], line["person"]["organisation"]) == (name, "Keten")
    assert (line["action"], line["client"]) == ("events.drop", "keten (beheerder)")
    [why] = line["reasons"]
    assert why == {"rule": "operator", "reason": "fault", "reference": "INC-2041", **deed.told}


async def test_the_chain_of_the_access_log_is_verified_by_who_may(place: Place) -> None:
    _, anna = await place.colleague()

    assert (await ok(place.taco.post("/access-log/_verify")))["intact"] is True
    await refused(anna.post("/access-log/_verify"), 403)


@pytest.mark.rule("SHR-4", "SHR-21")
async def test_a_query_without_any_scope_returns_nothing_to_who_has_no_access(place: Place) -> None:
    made = await place.dossier()
    dossier = f"/dossiers/{made['dossierId']}"
    await ok(place.taco.post(f"{dossier}/reports", json={"text": "Rustig."}))
    await ok(place.taco.patch(f"{dossier}/reports/{await newest(place, dossier)}", json={"text": "Niet."}, headers=V1))
    goal = await ok(place.taco.post(f"{dossier}/goals", json={"title": "Koken"}))
    await ok(place.taco.post(f"{dossier}/goals/{goal['id']}/actions", json={"title": "Boodschappen"}))
    await ok(place.taco.post(f"{dossier}/tasks", json={"title": "Bellen"}))
    await ok(place.taco.post(f"{dossier}/documents", json={"title": "Brief", "text": "Geachte"}))

    own = await rows_seen(place, place.world.taco)
    others = await rows_seen(place, place.world.leon)
    nobody = await rows_seen(place, None)

    assert own == dict.fromkeys(tables.CONTENT, 1)
    assert others == nobody == dict.fromkeys(tables.CONTENT, 0)


async def test_nothing_is_written_into_a_dossier_one_does_not_reach(place: Place) -> None:
    made = await place.dossier()
    new = tables.report.insert().values(
        id=new_id(),
        dossier_id=UUID(made["dossierId"]),
        author_id=place.world.leon,
        written_at=func.now(),
        editor_id=place.world.leon,
        edited_at=func.now(),
        version=1,
        at=func.now(),
        text="Hier hoort dit niet.",
    )

    api = engine(place.service.databases.url("dossier", "api"), size=1)
    async with sessions(api)() as session:
        act_for(session, place.world.leon)
        with pytest.raises(DBAPIError, match="row-level security"):
            await session.execute(new)
    await api.dispose()


@pytest.mark.rule("SHR-1")
@pytest.mark.parametrize("role", ["api", "worker"])
async def test_the_database_itself_refuses_another_owner_of_a_dossier(place: Place, role: str) -> None:
    await place.dossier()

    connected = engine(place.service.databases.url("dossier", role), size=1)
    async with sessions(connected)() as session:
        with pytest.raises(DBAPIError, match="permission denied"):
            await session.execute(update(tables.dossier).values(account_id=place.world.zorg))
    await connected.dispose()


async def test_every_table_with_content_is_under_the_second_lock(place: Place) -> None:
    worker = engine(place.service.databases.url("dossier", "worker"), size=1)
    async with sessions(worker)() as session:
        unlocked = await session.scalars(
            text("""
            select relname from pg_class c where relnamespace = 'public'::regnamespace and relkind = 'r'
                and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'dossier_id')
                and not (relrowsecurity and relforcerowsecurity)""")
        )
        assert list(unlocked) == []
    await worker.dispose()


V1 = {"If-Match": '"1"'}


async def newest(place: Place, dossier: str) -> str:
    return str((await ok(place.taco.get(f"{dossier}/reports")))["items"][0]["id"])


async def rows_seen(place: Place, user_id: UUID | None) -> dict[str, int]:
    """How many rows of this world's dossiers a session of this user finds when it asks without any condition."""
    api = engine(place.service.databases.url("dossier", "api"), size=1)
    seen: dict[str, int] = {}
    async with sessions(api)() as session:
        if user_id is not None:
            act_for(session, user_id)
        for name in tables.CONTENT:
            table = tables.mapping.metadata.tables[f"public.{name}"]
            seen[name] = await session.scalar(select(func.count()).select_from(table)) or 0
    await api.dispose()
    return seen


def act_for(session: AsyncSession, user_id: UUID) -> None:
    event.listen(session.sync_session, "after_begin", acting_for(str(user_id), session_id="test", staleness=60))


def a_line(place: Place, dossier_id: str, *, at: datetime = datetime(2025, 5, 5, tzinfo=UTC)) -> AccessLogLine:
    return AccessLogLine(
        id=new_id(),
        at=at,
        service="sharing",
        actor_id=place.world.leon,
        account_id=place.world.zorg,
        client="keten-test",
        on_behalf_of=None,
        subject_id=UUID(dossier_id),
        action="grant.give",
        outcome="denied",
        reasons=[{"rule": "right-missing"}],
    )


@pytest.mark.rule("BEY-16")
async def test_received_access_waits_when_the_log_was_not_heard_for_too_long(place: Place) -> None:
    made = await place.dossier()
    dossier = f"/dossiers/{made['dossierId']}"
    await place.share(made["dossierId"], "edit")
    await ok(place.leon.get(dossier))
    await _deafen(place)

    await refused(place.leon.get(dossier), 503, "unavailable")
    await refused(place.leon.post(f"{dossier}/reports", json={"text": "Te laat"}), 503, "unavailable")
    await refused(place.leon.get(f"/clients?group={SHARED_WITH_ME}"), 503, "unavailable")
    await ok(place.taco.get(dossier))
    await ok(place.taco.post(f"{dossier}/reports", json={"text": "Eigen werk gaat door"}))

    await place.service.hear()
    await ok(place.leon.get(dossier))


@pytest.mark.rule("SHR-4", "BEY-2")
async def test_an_outsider_is_not_told_which_group_of_the_owner_gave_access(place: Place) -> None:
    group = await place.group()
    made = await place.dossier(group)
    anna_id, _ = await place.colleague()
    await place.let_in(group, anna_id, "report")
    await place.share(made["dossierId"], "edit")
    access = f"/dossiers/{made['dossierId']}/access"

    outside = (await place.leon.get(access)).text
    inside = (await place.taco.get(access)).text

    assert str(group) not in outside
    assert "group-access" in outside
    assert str(group) in inside


async def _deafen(place: Place) -> None:
    """As if nothing had come from the log for two minutes."""
    worker = engine(place.service.databases.url("dossier", "worker"), size=1)
    async with sessions(worker)() as session, session.begin():
        await session.execute(text("update projection.freshness set at = now() - interval '2 minutes'"))
    await worker.dispose()
