"""What was erased elsewhere: grants end with it, and why a dossier was shared is told no more."""

import pytest
from sqlalchemy import text

from contracts.dossier import DossierErased, ErasureGround
from contracts.identity import AccountErased, Retention, UserErased
from contracts.ids import DossierId, new_id

from .builders import Place, ok, own_level, refused

WORDS = {"purpose": "vrpkwtz", "consentReference": "bdgknrq"}


def erased(place: Place, dossier: DossierId | None = None) -> DossierErased:
    return DossierErased(
        dossier_id=dossier or place.world.dossier,
        client_id=place.world.client,
        account_id=place.world.kracht,
        group_id=place.world.group,
        ground=ErasureGround.REQUEST_OF_THE_PERSON,
    )


async def of_dossier(place: Place) -> list[tuple[str, str, str | None]]:
    asked = text(
        "select status, purpose, consent_reference from public.dossier_grant where dossier_id = :d order by id"
    )
    return [tuple(row) for row in await place.rows(asked.bindparams(d=place.world.dossier))]


@pytest.mark.rule("SHR-12")
async def test_grants_of_an_erased_dossier_end_and_lose_their_words(place: Place) -> None:
    await place.share(**WORDS)
    await ok(place.taco.post("/grants", json=place.request(to=place.world.lennart, **WORDS)), 201)

    await place.service.hear(erased(place), version=9)

    assert await of_dossier(place) == [("ended", "", None), ("ended", "", None)]
    withdrawn = [data for kind, data in await place.facts() if kind == "grant-withdrawn"]
    assert {data["recipientId"] for data in withdrawn} == {str(place.world.leon), str(place.world.lennart)}
    assert (await ok(place.leon.get("/grants")))["items"] == []
    await refused(place.taco.get(f"/grants?dossierId={place.world.dossier}"), 404, "dossier-unknown")


async def test_twice_is_once_and_nothing_is_shared_any_more(place: Place) -> None:
    await place.share(**WORDS)
    await place.service.hear(erased(place), version=9)
    before = await place.facts()

    await place.service.hear(erased(place), version=9)

    assert await place.facts() == before
    await refused(place.taco.post("/grants", json=place.request()), 404, "dossier-unknown")


async def test_another_dossier_is_left_alone(place: Place) -> None:
    await place.share(**WORDS)

    await place.service.hear(erased(place, DossierId(new_id())), version=9)

    assert await of_dossier(place) == [("live", WORDS["purpose"], WORDS["consentReference"])]


@pytest.mark.rule("NET-13")
@pytest.mark.parametrize(("language", "name"), [("en", "erased person"), ("nl", "gewiste persoon")])
async def test_what_an_erased_person_received_ends_and_shows_no_name(place: Place, language: str, name: str) -> None:
    await place.share(**WORDS)

    await place.service.hear(UserErased(user_id=place.world.leon, account_id=place.world.zorg), version=9)

    reader = place.of(place.world.taco, place.world.kracht, **{"Accept-Language": language})
    [grant] = (await ok(reader.get(f"/grants?dossierId={place.world.dossier}")))["items"]
    assert (grant["status"], grant["recipient"]["name"], grant["purpose"]) == ("ended", name, WORDS["purpose"])
    assert grant["recipient"]["organisation"] == "Zorg 4 You"


async def test_an_account_that_ended_gives_and_receives_nothing_and_its_levels_have_no_names(place: Place) -> None:
    await place.share(**WORDS)
    await ok(place.taco.post("/levels", json=own_level("intake") | {"name": WORDS["purpose"]}), 201)

    ended = AccountErased(account_id=place.world.kracht, retention=Retention.HANDED_OVER)
    await place.service.hear(ended, version=9)

    assert await of_dossier(place) == [("ended", "", None)]
    named = text("select names from public.level where account_id = :a").bindparams(a=place.world.kracht)
    assert [row.names for row in await place.rows(named)] == [{}]
    await refused(place.taco.get("/levels"), 403, "user-not-active")
    assert (await ok(place.leon.get("/grants")))["items"] == []


async def test_the_receiving_account_that_ended_holds_nothing_any_more(place: Place) -> None:
    await place.share(**WORDS)

    ended = AccountErased(account_id=place.world.zorg, retention=Retention.NOTHING_TO_KEEP)
    await place.service.hear(ended, version=9)

    assert await of_dossier(place) == [("ended", WORDS["purpose"], WORDS["consentReference"])]
