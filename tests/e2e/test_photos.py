"""A photo, over the gateway only: sent, made by a worker, and seen in the list of members right after sharing."""

import io
from typing import Any

import httpx
import pytest
from PIL import Image

from contracts.rights import STANDARD_LEVELS
from keten.caller import Caller
from keten.portraits import portrait
from tests.e2e.people import Founder, Organisation
from tests.e2e.waiting import eventually

EDIT = next(str(level.id) for level in STANDARD_LEVELS if level.code == "edit")


@pytest.mark.rule("SHR-12", "SHR-17")
async def test_right_after_sharing_the_sharer_sees_the_recipient_with_his_photo(organisations: Founder) -> None:
    kracht = await organisations.organisation("Kracht", "Tess Bakker")
    zorg = await organisations.organisation("Zorg 4 You", "Noor de Wit")
    sharer, recipient = kracht.owner, zorg.owner
    await _portrayed(zorg)
    profile = {"givenName": "Eddy", "familyName": "Berg"}
    group = await sharer.post("/dossier/v1/client-groups", {"name": "Noord"})
    client = await sharer.post("/dossier/v1/clients", {"groupId": group["id"], "profile": profile})
    dossier = f"/dossier/v1/dossiers/{client['dossierId']}"
    grant = await sharer.post(
        "/sharing/v1/grants",
        {
            "dossierId": client["dossierId"],
            "recipient": {"userId": zorg.owner_id},
            "levelId": EDIT,
            "purpose": "Care at home together",
            "legalBasis": "consent",
            "consentReference": "consent form of 3 November",
        },
    )

    picture = await _photo_in(sharer, dossier, zorg.owner_id)
    recipient.seen(sharer)
    own_link = await _link_in(recipient, dossier, zorg.owner_id)
    await sharer.delete(f"/sharing/v1/grants/{grant['id']}")

    assert picture.headers["Content-Type"] == "image/jpeg"
    assert Image.open(io.BytesIO(picture.content)).size == (512, 512)
    assert (await recipient.ask("GET", own_link)).status_code == 404, "with his access his links are dead"


async def _portrayed(organisation: Organisation) -> None:
    """The owner sends a picture and waits until it is shown."""
    sent = await organisation.owner.put(
        f"/identity/v1/users/{organisation.owner_id}/photo", portrait(organisation.owner.name)
    )

    async def is_done() -> None:
        job = await organisation.owner.get(f"/identity/v1/jobs/{sent['jobId']}")
        assert (job["state"], job["reasons"]) == ("done", [])

    await eventually(is_done)


async def _photo_in(reader: Caller, dossier: str, user_id: str) -> httpx.Response:
    taken: list[httpx.Response] = []

    async def is_shown() -> None:
        # That he has a photo reaches the other services with their reading of the log.
        taken.append(await reader.ask("GET", await _link_in(reader, dossier, user_id)))
        assert taken[-1].status_code == httpx.codes.OK

    await eventually(is_shown)
    return taken[-1]


async def _link_in(reader: Caller, dossier: str, user_id: str) -> str:
    members: list[dict[str, Any]] = (await reader.get(f"{dossier}/members"))["items"]
    photo = next(member for member in members if member["userId"] == user_id)["photo"]
    assert photo is not None
    return str(photo["url"])
