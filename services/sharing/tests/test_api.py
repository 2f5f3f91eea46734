"""What sharing's routes do beyond its rules: the order of answers, versions, repeats, positions, pages and languages."""

import asyncio
from typing import Any

import httpx
import pytest

from access.testing import a_user
from contracts.ids import UserId, new_id

from .builders import LEVELS, Place, body, ok, refused

VIEW, EDIT = str(LEVELS["view"].id), str(LEVELS["edit"].id)


async def test_a_refusal_comes_in_the_order_that_gives_nothing_away(place: Place) -> None:
    grant = await place.share("edit")
    path, other = f"/grants/{grant['id']}", {"purpose": "Other"}
    nobody = place.service.client()
    await ok(place.taco.delete(path), 204)

    await refused(nobody.patch(path, json={"until": "soon"}), 401, "unauthenticated")
    await refused(place.lennart.patch(path, json={"until": "soon"}), 400, "input-invalid")
    await refused(place.lennart.patch(path, json=other), 404, "grant-unknown")
    await place.share("edit", to=place.world.lennart)
    await refused(place.lennart.patch(path, json=other), 403, "forbidden")
    await refused(place.taco.patch(path, json=other), 428, "version-missing")
    await refused(place.taco.patch(path, json=other, headers={"If-Match": '"1"'}), 412, "version-stale")
    await refused(place.taco.patch(path, json=other, headers={"If-Match": '"2"'}), 409, "grant-ended")
    await nobody.aclose()


async def test_all_faults_are_told_at_once_and_never_their_values(place: Place) -> None:
    wrong = {"dossierId": "the dossier", "recipient": {}, "legalBasis": "because", "purpose": "  ", "until": "soon"}

    problem = await refused(place.taco.post("/grants", json=wrong), 400, "input-invalid")

    assert {fault["location"] for fault in problem["faults"]} == {
        "body.dossierId",
        "body.recipient.userId",
        "body.levelId",
        "body.purpose",
        "body.legalBasis",
        "body.until",
    }
    assert not any(value in str(problem) for value in ("the dossier", "because", "soon"))


@pytest.mark.parametrize("member", ["levelId", "purpose", "legalBasis"])
async def test_what_a_grant_must_have_is_not_taken_away(place: Place, member: str) -> None:
    grant = await place.share()

    problem = await refused(place.change(grant, **{member: None}), 400, "input-invalid")

    assert [fault["location"] for fault in problem["faults"]] == [f"body.{member}"]


async def test_a_text_that_no_database_keeps_is_refused(place: Place) -> None:
    await refused(place.taco.post("/grants", json=place.request(purpose="a\x00b")), 400, "input-invalid")


async def test_the_version_that_was_read_is_the_version_that_is_changed(place: Place) -> None:
    grant = await place.share("view")
    path = f"/grants/{grant['id']}"
    read = await place.taco.get(path)

    changed = await place.taco.patch(path, json={"levelId": EDIT}, headers={"If-Match": read.headers["ETag"]})

    assert body(changed, 200)["version"] == 2
    assert changed.headers["ETag"] == (await place.taco.get(path)).headers["ETag"]
    again = place.taco.patch(path, json={"levelId": VIEW}, headers={"If-Match": read.headers["ETag"]})
    await refused(again, 412, "version-stale")
    await refused(place.taco.patch(path, json={}, headers={"If-Match": "mine"}), 400, "if-match-invalid")


async def test_the_same_request_sent_twice_has_one_effect_and_one_answer(place: Place) -> None:
    headers = {"Idempotency-Key": str(new_id())}

    first = await place.taco.post("/grants", json=place.request(), headers=headers)
    again = await place.taco.post("/grants", json=place.request(), headers=headers)

    assert (again.status_code, again.json()) == (201, body(first, 201))
    other = place.taco.post("/grants", json=place.request("view"), headers=headers)
    await refused(other, 409, "idempotency-key-reused")
    assert len(await place.facts()) == 1


