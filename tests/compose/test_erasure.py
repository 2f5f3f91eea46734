"""What is under way when somebody is erased goes with him, and whoever dies meanwhile holds nothing up."""

import asyncio
from functools import partial
from pathlib import Path

import pytest

from tests.compose.test_processes_die import KILL
from tests.e2e.erasing import compact_soon
from tests.e2e.erasing_hurt import rows_under_way_go_too, who_erases_is_killed_and_the_rest_goes
from tests.e2e.operating import Operator
from tests.e2e.people import Founder
from tests.stack import Stack


@pytest.fixture
async def operator(organisations: Founder, tmp_path: Path) -> Operator:
    await asyncio.to_thread(compact_soon)
    return Operator(organisations.platform, tmp_path)


async def test_rows_under_way_go_with_who_is_erased(operator: Operator, organisations: Founder) -> None:
    await rows_under_way_go_too(operator, organisations)


async def test_who_erases_is_killed_in_the_middle_and_the_rest_goes(
    stack_alone: Stack, operator: Operator, organisations: Founder
) -> None:
    await who_erases_is_killed_and_the_rest_goes(operator, organisations, partial(kill, stack_alone))


def kill(stack: Stack, does: str, service: str) -> None:
    stack.compose("exec", "-T", f"{service}-{does}", *KILL)
