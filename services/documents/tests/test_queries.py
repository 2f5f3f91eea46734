"""Who sees what became of which mails."""

from typing import Any

import pytest

from contracts.actions import Role
from contracts.identity import MailRequested
from contracts.ids import new_id

from .builders import Place, body, ok, refused


async def told(place: Place, **changed: Any) -> dict[str, Any]:
    """A mail that was sent because Taco shared his dossier, as he sees it."""
    await place.service.hear(place.a_grant(**changed))
    await place.service.work()
    shown: dict[str, Any] = (await ok(place.taco.get("/mails")))["items"][0]
    return shown


@pytest.mark.rule("SHR-18")
async def test_who_shared_sees_that_it_was_mailed_and_to_whom_by_name_only(place: Place) -> None:
    mail = await told(place)

    assert mail == await ok(place.taco.get(f"/mails/{mail['id']}"))
    assert (mail["purpose"], mail["state"], mail["attempts"]) == ("share", "sent", 1)
    assert mail["recipient"]["name"] == "Leon de Wit"
    assert mail["causedBy"]["name"] == "Taco Bakker"
    assert mail["dossierId"] == str(place.world.dossier)
    assert "@" not in str(mail)


async def test_administrators_see_the_mails_of_their_account_and_others_only_their_own(place: Place) -> None:
    anna, member = await place.colleague()
    _, administrator = await place.colleague("Ada Min", role=Role.ADMINISTRATOR)
    await place.service.hear(place.a_grant(given_by=anna))

    for reader in (place.taco, administrator):
        assert len((await ok(reader.get("/mails?whose=account")))["items"]) == 1
    assert len((await ok(member.get("/mails")))["items"]) == 1
    assert (await ok(administrator.get("/mails")))["items"] == []
    await refused(member.get("/mails?whose=account"), 403, "forbidden")


async def test_a_mail_is_not_there_for_anybody_else(place: Place) -> None:
    mail = await told(place)
    _, colleague = await place.colleague()
    unknown = (await place.leon.get(f"/mails/{new_id()}")).json()

    for reader in (place.leon, place.lennart):
        assert await refused(reader.get(f"/mails/{mail['id']}"), 404, "mail-not-found") == unknown
        await refused(reader.post(f"/mails/{mail['id']}/_retry"), 404, "mail-not-found")
    await refused(colleague.get(f"/mails/{mail['id']}"), 403, "forbidden")
    assert (await ok(place.leon.get("/mails?whose=account")))["items"] == []


async def test_mail_that_nobody_with_an_account_asked_for_is_in_no_list(place: Place) -> None:
    request = MailRequested(request_id=new_id(), purpose="sign-up")
    await place.service.hear(request)
    await place.service.work()

    for reader in (place.taco, place.leon):
        assert (await ok(reader.get("/mails?whose=account")))["items"] == []
        await refused(reader.get(f"/mails/{request.request_id}"), 404, "mail-not-found")


async def test_only_a_mail_that_failed_is_sent_again(place: Place) -> None:
    mail = await told(place)

    await refused(place.taco.post(f"/mails/{mail['id']}/_retry"), 409, "mail-not-failed")


async def test_a_long_list_comes_in_pages_the_newest_first(place: Place) -> None:
    made = [(await told(place, level=level))["id"] for level in ("view", "report", "edit")]

    first = await place.taco.get("/mails?limit=2")
    last = await place.taco.get(first.links["next"]["url"].removeprefix("/documents/v1"))

    assert [mail["id"] for mail in body(first, 200)["items"] + body(last, 200)["items"]] == made[::-1]


@pytest.mark.rule("ALL-4")
async def test_what_one_wants_to_be_mailed_about_is_one_s_own(place: Place) -> None:
    await ok(place.leon.put("/mail-preferences", json={"mailOnShare": False}))

    assert await ok(place.leon.get("/mail-preferences")) == {"mailOnShare": False}
    assert await ok(place.lennart.get("/mail-preferences")) == {"mailOnShare": True}
    await refused(place.leon.put("/mail-preferences", json={}), 400, "input-invalid")
