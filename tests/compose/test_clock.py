"""The clock of one machine is five minutes off: people work on, and what is withdrawn is dead when the answer says so."""

import asyncio
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from keten.place import CHECKOUT
from tests.compose.conftest import until_ready
from tests.e2e.at_work import AtWork
from tests.e2e.people import Founder
from tests.stack import Stack

CLOCK = Path(__file__).with_name("clock.c")
SHIFTED = ("dossier", "dossier-hear")
MINUTES = 60

Shift = Callable[[int], None]


@pytest.fixture
def shift(stack_alone: Stack) -> Iterator[Shift]:
    """Set the dossier service's wall clock so many seconds off, by a library that its processes preload."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("clock: there is no C compiler to make another clock with")
    override = Path(stack_alone.folder) / "clock.yml"
    files = ["--file", str(CHECKOUT / "docker-compose.yml"), "--file", str(override)]

    def shifted(seconds: int) -> None:
        library = Path(stack_alone.folder) / f"clock{seconds}.so"
        subprocess.run([compiler, "-shared", "-fPIC", f"-DSHIFT={seconds}", "-o", library, CLOCK], check=True)
        library.chmod(0o755)
        changed = {"environment": {"LD_PRELOAD": "/clock.so"}, "volumes": [f"{library}:/clock.so:ro"]}
        override.write_text(yaml.safe_dump({"services": dict.fromkeys(SHIFTED, changed)}))
        # Not waiting for health: what tells it compares a file's age by the right clock with the wrong one.
        stack_alone.compose(*files, "up", "--detach", "--no-deps", *SHIFTED)
        until_ready(stack_alone)

    yield shifted
    stack_alone.compose("up", "--detach", "--wait", "--no-deps", *SHIFTED)


@pytest.mark.rule("SHR-12", "BEY-16")
async def test_with_one_clock_five_minutes_off_people_work_on(
    shift: Shift, stack_alone: Stack, organisations: Founder
) -> None:
    async with AtWork.of(organisations) as work:
        for seconds in (5 * MINUTES, -5 * MINUTES):
            await asyncio.to_thread(shift, seconds)
            assert abs(_now(stack_alone, "dossier") - _now(stack_alone, "sharing") - seconds) < 30
            for _ in range(3):
                await work.goes_on()


def _now(stack: Stack, service: str) -> float:
    return float(stack.compose("exec", "-T", service, "python", "-c", "import time; print(time.time())"))
