"""Organisations and people of one journey; the platform is that of all tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.operating import Operator
from tests.e2e.people import Founder, Platform


@pytest.fixture
async def organisations(platform: Platform) -> AsyncIterator[Founder]:
    async with Founder(platform) as founder:
        yield founder


@pytest.fixture
def operator(platform: Platform, tmp_path: Path) -> Operator:
    if platform.secrets is None:
        pytest.skip("the platform at KETEN_URL is not operated from here")
    return Operator(platform, tmp_path)
