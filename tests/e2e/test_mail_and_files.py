"""What arrives in a recipient's mailbox, and what passes from one organisation to another as a file."""

from typing import Any

import httpx
import pytest

from contracts.rights import STANDARD_LEVELS
from keten.caller import Caller
from keten.mailbox import Mail
from tests.e2e.people import Founder, Organisation, Platform
from tests.e2e.waiting import eventually

LEVEL = {level.code: str(level.id) for level in STANDARD_LEVELS}


async def two_organisations(organisations: Founder) -> tuple[Organisation, Organisation, str]:
    """Kracht with a dossier, and Zorg 4 You."""
    kracht = await organisations.organisation("Kracht", "Tess Bakker")
    zorg = await organisations.organisation("Zorg 4 You", "Noor de Wit")
    group = await kracht.owner.post("/dossier/v1/client-groups", {"name": "Noord"})
    profile = {"givenName": "Eddy", "infix": "van den", "familyName": "Berg", "birthDate": "1950-02-01"}
    client = await kracht.owner.post("/dossier/v1/clients", {"groupId": group["id"], "profile": profile})
    return kracht, zorg, str(client["dossierId"])


async def share(tess: Caller, dossier: str, recipient: str, level: str = "edit") -> dict[str, Any]:
    sharing = {"dossierId": dossier, "recipient": {"userId": recipient}, "levelId": LEVEL[level]}
    given: dict[str, Any] = await tess.post(
        "/sharing/v1/grants", {**sharing, "purpose": "Nursing at home", "legalBasis": "consent"}
    )
    return given


@pytest.mark.rule("SHR-18", "ALL-4")
async def test_the_recipient_is_mailed_in_his_language_and_reads_initials_only(
    platform: Platform, organisations: Founder
) -> None:
    kracht, zorg, dossier = await two_organisations(organisations)
    tess, noor = kracht.owner, zorg.owner

    await share(tess, dossier, zorg.owner_id)
    dutch = await platform.mailbox.mail(zorg.owner_email, "toegevoegd")
    await noor.patch("/identity/v1/users/me", {"language": "en"})
    other = await tess.post("/dossier/v1/clients", {"groupId": await _group(tess), "profile": _PROFILE})
    await share(tess, other["dossierId"], zorg.owner_id)
    english = await platform.mailbox.mail(zorg.owner_email, "has added you", after=dutch)

    assert dutch.subject == "Tess Bakker heeft je toegevoegd aan E. v. d. B. op Keten"
    assert english.subject == "Tess Bakker has added you to M. G. on Keten"
    for mail in (dutch, english):
        assert "Tess Bakker" in mail.text
        assert "Kracht" in mail.text
        assert mail.link == platform.url
        assert not _told_too_much(mail, dossier)
    states = [mail["state"] for mail in (await tess.get("/documents/v1/mails"))["items"] if mail["purpose"] == "share"]
    assert len(states) == 2


@pytest.mark.rule("ALL-4")
async def test_who_does_not_want_mail_gets_none_and_the_sharer_can_tell(organisations: Founder) -> None:
    kracht, zorg, dossier = await two_organisations(organisations)
    await zorg.owner.put("/documents/v1/mail-preferences", {"mailOnShare": False})

    await share(kracht.owner, dossier, zorg.owner_id)

    async def was_dropped() -> None:
        mails = (await kracht.owner.get("/documents/v1/mails"))["items"]
        assert [(m["state"], m["reason"]) for m in mails if m["purpose"] == "share"] == [("dropped", "not-wanted")]

    await eventually(was_dropped)


@pytest.mark.rule("SHR-12", "SHR-21", "ALL-2")
async def test_a_file_passes_from_one_organisation_to_the_other_until_access_ends(organisations: Founder) -> None:
    kracht, zorg, dossier = await two_organisations(organisations)
    tess, noor = kracht.owner, zorg.owner
    grant = await share(tess, dossier, zorg.owner_id)
    noor.seen(tess)

    announced = await noor.post("/documents/v1/files", {"dossierId": dossier, "name": "Wondzorg mw. Berg.txt"})
    await noor.put(f"/documents/v1/files/{announced['id']}/content", b"Goed genezen.")
    tess.seen(noor)
    [listed] = (await tess.get(f"/documents/v1/files?dossierId={dossier}"))["items"]
    read = await tess.ask("GET", listed["content"]["url"])
    mine = await noor.get(f"/documents/v1/files/{announced['id']}")
    assert (await noor.ask("GET", mine["content"]["url"])).status_code == httpx.codes.OK
    await tess.delete(f"/sharing/v1/grants/{grant['id']}")

    assert (read.status_code, read.text) == (httpx.codes.OK, "Goed genezen.")
    assert listed["author"]["name"] == "Noor de Wit"
    noor.position = None
    assert (await noor.ask("GET", mine["content"]["url"])).status_code == httpx.codes.NOT_FOUND
    assert (await noor.ask("GET", f"/documents/v1/files?dossierId={dossier}")).status_code == httpx.codes.NOT_FOUND

    async def log_tells_it() -> None:
        lines = (await tess.get(f"/dossier/v1/dossiers/{dossier}/access-log?limit=100"))["items"]
        told = {(line["action"], line["outcome"], line["person"]["name"]) for line in lines}
        assert {
            ("file.add", "allowed", "Noor de Wit"),
            ("file.download", "allowed", "Tess Bakker"),
            ("file.download", "denied", "Noor de Wit"),
        } <= told

    await eventually(log_tells_it)


_PROFILE = {"givenName": "Marie", "familyName": "Groot"}


async def _group(tess: Caller) -> str:
    return str((await tess.post("/dossier/v1/client-groups", {"name": "Zuid"}))["id"])


def _told_too_much(mail: Mail, dossier: str) -> list[str]:
    """What stands in the mail and should stay in the dossier."""
    kept = ("Eddy", "Berg", "Marie", "Groot", "1950", "Nursing", dossier)
    return [word for word in kept if word in mail.subject + mail.text + mail.html]
