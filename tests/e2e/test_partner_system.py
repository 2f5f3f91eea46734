"""A partner system works in an account as its members do, and is out everywhere the moment it must be."""

from typing import Any

import httpx

from contracts.rights import STANDARD_LEVELS
from keten.caller import POSITION, Caller
from tests.e2e.people import Founder, Organisation, Platform

LEVELS = {level.code: str(level.id) for level in STANDARD_LEVELS}


async def test_a_partner_system_reaches_what_it_is_given_and_is_out_when_suspended(
    platform: Platform, organisations: Founder
) -> None:
    kracht = await organisations.organisation("Kracht", "Tess Bakker")
    group, dossier = await a_dossier(kracht)
    added = await kracht.owner.post("/identity/v1/service-accounts", {"name": "Rooster van Kracht"})
    access = f"/dossier/v1/client-groups/{group}/access/{added['id']}"
    await kracht.owner.put(access, {"levelId": LEVELS["report"]})

    async with httpx.AsyncClient(base_url=platform.url, timeout=30) as http:
        token = await a_token(http, added)
        http.headers.update({"Authorization": f"Bearer {token}", "Accept-Language": "en"})
        system = Caller("system", http, position=kracht.owner.position)
        listed = await system.get("/dossier/v1/clients")
        written = await system.post(f"/dossier/v1/dossiers/{dossier}/reports", {"text": "Shift of Lennart, 7 to 3."})
        log = await kracht.owner.get(f"/dossier/v1/dossiers/{dossier}/access-log")
        report = await kracht.owner.get(f"/dossier/v1/dossiers/{dossier}/reports/{written['id']}")

        await kracht.owner.post(f"/identity/v1/service-accounts/{added['id']}/_suspend")
        after = [
            (await http.get(path)).status_code
            for path in ("/dossier/v1/clients", "/sharing/v1/levels", "/identity/v1/service-accounts/me")
        ]

    assert [row["dossierId"] for row in listed["items"]] == [dossier]
    assert "Rooster van Kracht" in str(report)
    assert "Rooster van Kracht" in str(log)
    assert set(after) <= {401, 403}


async def a_dossier(house: Organisation) -> tuple[str, str]:
    group = await house.owner.post("/dossier/v1/client-groups", {"name": "Noord"})
    profile = {"givenName": "Eddy", "familyName": "Berg"}
    client = await house.owner.post("/dossier/v1/clients", {"groupId": group["id"], "profile": profile})
    return group["id"], client["dossierId"]


async def a_token(http: httpx.AsyncClient, added: dict[str, Any]) -> str:
    """As any OAuth library does it."""
    answer = await http.post(
        "/identity/oauth2/token",
        data={"grant_type": "client_credentials"},
        auth=(added["clientId"], added["secret"]["value"]),
    )
    assert POSITION not in answer.headers
    token: str = answer.json()["access_token"]
    return token