@pytest.mark.rule("BEY-16", "SHR-11", "SHR-12")
@pytest.mark.parametrize("how", ["lowered", "lowered by sharing again", "ended sooner", "withdrawn", "left"])
async def test_access_is_told_as_taken_away_only_when_every_service_has_it(place: Place, how: str) -> None:
    grant = await place.share("edit")
    place.dossier_service.confirms = False

    answer = await restricting(place, grant, how)

    unconfirmed = body(answer, 202)
    assert unconfirmed == {"position": answer.headers["Keten-Position"], "pending": ["dossier"]}
    position = {"position": unconfirmed["position"]}
    assert await ok(place.taco.post("/positions/_check", json=position)) == {"pending": ["dossier"]}
    place.dossier_service.confirms = True
    assert await ok(place.taco.post("/positions/_check", json=position)) == {"pending": []}


@pytest.mark.rule("BEY-16")
async def test_what_gives_access_waits_for_nobody(place: Place) -> None:
    place.dossier_service.confirms = False

    grant = await place.share("view", until=place.clock.in_days(9))
    higher = await ok(place.change(grant, levelId=EDIT))
    await ok(place.change(higher, until=None, purpose="Longer"))


async def test_a_write_names_what_later_reads_must_have_seen(place: Place) -> None:
    answer = await place.taco.post("/grants", json=place.request())

    body(answer, 201)
    seen = await place.leon.get("/grants", headers={"Keten-Position": answer.headers["Keten-Position"]})

    assert len(body(seen, 200)["items"]) == 1
    await refused(place.leon.get("/grants", headers={"Keten-Position": "forged"}), 400, "position-invalid")


async def test_a_long_list_comes_in_pages_that_lead_to_one_another(place: Place) -> None:
    people = [UserId(new_id()) for _ in range(3)]
    for one in people:
        await place.service.hear(*a_user(one, place.world.zorg))
        await place.share("view", to=one)
    path = f"/grants?dossierId={place.world.dossier}&limit=2"

    first = await place.taco.get(path)
    found = body(first, 200)
    link = first.links["next"]["url"]
    last = await place.taco.get(link)

    assert [one["recipient"]["userId"] for one in found["items"] + body(last, 200)["items"]] == list(map(str, people))
    assert found["next"] == httpx.URL(link).params["cursor"]
    assert (last.json()["next"], "Link" in last.headers) == (None, False)


@pytest.mark.parametrize(
    ("language", "told", "level"),
    [("nl", "U kunt een dossier niet met uzelf delen", "Inzien"), ("en", "You cannot share a dossier", "View")],
)
async def test_people_read_their_own_language(place: Place, language: str, told: str, level: str) -> None:
    taco = place.of(place.world.taco, place.world.kracht, **{"Accept-Language": language})

    problem = await refused(taco.post("/grants", json=place.request(to=place.world.taco)), 409, "share-with-self")
    levels = (await ok(taco.get("/levels")))["items"]

    assert problem["detail"].startswith(told)
    assert levels[0]["name"] == level


@pytest.mark.rule("SHR-6")
async def test_a_lost_race_leaves_nothing_behind(place: Place) -> None:
    await place.share("view")
    await asyncio.gather(*(place.taco.post("/grants", json=place.request("edit", purpose=str(n))) for n in range(3)))

    facts = [fact for fact, _ in await place.facts()]
    [grant] = (await ok(place.leon.get("/grants")))["items"]

    assert grant["version"] == len(facts)


async def restricting(place: Place, grant: dict[str, Any], how: str) -> httpx.Response:
    path = f"/grants/{grant['id']}"
    if how == "lowered":
        return await place.change(grant, levelId=VIEW)
    if how == "lowered by sharing again":
        return await place.taco.post("/grants", json=place.request("view"))
    if how == "ended sooner":
        return await place.change(grant, until=place.clock.in_days(1))
    return await (place.leon if how == "left" else place.taco).delete(path)
