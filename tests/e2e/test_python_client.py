"""A partner system in Python, by the client that is generated from the platform's own document."""

import asyncio
import os
import re
import sys
from asyncio.subprocess import PIPE, STDOUT
from uuid import UUID

import pytest

from contracts.rights import STANDARD_LEVELS
from keten.generated_client import HOME
from keten_client import Answer, Conflict, Forbidden, Invalid, Keten, NotFound, PartnerSystem, VersionStale, every
from keten_client.api import dossier, sharing
from keten_client.models import (
    GrantRequest,
    GrantView,
    LegalBasis,
    ProfileChange,
    Recipient,
    ReportGiven,
)
from tests.e2e.people import Founder, Organisation, Platform

LEVELS = {level.code: level.id for level in STANDARD_LEVELS}


async def test_a_partner_system_lists_shares_reads_and_withdraws(platform: Platform, organisations: Founder) -> None:
    kracht = await organisations.organisation("Kracht", "Tess Bakker")
    zorg = await organisations.organisation("Zorg 4 You", "Noor de Wit")
    dossiers = [await a_dossier(kracht, name) for name in ("Eddy", "Fenna", "Gijs")]

    async with await a_system(platform, kracht, level="manage") as keten:
        listed = [row.dossier_id async for row in every(dossier.clients_list_clients, keten, limit=2)]
        given = await share(keten, dossiers[0], with_=zorg.owner_id)
        assert isinstance(given.body, GrantView)
        granted = (await sharing.grants_read_grant(keten, given.body.id)).body
        zorg.owner.position = keten.position
        seen = await zorg.owner.ask("GET", f"/dossier/v1/dossiers/{dossiers[0]}")
        await keten.settled(await sharing.grants_end_grant(keten, given.body.id))
        gone = await zorg.owner.ask("GET", f"/dossier/v1/dossiers/{dossiers[0]}")

    assert sorted(listed) == sorted(dossiers)
    assert (granted.recipient.name, granted.legal_basis) == ("Noor de Wit", LegalBasis.CONSENT)
    assert (seen.status_code, gone.status_code) == (200, 404)


async def test_refusals_are_exceptions_that_say_why(platform: Platform, organisations: Founder) -> None:
    kracht = await organisations.organisation("Kracht", "Tess Bakker")
    theirs = await a_dossier(await organisations.organisation("Zorg 4 You", "Noor de Wit"), "Hidde")
    mine = await a_dossier(kracht, "Eddy")

    async with await a_system(platform, kracht, level="view") as viewer:
        with pytest.raises(NotFound) as hidden:
            await dossier.dossiers_read_dossier(viewer, theirs)
        with pytest.raises(Forbidden) as forbidden:
            await dossier.reports_write_entry(viewer, mine, body=ReportGiven(text="A quiet day."))
        with pytest.raises(Invalid) as invalid:
            await dossier.reports_write_entry(viewer, mine, body=ReportGiven(text=""))

    assert hidden.value.problem.status == 404
    assert isinstance(forbidden.value.problem.reasons, list)
    assert isinstance(invalid.value.problem.faults, list)
    assert [fault.location for fault in invalid.value.problem.faults] == ["body.text"]


async def test_a_change_names_the_version_that_it_changes(platform: Platform, organisations: Founder) -> None:
    kracht = await organisations.organisation("Kracht", "Tess Bakker")
    mine = await a_dossier(kracht, "Eddy")

    async with await a_system(platform, kracht, level="edit") as keten:
        before = await dossier.dossiers_read_profile(keten, mine)
        assert before.etag is not None
        change = ProfileChange(given_name="Edward")
        after = await dossier.dossiers_correct_profile(keten, mine, body=change, if_match=before.etag)
        with pytest.raises(VersionStale):
            await dossier.dossiers_correct_profile(keten, mine, body=change, if_match=before.etag)

    assert after.body.given_name == "Edward"
    assert after.etag != before.etag


async def test_the_same_key_has_its_effect_once(platform: Platform, organisations: Founder) -> None:
    kracht = await organisations.organisation("Kracht", "Tess Bakker")
    mine = await a_dossier(kracht, "Eddy")

    async with await a_system(platform, kracht, level="report") as keten:
        text = ReportGiven(text="Shift of Lennart, 7 to 3.")
        first = await dossier.reports_write_entry(keten, mine, body=text, idempotency_key="shift-7")
        again = await dossier.reports_write_entry(keten, mine, body=text, idempotency_key="shift-7")
        with pytest.raises(Conflict):
            await dossier.reports_write_entry(keten, mine, body=ReportGiven(text="Another."), idempotency_key="shift-7")
        written = [row.id async for row in every(dossier.reports_list_entries, keten, mine)]

    assert first.body == again.body
    assert written == [first.body.id]


async def test_the_example_of_the_readme_runs(platform: Platform, organisations: Founder) -> None:
    kracht = await organisations.organisation("Kracht", "Tess Bakker")
    await a_dossier(kracht, "Eddy")
    client_id, secret = await credentials(kracht, level="report")
    example = re.findall(r"```python\n(.*?)```", (HOME / "README.md").read_text(), re.DOTALL)

    environment = {"KETEN_URL": platform.url, "KETEN_CLIENT_ID": client_id, "KETEN_SECRET": secret}
    ran = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", example[0]), env={**os.environ, **environment}, stdout=PIPE, stderr=STDOUT
    )
    told = (await ran.communicate())[0].decode()

    assert len(example) == 1
    assert re.fullmatch(r"written [0-9a-f-]{36}\n", told), told


async def a_dossier(house: Organisation, given_name: str) -> UUID:
    groups = (await house.owner.get("/dossier/v1/client-groups"))["items"]
    group = groups[0] if groups else await house.owner.post("/dossier/v1/client-groups", {"name": "Noord"})
    profile = {"givenName": given_name, "familyName": "Berg"}
    client = await house.owner.post("/dossier/v1/clients", {"groupId": group["id"], "profile": profile})
    return UUID(client["dossierId"])


async def credentials(house: Organisation, *, level: str) -> tuple[str, str]:
    added = await house.owner.post("/identity/v1/service-accounts", {"name": "Rooster"})
    group = (await house.owner.get("/dossier/v1/client-groups"))["items"][0]["id"]
    access = f"/dossier/v1/client-groups/{group}/access/{added['id']}"
    await house.owner.put(access, {"levelId": str(LEVELS[level])})
    return added["clientId"], added["secret"]["value"]


async def a_system(platform: Platform, house: Organisation, *, level: str) -> Keten:
    keten = Keten(platform.url, PartnerSystem(*await credentials(house, level=level)))
    assert house.owner.position is not None
    keten.position = house.owner.position
    return keten


async def share(keten: Keten, dossier_id: UUID, *, with_: str) -> Answer[object]:
    return await sharing.grants_share_dossier(
        keten,
        body=GrantRequest(
            dossier_id=dossier_id,
            recipient=Recipient(user_id=UUID(with_)),
            level_id=LEVELS["view"],
            purpose="Care at home together",
            legal_basis=LegalBasis.CONSENT,
        ),
    )
