"""Sharing over HTTP, on a real database."""

from collections.abc import AsyncIterator, Callable

import pytest

from access.testing import World, a_world
from chassis.databases import Databases
from chassis.testing.services import ServiceUnderTest, running
from contracts.rights import STANDARD_LEVELS
from sharing.main import create

LEVEL = {level.code: str(level.id) for level in STANDARD_LEVELS}


@pytest.fixture
async def sharing(fresh_databases: Callable[..., Databases]) -> AsyncIterator[ServiceUnderTest]:
    async with running(create, fresh_databases("sharing"), peers=["dossier"]) as service:
        yield service


@pytest.fixture
async def world(sharing: ServiceUnderTest) -> World:
    world = a_world()
    await sharing.hear(*world.facts())
    return world


def a_request(world: World, **changed: object) -> dict[str, object]:
    return {
        "dossierId": str(world.dossier),
        "recipient": {"userId": str(world.leon)},
        "levelId": LEVEL["edit"],
        "purpose": "Shared care at home",
        "legalBasis": "consent",
        **changed,
    }


@pytest.mark.rule("SHR-6", "SHR-8", "SHR-16")
async def test_one_call_shares_one_dossier_with_one_person(sharing: ServiceUnderTest, world: World) -> None:
    taco = sharing.client(world.taco, world.kracht)

    answer = await taco.post("/grants", json=a_request(world, consentReference="form 7", until="2999-01-01"))

    assert answer.status_code == 201, answer.text
    grant = answer.json()
    assert grant["recipient"] == {
        "userId": str(world.leon),
        "name": "Leon de Wit",
        "initials": "LW",
        "organisation": "Zorg 4 You",
    }
    assert grant["level"]["code"] == "edit"
    assert (grant["purpose"], grant["legalBasis"], grant["consentReference"], grant["until"]) == (
        "Shared care at home",
        "consent",
        "form 7",
        "2999-01-01",
    )
    assert answer.headers["Keten-Position"]
