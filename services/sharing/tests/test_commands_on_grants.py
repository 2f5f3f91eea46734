"""What becomes of a grant: changed, withdrawn, left, ended by itself, and given anew; on a real database."""

import asyncio

import pytest

from contracts.actions import Role
from contracts.identity import UserStatus, UserSuspended

from .builders import LEVELS, Place, body, ok, refused


@pytest.mark.rule("SHR-11")
async def test_another_level_counts_from_the_next_request_on(place: Place) -> None:
    grant = await place.share("view")
    members = f"/grants?dossierId={place.world.dossier}"
    await refused(place.leon.get(members), 403, "forbidden")

    raised = await ok(place.change(grant, levelId=str(LEVELS["manage"].id)), 200)
    await ok(place.leon.get(members), 200)
    lowered = await ok(place.change(raised, levelId=str(LEVELS["edit"].id)), 200)

    await refused(place.leon.get(members), 403, "forbidden")
    assert [raised["version"], lowered["version"]] == [2, 3]
    assert [fact for fact, _ in await place.facts()] == ["grant-given", "grant-changed", "grant-changed"]


@pytest.mark.rule("SHR-11")
async def test_what_a_change_does_not_name_stays_and_what_is_null_goes(place: Place) -> None:
    grant = await place.share(until=place.clock.in_days(9), consentReference="form 7")

    changed = await ok(place.change(grant, legalBasis="treatment", until=None), 200)

    assert changed == grant | {"legalBasis": "treatment", "until": None, "version": 2}


@pytest.mark.rule("SHR-11")
async def test_a_change_to_what_is_already_so_changes_nothing(place: Place) -> None:
    grant = await place.share()

    answer = await place.change(grant, levelId=grant["level"]["id"], purpose=grant["purpose"])

    assert body(answer, 200) == grant
    assert "Keten-Position" not in answer.headers
    assert len(await place.facts()) == 1


@pytest.mark.rule("SHR-16")
async def test_why_it_was_shared_is_not_rewritten_by_who_received_it(place: Place) -> None:
    own = await place.share("manage", consentReference="form 7")
    others = await place.share("edit", to=place.world.lennart)
    _, anna = await place.colleague("manage")

    for grant in (own, others):
        for said in ({"purpose": "Other"}, {"legalBasis": "vital-interest"}, {"consentReference": "form 8"}):
            await refused(place.change(grant, by=place.leon, **said), 409, "ground-is-the-owners")

    assert await ok(place.leon.get(f"/grants/{own['id']}")) == own
    assert (await ok(place.change(own, by=anna, consentReference="form 8"), 200))["consentReference"] == "form 8"


@pytest.mark.rule("SHR-12")
async def test_a_withdrawn_dossier_is_gone_for_its_recipient_and_told_as_ended_to_its_managers(place: Place) -> None:
    grant = await place.share("manage")

    await ok(place.taco.delete(f"/grants/{grant['id']}"), 204)

    assert (await ok(place.leon.get("/grants")))["items"] == []
    await refused(place.leon.get(f"/grants/{grant['id']}"), 404, "grant-unknown")
    await refused(place.leon.get(f"/grants?dossierId={place.world.dossier}"), 404, "dossier-unknown")
    ended = await ok(place.taco.get(f"/grants/{grant['id']}"))
    assert (ended["status"], ended["version"]) == ("ended", 2)
    assert ended["endedAt"].endswith("Z")
    assert [fact for fact, _ in await place.facts()] == ["grant-given", "grant-withdrawn"]


@pytest.mark.rule("SHR-12")
async def test_an_ended_grant_is_not_withdrawn_again_nor_changed_nor_left(place: Place) -> None:
    grant = await place.share()
    await ok(place.taco.delete(f"/grants/{grant['id']}"), 204)

    await refused(place.taco.delete(f"/grants/{grant['id']}"), 409, "grant-ended")
    await refused(place.change(grant | {"version": 2}, purpose="Other"), 409, "grant-ended")
    await refused(place.change(grant | {"version": 2}, purpose=grant["purpose"]), 409, "grant-ended")
    await refused(place.leon.delete(f"/grants/{grant['id']}"), 404, "grant-unknown")


