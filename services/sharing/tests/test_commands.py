"""Sharing a dossier as people do it, and all that is refused (SHR-15), on a real database."""

import asyncio

import pytest

from access.testing import a_dossier, a_user
from contracts.actions import Role
from contracts.dossier import DossierArchived, DossierStatus
from contracts.identity import UserStatus
from contracts.ids import UserId, new_id
from contracts.rights import ALL_RIGHTS

from .builders import LEVELS, Place, body, ok, own_level, refused


@pytest.mark.rule("SHR-6", "SHR-8", "SHR-16")
async def test_one_call_shares_one_dossier_with_one_person(place: Place) -> None:
    until = place.clock.in_days(30)

    answer = await place.taco.post("/grants", json=place.request(consentReference="form 7", until=until))

    grant = body(answer, 201)
    assert grant["recipient"] == {
        "userId": str(place.world.leon),
        "name": "Leon de Wit",
        "initials": "LW",
        "organisation": "Zorg 4 You",
    }
    assert grant["givenBy"]["organisation"] == "Kracht"
    assert (grant["level"]["code"], grant["status"], grant["version"]) == ("edit", "live", 1)
    assert (grant["purpose"], grant["legalBasis"]) == ("Shared care at home", "consent")
    assert (grant["consentReference"], grant["until"], grant["endedAt"]) == ("form 7", until, None)
    assert answer.headers["Location"] == f"/sharing/v1/grants/{grant['id']}"
    [(fact, data)] = await place.facts()
    assert (fact, data["grantId"], data["recipientAccountId"]) == ("grant-given", grant["id"], str(place.world.zorg))


@pytest.mark.rule("SHR-6")
async def test_sharing_again_on_the_same_terms_changes_nothing(place: Place) -> None:
    grant = await place.share()

    again = await place.taco.post("/grants", json=place.request())

    assert body(again, 200) == grant
    assert "Keten-Position" not in again.headers
    assert [fact for fact, _ in await place.facts()] == ["grant-given"]


@pytest.mark.rule("SHR-6", "SHR-11")
async def test_sharing_again_at_another_level_changes_the_grant(place: Place) -> None:
    grant = await place.share("view")

    changed = await ok(place.taco.post("/grants", json=place.request("edit")), 200)

    assert (changed["id"], changed["level"]["code"], changed["version"]) == (grant["id"], "edit", 2)
    assert [fact for fact, _ in await place.facts()] == ["grant-given", "grant-changed"]


@pytest.mark.rule("SHR-15")
async def test_a_dossier_is_not_shared_with_oneself(place: Place) -> None:
    await refused(place.taco.post("/grants", json=place.request(to=place.world.taco)), 409, "share-with-self")


@pytest.mark.rule("SHR-15")
@pytest.mark.parametrize("status", [None, UserStatus.SUSPENDED, UserStatus.REMOVED])
async def test_a_dossier_is_shared_with_active_users_only(place: Place, status: UserStatus | None) -> None:
    recipient = UserId(new_id())
    if status is not None:
        await place.service.hear(*a_user(recipient, place.world.zorg, status=status))

    await refused(place.taco.post("/grants", json=place.request(to=recipient)), 409, "recipient-unknown")


@pytest.mark.rule("SHR-15")
async def test_a_dossier_that_is_not_there_and_one_that_may_not_be_known_are_told_alike(place: Place) -> None:
    nowhere = await refused(
        place.taco.post("/grants", json=place.request(dossierId=str(new_id()))), 404, "dossier-unknown"
    )
    not_his = await refused(
        place.leon.post("/grants", json=place.request(to=place.world.lennart)), 404, "dossier-unknown"
    )

    assert nowhere == not_his


@pytest.mark.rule("SHR-15")
async def test_who_sees_the_dossier_but_does_not_manage_it_is_told_why_he_may_not_share(place: Place) -> None:
    await place.share("edit")

    problem = await refused(place.leon.post("/grants", json=place.request(to=place.world.lennart)), 403, "forbidden")

    assert {"rule": "right-missing", "right": "members:manage"} in problem["reasons"]


@pytest.mark.rule("SHR-15")
async def test_an_archived_dossier_is_not_shared_but_can_be_withdrawn(place: Place) -> None:
    grant = await place.share()
    await archive(place)

    await refused(place.taco.post("/grants", json=place.request("view")), 409, "dossier-is-archived")
    await refused(place.change(grant, levelId=str(LEVELS["view"].id)), 409, "dossier-is-archived")
    await ok(place.taco.delete(f"/grants/{grant['id']}"), 204)


@pytest.mark.rule("SHR-15")
async def test_nobody_shares_more_than_he_has(place: Place) -> None:
    few = LEVELS["view"].rights | {"members:manage"}
    _, anna = await place.colleague(few)

    problem = await refused(anna.post("/grants", json=place.request("report")), 409, "level-above-own")

    assert problem["missing"] == ["reports:write"]
    await ok(anna.post("/grants", json=place.request("view")), 201)


