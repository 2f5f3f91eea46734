"""Levels of an account's own, on a real database."""

import pytest

from contracts.ids import new_id

from .builders import Place, ok, own_level, refused


@pytest.mark.rule("SHR-10")
async def test_an_account_has_the_four_levels_and_those_it_made(place: Place) -> None:
    made = await ok(place.taco.post("/levels", json=own_level("intake", profile=["read"], members=["read"])), 201)

    levels = (await ok(place.taco.get("/levels")))["items"]
    theirs = (await ok(place.leon.get("/levels")))["items"]

    assert [level["code"] for level in levels] == ["view", "report", "edit", "manage", "intake"]
    assert [level["standard"] for level in levels] == [True] * 4 + [False]
    assert made == levels[-1]
    assert made["sections"] == {"profile": ["read"], "members": ["read"]}
    assert len(theirs) == 4


@pytest.mark.rule("SHR-10")
async def test_a_level_of_ones_own_is_shared_and_shown_to_its_recipient(place: Place) -> None:
    made = await ok(place.taco.post("/levels", json=own_level("intake", profile=["read"])), 201)

    await place.share(levelId=made["id"])

    [received] = (await ok(place.leon.get("/grants")))["items"]
    assert received["level"] == made


@pytest.mark.rule("SHR-10")
async def test_a_level_that_cannot_be_is_refused(place: Place) -> None:
    await ok(place.taco.post("/levels", json=own_level("intake")), 201)

    await refused(place.taco.post("/levels", json=own_level("intake")), 409, "level-code-taken")
    await refused(place.taco.post("/levels", json=own_level("manage")), 409, "level-code-taken")
    await refused(place.taco.post("/levels", json=own_level("none", profile=[])), 400, "rights-unknown")
    await refused(place.taco.post("/levels", json=own_level("wrong", members=["write"])), 400, "rights-unknown")
    await refused(place.taco.post("/levels", json=own_level("wrong", secrets=["read"])), 400, "input-invalid")
    await refused(place.lennart.post("/levels", json=own_level("other")), 403, "forbidden")


@pytest.mark.rule("SHR-10", "SHR-21")
async def test_whoever_writes_in_a_section_reads_it_for_what_he_changes_is_shown_to_him(place: Place) -> None:
    blind = own_level("blind", reports=["read"], profile=["write"], medical=["write"])

    problem = await refused(place.taco.post("/levels", json=blind), 400, "write-without-read")

    assert problem["missing"] == ["medical:read", "profile:read"]


async def test_levels_come_in_pages(place: Place) -> None:
    first = await place.taco.get("/levels?limit=3")
    last = await ok(place.taco.get(first.links["next"]["url"]))

    assert [level["code"] for level in first.json()["items"] + last["items"]] == ["view", "report", "edit", "manage"]
    await refused(place.taco.get(f"/levels?cursor={new_id()}"), 400, "cursor-unknown")
