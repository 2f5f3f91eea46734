"""Who sees which grants."""

import pytest

from access.testing import World, a_dossier, a_user, a_world
from contracts.ids import DossierId, UserId, new_id

from .builders import Place, ok, refused


@pytest.mark.rule("SHR-17")
async def test_a_grant_is_seen_by_its_recipient_and_by_who_manages_the_members(place: Place) -> None:
    grant = await place.share("view")
    _, manager = await place.colleague("manage")

    for reader in (place.leon, place.taco, manager):
        assert await ok(reader.get(f"/grants/{grant['id']}")) == grant


@pytest.mark.rule("SHR-4")
async def test_a_grant_is_not_there_for_anybody_else(place: Place) -> None:
    grant = await place.share("view")
    _, outsider = await place.colleague()

    for reader in (place.lennart, outsider):
        hidden = await refused(reader.get(f"/grants/{grant['id']}"), 404, "grant-unknown")
        assert hidden == await refused(reader.get(f"/grants/{new_id()}"), 404, "grant-unknown")
        await refused(reader.delete(f"/grants/{grant['id']}"), 404, "grant-unknown")
        await refused(place.change(grant, reader, purpose="Other"), 404, "grant-unknown")
        await refused(reader.get(f"/grants?dossierId={place.world.dossier}"), 404, "dossier-unknown")


@pytest.mark.rule("SHR-16")
async def test_why_others_received_the_dossier_is_not_for_who_merely_reads_it(place: Place) -> None:
    grant = await place.share("edit")
    await place.share("edit", to=place.world.lennart)

    await refused(place.lennart.get(f"/grants/{grant['id']}"), 403, "forbidden")
    await refused(place.lennart.get(f"/grants?dossierId={place.world.dossier}"), 403, "forbidden")


@pytest.mark.rule("SHR-13", "SHR-14")
async def test_one_person_receives_from_several_organisations(place: Place) -> None:
    other = await another_organisation(place)
    mine = await place.share("view")
    owner = place.of(other.taco, other.kracht)
    theirs = await ok(owner.post("/grants", json=place.request("edit", dossierId=str(other.dossier))), 201)

    received = (await ok(place.leon.get("/grants")))["items"]

    assert received == [mine, theirs]
    assert [grant["level"]["code"] for grant in received] == ["view", "edit"]


@pytest.mark.rule("SHR-4")
async def test_nobody_sees_the_grants_of_another_organisation(place: Place) -> None:
    other = await another_organisation(place)
    await place.share("view")
    owner = place.of(other.taco, other.kracht)
    theirs = await ok(owner.post("/grants", json=place.request("view", dossierId=str(other.dossier))), 201)

    shown = await ok(place.taco.get(f"/grants?dossierId={place.world.dossier}"))

    assert [grant["dossierId"] for grant in shown["items"]] == [str(place.world.dossier)]
    assert (await ok(place.taco.get("/grants")))["items"] == []
    await refused(place.taco.get(f"/grants/{theirs['id']}"), 404, "grant-unknown")
    await refused(place.taco.get(f"/grants?dossierId={other.dossier}"), 404, "dossier-unknown")


@pytest.mark.rule("SHR-12", "SHR-16")
async def test_managers_see_whom_it_was_shared_with_before(place: Place) -> None:
    passing, lasting = UserId(new_id()), UserId(new_id())
    for one in (passing, lasting):
        await place.service.hear(*a_user(one, place.world.zorg))
    withdrawn = await place.share("view")
    await ok(place.taco.delete(f"/grants/{withdrawn['id']}"), 204)
    await place.share("view", to=passing, until=place.clock.in_days(1))
    await place.share("view", to=lasting, until=place.clock.in_days(2))
    place.clock.forward(days=1)

    shown = (await ok(place.taco.get(f"/grants?dossierId={place.world.dossier}")))["items"]

    assert [grant["status"] for grant in shown] == ["ended", "ended", "live"]
    assert [grant["endedAt"] is None for grant in shown] == [False, False, True]


async def another_organisation(place: Place) -> World:
    other = a_world()
    await place.service.hear(*other.people(), a_dossier(DossierId(other.dossier), other.kracht, group=other.group))
    return other