@pytest.mark.rule("SHR-15", "ALL-1")
async def test_medical_data_is_shared_only_by_who_may_see_it_himself(place: Place) -> None:
    level = await a_level_with_everything(place)
    _, doctor = await place.colleague(role=Role.ADMINISTRATOR, medical=True)

    problem = await refused(place.taco.post("/grants", json=place.request() | level), 409, "level-above-own")
    grant = await ok(doctor.post("/grants", json=place.request() | level), 201)

    assert problem["missing"] == ["medical:read", "medical:write"]
    assert grant["level"]["sections"]["medical"] == ["read", "write"]


@pytest.mark.rule("SHR-15", "ALL-1")
async def test_a_grant_of_medical_data_is_not_made_to_last_longer_by_who_may_not_see_it(place: Place) -> None:
    level = await a_level_with_everything(place)
    _, doctor = await place.colleague(role=Role.ADMINISTRATOR, medical=True)
    grant = await ok(doctor.post("/grants", json=place.request(until=place.clock.in_days(9)) | level), 201)

    await refused(place.change(grant, until=None), 409, "level-above-own")
    shorter = await ok(place.change(grant, until=place.clock.in_days(3), purpose="Less"), 200)
    lower = await ok(place.change(shorter, levelId=str(LEVELS["view"].id)), 200)

    assert (shorter["until"], shorter["purpose"], lower["level"]["code"]) == (place.clock.in_days(3), "Less", "view")


@pytest.mark.rule("SHR-15", "SHR-10")
async def test_a_level_of_another_account_is_unknown(place: Place) -> None:
    theirs = await ok(place.leon.post("/levels", json=own_level("intake")), 201)
    grant = await place.share()

    await refused(place.taco.post("/grants", json=place.request(levelId=theirs["id"])), 409, "level-unknown")
    await refused(place.taco.post("/grants", json=place.request(levelId=str(new_id()))), 409, "level-unknown")
    await refused(place.change(grant, levelId=theirs["id"]), 409, "level-unknown")


@pytest.mark.rule("SHR-15", "SHR-16")
@pytest.mark.parametrize("days", [0, -1])
async def test_an_end_date_lies_in_the_future(place: Place, days: int) -> None:
    ended = place.clock.in_days(days)
    await refused(place.taco.post("/grants", json=place.request(until=ended)), 409, "until-passed")
    grant = await place.share(until=place.clock.in_days(1))

    await refused(place.change(grant, until=ended), 409, "until-passed")


@pytest.mark.rule("SHR-15")
async def test_who_reaches_the_dossier_as_far_in_another_way_needs_no_grant(place: Place) -> None:
    administrator, _ = await place.colleague(role=Role.ADMINISTRATOR)
    member, _ = await place.colleague("report")

    await refused(place.taco.post("/grants", json=place.request("manage", to=administrator)), 409, HAS_ACCESS)
    await refused(place.taco.post("/grants", json=place.request("report", to=member)), 409, HAS_ACCESS)
    more = await ok(place.taco.post("/grants", json=place.request("edit", to=member)), 201)

    assert more["recipient"]["userId"] == str(member)


@pytest.mark.rule("SHR-15")
async def test_what_was_received_is_not_shared_onward_nor_made_more_by_its_recipient(place: Place) -> None:
    grant = await place.share("manage", until=place.clock.in_days(9))

    await refused(place.leon.post("/grants", json=place.request("view", to=place.world.lennart)), 409, ONWARD)
    await refused(place.change(grant, by=place.leon, until=None), 409, ONWARD)
    assert (await ok(place.leon.get(f"/grants/{grant['id']}")))["version"] == 1


@pytest.mark.rule("SHR-6")
async def test_two_people_who_share_with_one_person_at_once_give_one_grant(place: Place) -> None:
    _, anna = await place.colleague("manage")

    answers = await asyncio.gather(*(by.post("/grants", json=place.request()) for by in (place.taco, anna)))

    assert {answer.status_code for answer in answers} <= {200, 201, 409}
    assert [answer.status_code for answer in answers].count(201) == 1
    assert all(a.json()["type"] == "/problems/changed-meanwhile" for a in answers if a.status_code == 409)
    assert [fact for fact, _ in await place.facts()] == ["grant-given"]
    assert len((await ok(place.leon.get("/grants")))["items"]) == 1


HAS_ACCESS = "recipient-already-has-access"
ONWARD = "onward-sharing-off"


async def a_level_with_everything(place: Place) -> dict[str, str]:
    sections: dict[str, list[str]] = {}
    for right in sorted(ALL_RIGHTS):
        section, _, verb = right.partition(":")
        sections.setdefault(section, []).append(verb)
    made = await ok(place.taco.post("/levels", json=own_level("everything", **sections)), 201)
    return {"levelId": made["id"]}


async def archive(place: Place) -> None:
    world = place.world
    dossier = a_dossier(world.dossier, world.kracht, group=world.group, client=world.client)
    archived = dossier.model_dump() | {"status": DossierStatus.ARCHIVED}
    await place.service.hear(DossierArchived(**archived), version=2)
