"""One database for all tests of a worker; each test has two organisations and a dossier of its own in it."""

from collections.abc import AsyncIterator, Callable

import pytest

from access.testing import a_world
from chassis.databases import Databases
from chassis.peers import Peers
from chassis.service import Service, assemble
from chassis.settings import Settings
from chassis.testing.services import running
from sharing.main import WIRING

from .builders import Place, SilentPeer, StillClock


@pytest.fixture(scope="session")
def sharing_databases(kept_databases: Callable[..., Databases]) -> Databases:
    return kept_databases("sharing")


@pytest.fixture
async def place(sharing_databases: Databases) -> AsyncIterator[Place]:
    """Taco owns Kracht and its dossier, Leon owns Zorg 4 You; Lennart is Leon's colleague. Time stands still."""
    clock, dossier = StillClock(), SilentPeer()

    def create(settings: Settings, peers: Peers) -> Service:
        peers.clients["dossier"] = dossier.client()
        peers.clients["documents"] = SilentPeer().client()
        peers.clients["identity"] = dossier.beside(peers.clients["identity"])
        return assemble(WIRING, settings, peers, clock=clock)

    async with running(create, sharing_databases) as service:
        world = a_world()
        await service.hear(*world.facts())
        made = Place(service, world, clock, dossier)
        yield made
        await made.close()
