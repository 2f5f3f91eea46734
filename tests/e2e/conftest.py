"""Organisations and people of one journey; the platform is that of all tests."""

from collections.abc import AsyncIterator

import pytest

from tests.e2e.people import Founder, Platform


@pytest.fixture
async def organisations(platform: Platform) -> AsyncIterator[Founder]:
    founder = Founder(platform)
    yield founder
    for caller in founder.callers:
        await caller.close()
