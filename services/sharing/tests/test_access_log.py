"""Every act and every denial about a grant is a line of the access log, and reaches the log of its dossier (ALL-2)."""

from typing import Any

import pytest
from sqlalchemy import select, text

from chassis.access_log import Sealer
from chassis.database import engine, sessions
from chassis.keyrings import keyring
from chassis.tables import access_log_line
from contracts.access_log import AccessLogLine
from sharing.main import WIRING

from .builders import LEVELS, Place, ok, refused

pytestmark = pytest.mark.rule("ALL-2")


async def test_each_act_is_a_line_with_who_did_it(place: Place) -> None:
    taco, leon = place.world.taco, place.world.leon
    grant = await place.share("view")
    await ok(place.change(grant, levelId=str(LEVELS["edit"].id)))
    await ok(place.taco.get(f"/grants/{grant['id']}"))
    await ok(place.leon.get(f"/grants/{grant['id']}"))
    await ok(place.taco.get(f"/grants?dossierId={place.world.dossier}"))
    await ok(place.leon.delete(f"/grants/{grant['id']}"), 204)
    await place.share("view")
    again = (await ok(place.leon.get("/grants")))["items"][0]
    await ok(place.taco.delete(f"/grants/{again['id']}"), 204)

    assert await place.lines() == [
        ("grant.give", "allowed", taco),
        ("grant.change", "allowed", taco),
        ("grant.read", "allowed", taco),
        ("grant.list", "allowed", leon),
        ("grant.read", "allowed", taco),
        ("grant.leave", "allowed", leon),
        ("grant.give", "allowed", taco),
        ("grant.withdraw", "allowed", taco),
    ]


async def test_each_denial_is_a_line(place: Place) -> None:
    grant, lennart, leon = await place.share("view"), place.world.lennart, place.world.leon
    path = f"/grants/{grant['id']}"

    await refused(place.lennart.get(path), 404, "grant-unknown")
    await refused(place.lennart.get(f"/grants?dossierId={place.world.dossier}"), 404, "dossier-unknown")
    await refused(place.lennart.delete(path), 404, "grant-unknown")
    await refused(place.change(grant, place.lennart, purpose="Other"), 404, "grant-unknown")
    await refused(place.leon.post("/grants", json=place.request(to=lennart)), 403, "forbidden")

    assert await place.lines() == [
        ("grant.give", "allowed", place.world.taco),
        ("grant.read", "denied", lennart),
        ("grant.read", "denied", lennart),
        ("grant.withdraw", "denied", lennart),
        ("grant.change", "denied", lennart),
        ("grant.give", "denied", leon),
    ]


async def test_a_line_says_by_which_rule(place: Place) -> None:
    await place.share("manage")
    await ok(place.leon.get(f"/grants?dossierId={place.world.dossier}"))

    given, read = await reasons(place)

    assert given == [{"rule": "account-role", "role": "owner"}]
    assert [(reason["rule"], reason["rights"]) for reason in read] == [("grant", sorted(LEVELS["manage"].rights))]


async def test_what_is_about_no_dossier_is_logged_as_well(place: Place) -> None:
    await ok(place.leon.get("/grants"))
    await ok(place.leon.get("/levels"))
    await refused(
        place.lennart.post("/levels", json={"code": "own", "name": "Own", "sections": {"profile": []}}),
        403,
        "forbidden",
    )

    line = access_log_line.c
    theirs = select(line.action, line.outcome, line.subject_id).where(line.account_id == place.world.zorg)
    found = [tuple(row) for row in await place.rows(theirs.order_by(line.seq))]

    assert found == [
        ("grant.list", "allowed", None),
        ("level.read", "allowed", None),
        ("level.manage", "denied", None),
    ]


async def test_a_change_that_is_refused_by_a_rule_was_not_made_and_is_not_logged_as_made(place: Place) -> None:
    await refused(place.taco.post("/grants", json=place.request(to=place.world.taco)), 409, "share-with-self")

    assert await place.lines() == []


@pytest.mark.rule("BEY-6")
async def test_sealed_lines_are_sent_to_the_log_of_their_dossier(place: Place) -> None:
    await place.share("view")
    await refused(place.lennart.get(f"/grants?dossierId={place.world.dossier}"), 404, "dossier-unknown")

    await seal(place)
    await seal(place)

    [sent] = [data for fact, data in await place.facts() if fact == "access-logged"]
    lines = [AccessLogLine.model_validate(line) for line in sent["lines"]]
    assert sent["dossierId"] == str(place.world.dossier)
    assert {(line.service, line.subject_id) for line in lines} == {("sharing", place.world.dossier)}
    assert [(line.action, line.outcome, line.actor_id, line.account_id) for line in lines] == [
        ("grant.give", "allowed", place.world.taco, place.world.kracht),
        ("grant.read", "denied", place.world.lennart, place.world.zorg),
    ]
    [*_, head] = await place.rows(
        text("select body from public.outbox where type = 'nl.keten.sharing.access-log-sealed.v1' order by seq")
    )
    assert '"head"' in head.body


async def test_the_chain_of_lines_holds(place: Place) -> None:
    await place.share("view")
    await seal(place)

    found = await ok(place.taco.post("/access-log/_verify"))

    assert (found["intact"], found["firstBrokenLineId"]) == (True, None)
    assert found["lines"] >= 1
    await refused(place.lennart.post("/access-log/_verify"), 403, "forbidden")


async def reasons(place: Place) -> list[Any]:
    line = access_log_line.c
    found = select(line.reasons).where(line.subject_id == place.world.dossier).order_by(line.seq)
    return [row.reasons for row in await place.rows(found)]


async def seal(place: Place) -> int:
    worker = engine(place.service.databases.url("sharing", "worker"), size=1)
    ring = keyring(place.service.settings.secrets, "sealing")
    sealer = Sealer(
        sessions(worker), ring, clock=place.clock, sealed=WIRING.sealed, ship=WIRING.ship, service=WIRING.name
    )
    sealed = await sealer.seal()
    await worker.dispose()
    return sealed
