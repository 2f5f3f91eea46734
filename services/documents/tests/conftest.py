"""One database for all tests of a worker; each test has two organisations and a dossier of its own in it."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from chassis.databases import Databases

from .builders import Place, opened


@pytest.fixture(scope="session")
def documents_databases(kept_databases: Callable[..., Databases]) -> Databases:
    return kept_databases("documents")


@pytest.fixture
async def place(documents_databases: Databases, tmp_path: Path) -> AsyncIterator[Place]:
    """Taco owns Kracht and its dossier, Leon owns Zorg 4 You; Lennart is Leon's colleague. Mail and files lie in a
    directory."""
    async with opened(documents_databases, tmp_path) as made:
        yield made
