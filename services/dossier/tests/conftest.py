"""One database for all tests of a worker; each test has two organisations of its own in it."""

from collections.abc import AsyncIterator, Callable

import pytest

from access.testing import a_world
from chassis.databases import Databases
from chassis.testing.services import ServiceUnderTest, running
from dossier.main import create

from .builders import Place


@pytest.fixture(scope="session")
def dossier_databases(kept_databases: Callable[..., Databases]) -> Databases:
    return kept_databases("dossier")


@pytest.fixture
async def service(dossier_databases: Databases) -> AsyncIterator[ServiceUnderTest]:
    async with running(create, dossier_databases, peers=["documents", "sharing"]) as made:
        yield made


@pytest.fixture
async def place(service: ServiceUnderTest) -> AsyncIterator[Place]:
    """Taco owns Kracht's account, Leon that of Zorg 4 You; Lennart is a member there."""
    world = a_world()
    await service.hear(*world.people())
    made = Place(service, world)
    yield made
    await made.close()
