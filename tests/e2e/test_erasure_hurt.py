"""What is under way when somebody is erased goes with him, and whoever dies meanwhile holds nothing up."""

import os
import signal
from functools import partial

from tests.e2e.erasing_hurt import rows_under_way_go_too, who_erases_is_killed_and_the_rest_goes
from tests.e2e.operating import Operator
from tests.e2e.people import Founder, Platform
from tests.e2e.test_survival import process_of

# In containers it is tests/compose/test_erasure.py.
SHAPES = ("one machine",)


async def test_rows_under_way_go_with_who_is_erased(operator: Operator, organisations: Founder) -> None:
    await rows_under_way_go_too(operator, organisations)


async def test_who_erases_is_killed_in_the_middle_and_the_rest_goes(
    platform: Platform, operator: Operator, organisations: Founder
) -> None:
    await who_erases_is_killed_and_the_rest_goes(operator, organisations, partial(kill, platform))


def kill(platform: Platform, does: str, _service: str) -> None:
    """One process hears for all services, and one works for all."""
    os.kill(process_of(platform, {"work": "worker", "hear": "services"}[does]), signal.SIGKILL)
