"""Whatever process dies, the supervisor restarts it, and every answered write is there, once, in every service."""

import asyncio
import json
import os
import random
import signal
from functools import partial
from typing import Any

import httpx
import pytest

from contracts.rights import STANDARD_LEVELS
from keten.caller import Caller, Refused
from tests.e2e.people import Founder, Organisation, Platform
from tests.e2e.waiting import eventually

LEVELS = {level.code: str(level.id) for level in STANDARD_LEVELS}
KILLS = ("services", "postgres", "services")


@pytest.mark.rule("SHR-12", "BEY-16")
async def test_answered_writes_survive_the_death_of_any_process(platform: Platform, organisations: Founder) -> None:
    if platform.data is None:
        pytest.skip("the platform that KETEN_URL names is not ours to kill")
    kracht = await organisations.organisation("Kracht", "Tess Bakker")
    zorg = await organisations.organisation("Zorg 4 You", "Noor de Wit")
    group = await kracht.owner.post("/dossier/v1/client-groups", {"name": "Noord"})
    answered: dict[str, str | None] = {}
    over = asyncio.Event()
    working = [asyncio.create_task(_work(kracht, zorg, group["id"], answered, over)) for _ in range(3)]

    for victim in KILLS:
        before = len(answered)
        await eventually(partial(_more_than, answered, before + 3))
        os.kill(_process(platform, victim), signal.SIGKILL)
        await eventually(partial(_is_ready, platform))
    over.set()
    await asyncio.gather(*working)

    async def received_is_what_was_answered() -> None:
        items, cursor = [], ""
        while True:
            page = await zorg.owner.get(f"/dossier/v1/clients?limit=100{cursor}")
            items += [(row["dossierId"], row["level"]) for row in page["items"]]
            if page["next"] is None:
                break
            cursor = f"&cursor={page['next']}"
        assert sorted(items) == sorted((d, level) for d, level in answered.items() if level is not None)

    await eventually(received_is_what_was_answered)
    for service in ("identity", "dossier", "sharing"):
        assert (await kracht.owner.post(f"/{service}/v1/access-log/_verify"))["intact"] is True


async def _work(
    kracht: Organisation, zorg: Organisation, group: str, answered: dict[str, str | None], over: asyncio.Event
) -> None:
    """Register, share, change and withdraw; note what was answered. What was not answered is asked again with the same
    key, so that in the end it happened once."""
    tess, chance = Caller("tess", kracht.owner.http), random.Random()
    while not over.is_set():
        profile = {"givenName": "Eddy", "familyName": "Berg"}
        client = await _sure(tess, "POST", "/dossier/v1/clients", {"groupId": group, "profile": profile})
        dossier, level = client["dossierId"], chance.choice(["view", "edit"])
        sharing = {"dossierId": dossier, "recipient": {"userId": zorg.owner_id}, "levelId": LEVELS[level]}
        grant = await _sure(tess, "POST", "/sharing/v1/grants", {**sharing, "purpose": "Care", "legalBasis": "consent"})
        answered[dossier] = level
        if chance.random() < 0.3:
            await _sure(tess, "DELETE", f"/sharing/v1/grants/{grant['id']}", None)
            answered[dossier] = None


async def _sure(caller: Caller, method: str, path: str, body: Any) -> Any:
    """Ask until it is answered; the key makes it happen once."""
    key, again = random.randbytes(8).hex(), False
    for _ in range(300):
        try:
            answer = await caller.ask(method, path, body, **{"Idempotency-Key": key})
        except httpx.TransportError:
            again = True
            await asyncio.sleep(0.1)
            continue
        if answer.is_success:
            return answer.json() if answer.content else None
        # A withdrawal that was committed and not answered is already done; there is no key for DELETE.
        if method == "DELETE" and again and answer.json()["type"] == "/problems/grant-ended":
            return None
        if answer.status_code not in (500, 503):
            raise Refused(answer)
        again = True
        await asyncio.sleep(0.1)
    raise AssertionError(f"{method} {path} was never answered")


async def _more_than(answered: dict[str, str | None], number: int) -> None:
    assert len(answered) > number


async def _is_ready(platform: Platform) -> None:
    try:
        async with httpx.AsyncClient(base_url=platform.url, timeout=5) as anybody:
            assert (await anybody.get("/readyz")).status_code == 200
    except httpx.TransportError:
        raise AssertionError("nothing answers") from None


def _process(platform: Platform, name: str) -> int:
    assert platform.data is not None
    children = json.loads((platform.data / "state.json").read_text())["children"]
    return next(int(child["pid"]) for child in children if child["name"] == name)
