"""Whatever process dies, it is started again and what was answered holds; several processes of a service share its work."""

import asyncio

import pytest

from tests.compose.conftest import until_ready
from tests.e2e.at_work import AtWork
from tests.e2e.people import Founder
from tests.stack import Stack

KILLED = (
    "sharing",
    "dossier-hear",
    "dossier",
    "identity-hear",
    "sharing-hear",
    "documents-work",
    "documents",
    "identity",
)

# The container's first process passes signals on; its child is ours. Killed from within, so that Docker sees a process that
# died and not an operator who wanted it so.
KILL = ["sh", "-c", "kill -9 $(cat /proc/1/task/1/children)"]


@pytest.mark.rule("SHR-12", "BEY-16")
async def test_answered_writes_survive_the_death_of_any_process(stack_alone: Stack, organisations: Founder) -> None:
    async with AtWork.of(organisations) as work:
        for service in KILLED:
            await work.goes_on()
            await asyncio.to_thread(stack_alone.compose, "exec", "-T", service, *KILL)
        await asyncio.to_thread(until_ready, stack_alone)
        await work.goes_on()


async def test_two_processes_that_hear_for_one_service_share_it_and_either_may_go(
    stack_alone: Stack, organisations: Founder
) -> None:
    second = f"{stack_alone.project}-second"
    async with AtWork.of(organisations) as work:
        await work.goes_on()
        await asyncio.to_thread(_start_second, stack_alone, second)
        await work.goes_on()
        await asyncio.to_thread(stack_alone.docker, "stop", "dossier-hear")
        await work.goes_on()
        await asyncio.to_thread(stack_alone.docker, "start", "dossier-hear")
        await asyncio.to_thread(stack_alone.kill, second)
        await work.goes_on()


def _start_second(stack: Stack, name: str) -> None:
    named = ["--name", name, "--env", "KETEN_INSTANCE=dossier-2"]
    stack.compose("run", "--detach", "--rm", "--no-deps", *named, "dossier-hear", "run", "hear", "dossier")
