"""The platform in containers, for one test alone, which may stop what it likes; and people who work on it."""

import time
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from tests import stack
from tests.e2e.people import Founder, Platform
from tests.stack import Stack

# Restarting everything on two busy cores (seconds).
RECOVERY = 120.0


@pytest.fixture
def stack_alone() -> Iterator[Stack]:
    """Whatever a test did to it: the platform is whole before the next one."""
    shared = stack.shared()
    yield shared
    if not shared.is_whole():
        shared.compose("up", "--detach", "--wait", "--no-build", "--quiet-pull")
    until_ready(shared)


@pytest.fixture
def stack_beside() -> Stack:
    """For tests that take nothing away from others."""
    return stack.shared()


@pytest.fixture
async def organisations(stack_alone: Stack) -> AsyncIterator[Founder]:
    there = Platform(stack_alone.url, None, mail=stack_alone.mail_url, secrets=stack_alone.secrets)
    async with Founder(there) as founder:
        yield founder


def until_ready(shared: Stack) -> None:
    """Wait until the gateway says that every service can answer."""
    end = time.monotonic() + RECOVERY
    while not _is_ready(shared.url):
        assert time.monotonic() < end, "The platform did not become ready again."
        time.sleep(0.2)


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False
