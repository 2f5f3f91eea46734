"""A service that hears nothing from the log any more goes on for its own account, and for received access only so long."""

import asyncio
from collections.abc import Iterator
from functools import partial

import pytest

from contracts.ids import new_id
from keten.caller import Caller
from tests.compose.conftest import until_ready
from tests.e2e.at_work import LEVELS
from tests.e2e.people import Founder, Organisation
from tests.e2e.waiting import eventually
from tests.stack import Stack

# More than two heartbeats of the relays, less than anybody wants to wait (seconds).
LIMIT = 12


@pytest.fixture
def cut_off(stack_alone: Stack) -> Iterator[Stack]:
    """The dossier service with a short limit; in the end it is on the log again, with the usual one."""
    stack_alone.compose("up", "--detach", "--wait", "--no-deps", "dossier", KETEN_STALENESS=str(LIMIT))
    until_ready(stack_alone)
    yield stack_alone
    if not _is_on_log(stack_alone):
        _join(stack_alone)


@pytest.mark.rule("SHR-12", "BEY-16")
async def test_cut_off_from_the_log_received_access_ends_at_the_limit_and_own_work_goes_on(
    cut_off: Stack, organisations: Founder
) -> None:
    kracht = await organisations.organisation("Kracht", "Tess Bakker")
    zorg = await organisations.organisation("Zorg 4 You", "Noor de Wit")
    kept, withdrawn = [await _shared(kracht, zorg) for _ in range(2)]
    zorg.owner.seen(kracht.owner)
    for dossier, _ in (kept, withdrawn):
        await zorg.owner.get(dossier)
    zorg.owner.position = None

    await asyncio.to_thread(_leave, cut_off)
    answer = await kracht.owner.ask("DELETE", f"/sharing/v1/grants/{withdrawn[1]}")
    assert answer.status_code == 202
    assert answer.json()["pending"] == ["dossier"]
    position = answer.json()["position"]

    for dossier, _ in (kept, withdrawn):
        await eventually(partial(_answers, zorg.owner, dossier, 503), patience=LIMIT + 20)
    own = Caller("tess", kracht.owner.http)
    for dossier, _ in (kept, withdrawn):
        assert (await own.ask("GET", dossier)).status_code == 200
        assert (await own.ask("POST", f"{dossier}/reports", {"text": "Good morning."})).status_code == 201

    await asyncio.to_thread(_join, cut_off)
    await eventually(partial(_answers, zorg.owner, kept[0], 200), patience=60)
    await eventually(partial(_answers, zorg.owner, withdrawn[0], 404), patience=60)
    checked = await own.ask("POST", "/sharing/v1/positions/_check", {"position": position})
    assert checked.json()["pending"] == []


async def _shared(kracht: Organisation, zorg: Organisation) -> tuple[str, str]:
    """The dossier's path, and the grant."""
    group = await kracht.owner.post("/dossier/v1/client-groups", {"name": f"Team {new_id().hex[-6:]}"})
    profile = {"givenName": "Eddy", "familyName": "Berg"}
    client = await kracht.owner.post("/dossier/v1/clients", {"groupId": group["id"], "profile": profile})
    recipient = {"userId": zorg.owner_id}
    sharing = {"dossierId": client["dossierId"], "recipient": recipient, "levelId": LEVELS["view"], "purpose": "Care"}
    grant = await kracht.owner.post("/sharing/v1/grants", {**sharing, "legalBasis": "consent"})
    return f"/dossier/v1/dossiers/{client['dossierId']}", grant["id"]


async def _answers(caller: Caller, path: str, status: int) -> None:
    answer = await caller.ask("GET", path)
    assert answer.status_code == status, answer.text


def _leave(stack: Stack) -> None:
    stack.network("disconnect", "log", "dossier-hear")


def _join(stack: Stack) -> None:
    stack.network("connect", "log", "dossier-hear")


def _is_on_log(stack: Stack) -> bool:
    return stack.network_name("log") in stack.docker(
        "inspect", "dossier-hear", "--format", "{{json .NetworkSettings.Networks}}"
    )
