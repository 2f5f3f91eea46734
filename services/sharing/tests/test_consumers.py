"""What sharing hears decides who may share with whom. Twice is once, late is ignored."""

import pytest

from access.testing import a_user
from contracts.actions import Role
from contracts.identity import UserAdded, UserChanged, UserStatus, UserSuspended
from contracts.ids import UserId, new_id
from contracts.sharing import GrantGiven

from .builders import Place, an_access, ok, refused


async def test_twice_is_once(place: Place) -> None:
    recipient = UserId(new_id())
    known = a_user(recipient, place.world.zorg)

    await place.service.hear(*known)
    await place.service.hear(*known)

    await place.share(to=recipient)


async def test_late_is_ignored(place: Place) -> None:
    recipient = UserId(new_id())
    added, profile = a_user(recipient, place.world.zorg)
    assert isinstance(added, UserAdded)

    await place.service.hear(UserSuspended(**added.model_dump() | {"status": UserStatus.SUSPENDED}), version=2)
    await place.service.hear(added, profile)

    await refused(place.taco.post("/grants", json=place.request(to=recipient)), 409, "recipient-unknown")


@pytest.mark.rule("SHR-12")
async def test_a_late_given_does_not_revive_what_was_withdrawn(place: Place) -> None:
    grant = await place.share("manage")
    [(_, given)] = await place.facts()
    await ok(place.taco.delete(f"/grants/{grant['id']}"), 204)

    await place.service.hear(GrantGiven.model_validate(given))

    await refused(place.leon.get(f"/grants?dossierId={place.world.dossier}"), 404, "dossier-unknown")


@pytest.mark.rule("ALL-1")
async def test_a_medical_authorisation_that_was_taken_away_counts_from_then_on(place: Place) -> None:
    doctor, client = await place.colleague(role=Role.ADMINISTRATOR, medical=True)
    sections = {"medical": ["read"]}
    level = await ok(client.post("/levels", json={"code": "medical", "name": "Medical", "sections": sections}), 201)
    asked = place.request(levelId=level["id"])
    await ok(client.post("/grants", json=asked), 201)

    unauthorised, _ = a_user(doctor, place.world.kracht, role=Role.ADMINISTRATOR)
    await place.service.hear(UserChanged(**unauthorised.model_dump()), version=2)

    await refused(client.post("/grants", json=asked | {"purpose": "Other"}), 409, "level-above-own")


async def test_access_to_a_group_opens_the_sharing_of_its_dossiers(place: Place) -> None:
    anna, client = await place.colleague()
    await refused(client.post("/grants", json=place.request("view")), 404, "dossier-unknown")

    await place.service.hear(an_access(place.world, anna, frozenset({"members:manage"})))

    await refused(client.post("/grants", json=place.request("view")), 409, "level-above-own")
