"""What is under way when somebody is erased goes with him."""

import asyncio
from pathlib import Path

import pytest

from tests.e2e.erasing import compact_soon
from tests.e2e.erasing_hurt import rows_under_way_go_too
from tests.e2e.operating import Operator
from tests.e2e.people import Founder


@pytest.fixture
async def operator(organisations: Founder, tmp_path: Path) -> Operator:
    await asyncio.to_thread(compact_soon)
    return Operator(organisations.platform, tmp_path)


async def test_rows_under_way_go_with_who_is_erased(operator: Operator, organisations: Founder) -> None:
    await rows_under_way_go_too(operator, organisations)