@pytest.mark.rule("SHR-12")
async def test_two_withdrawals_at_once_are_one(place: Place) -> None:
    grant = await place.share()

    answers = await asyncio.gather(*(place.taco.delete(f"/grants/{grant['id']}") for _ in range(2)))

    assert sorted(answer.status_code for answer in answers) == [204, 409]
    assert [fact for fact, _ in await place.facts()] == ["grant-given", "grant-withdrawn"]


@pytest.mark.rule("SHR-12")
async def test_a_recipient_leaves_by_himself(place: Place) -> None:
    grant = await place.share("view")

    await ok(place.leon.delete(f"/grants/{grant['id']}"), 204)

    await refused(place.leon.get(f"/grants/{grant['id']}"), 404, "grant-unknown")
    assert (await ok(place.taco.get(f"/grants/{grant['id']}")))["status"] == "ended"
    assert [fact for fact, _ in await place.facts()] == ["grant-given", "grant-left"]


@pytest.mark.rule("SHR-12")
async def test_who_merely_sees_the_dossier_withdraws_nobody(place: Place) -> None:
    grant = await place.share("view")
    await place.share("edit", to=place.world.lennart)

    await refused(place.lennart.delete(f"/grants/{grant['id']}"), 403, "forbidden")


async def test_a_suspended_recipient_does_nothing_not_even_leave(place: Place) -> None:
    grant = await place.share()
    suspended = {"user_id": place.world.leon, "account_id": place.world.zorg, "role": Role.OWNER, "medical": False}
    await place.service.hear(UserSuspended(**suspended, status=UserStatus.SUSPENDED), version=2)

    await refused(place.leon.delete(f"/grants/{grant['id']}"), 403, "user-not-active")
    await refused(place.leon.get("/grants"), 403, "user-not-active")


@pytest.mark.rule("SHR-6", "SHR-12")
async def test_what_was_withdrawn_is_shared_anew_by_another_grant(place: Place) -> None:
    first = await place.share("edit")
    await ok(place.taco.delete(f"/grants/{first['id']}"), 204)

    second = await place.share("view")

    assert second["id"] != first["id"]
    assert [one["id"] for one in (await ok(place.leon.get("/grants")))["items"]] == [second["id"]]


@pytest.mark.rule("SHR-16")
async def test_a_grant_ends_by_itself_on_its_end_date(place: Place) -> None:
    grant = await place.share("manage", until=place.clock.in_days(1))
    await ok(place.leon.get(f"/grants?dossierId={place.world.dossier}"))

    place.clock.forward(days=1)

    assert (await ok(place.leon.get("/grants")))["items"] == []
    await refused(place.leon.get(f"/grants/{grant['id']}"), 404, "grant-unknown")
    await refused(place.leon.get(f"/grants?dossierId={place.world.dossier}"), 404, "dossier-unknown")
    await refused(place.change(grant, until=None), 409, "grant-ended")
    await refused(place.taco.delete(f"/grants/{grant['id']}"), 409, "grant-ended")
    told = await ok(place.taco.get(f"/grants/{grant['id']}"))
    assert (told["status"], told["version"]) == ("ended", 1)
    assert told["endedAt"] <= place.clock.now.isoformat()


@pytest.mark.rule("SHR-6", "SHR-16")
async def test_a_dossier_is_shared_anew_after_the_first_time_ran_out(place: Place) -> None:
    first = await place.share("edit", until=place.clock.in_days(1))
    place.clock.forward(days=2)

    second = await ok(place.taco.post("/grants", json=place.request("edit")), 201)

    assert second["id"] != first["id"]
    assert [fact for fact, _ in await place.facts()] == ["grant-given", "grant-withdrawn", "grant-given"]
    assert (await ok(place.leon.get(f"/grants/{second['id']}")))["status"] == "live"
