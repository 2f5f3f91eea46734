"""Whatever process dies, the supervisor restarts it, and every answered write is there, once, in every service."""

import json
import os
import signal
from functools import partial

import httpx
import pytest

from tests.e2e.at_work import AtWork
from tests.e2e.people import Founder, Platform
from tests.e2e.waiting import eventually

KILLS = ("services", "postgres", "services")

# What dies elsewhere is in tests/compose.
SHAPES = ("one machine",)


@pytest.mark.rule("SHR-12", "BEY-16")
async def test_answered_writes_survive_the_death_of_anyprocess_of(platform: Platform, organisations: Founder) -> None:
    async with AtWork.of(organisations) as work:
        for victim in KILLS:
            await work.goes_on()
            os.kill(process_of(platform, victim), signal.SIGKILL)
            await eventually(partial(_is_ready, platform))


async def _is_ready(platform: Platform) -> None:
    try:
        async with httpx.AsyncClient(base_url=platform.url, timeout=5) as anybody:
            assert (await anybody.get("/readyz")).status_code == 200
    except httpx.TransportError:
        raise AssertionError("nothing answers") from None


def process_of(platform: Platform, name: str) -> int:
    assert platform.data is not None
    children = json.loads((platform.data / "state.json").read_text())["children"]
    return next(int(child["pid"]) for child in children if child["name"] == name)
