"""A release takes over from the one before while people work: both run side by side on the new release's databases and log,
and no request falls between them. The one before is the previous commit that has an image; else both are the same."""

import asyncio
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest

from chassis.postgres import free_port
from contracts.services import SERVICES
from keten.hand_out import hand_out
from keten.place import CHECKOUT
from tests import stack
from tests.compose.conftest import until_ready
from tests.e2e.at_work import AtWork
from tests.e2e.people import Founder, Platform
from tests.e2e.waiting import eventually
from tests.stack import Stack

# With two platforms on a test's few cores an event or a decision may come too late for its request, which is told so and
# asked again. What must not be: that nobody answers, or that somebody answers with a fault.
LATE = ("503 /problems/not-yet-here", "503 /problems/unavailable")

# Whatever the image of another commit needs besides itself.
RELEASE = ("Dockerfile", "docker-compose.yml", "deploy/local/keten/run.py")


@pytest.fixture
def before(stack_beside: Stack) -> Iterator[Stack]:
    """The release before, running; and its files, which may differ."""
    folder = Path(tempfile.mkdtemp(prefix="keten-upgrade-"))
    tag = f"{stack_beside.project}-before"
    older = Stack(tag, str(folder), free_port(), free_port(), tag=tag)
    try:
        hand_out(folder / "secrets")
        files = _files(_release_before(folder / "release"))
        older.compose(*files, "build", "--quiet", "migrate")
        older.compose(*files, "up", "--detach", "--wait")
        until_ready(older)
        yield older
    finally:
        stack.take_down(tag)
        shutil.rmtree(folder)


@pytest.fixture
async def founder(before: Stack) -> AsyncIterator[Founder]:
    async with Founder(Platform(before.url, None, mail=before.mail_url, secrets=before.secrets)) as founder:
        yield founder


@pytest.mark.timeout(1200)
async def test_a_release_takes_over_while_people_work_and_no_request_falls_between(
    before: Stack, stack_beside: Stack, founder: Founder
) -> None:
    after = Stack(before.project, before.folder, before.port, before.mail_port, tag=stack_beside.tag)
    processes = [name for name in before.compose("config", "--services").split() if _is_of_a_service(name)]

    async with AtWork.of(founder) as work:
        await work.goes_on()
        await asyncio.to_thread(after.compose, "run", "--rm", "--no-deps", "migrate")
        await asyncio.gather(*(asyncio.to_thread(_start_beside, after, process) for process in processes))
        await eventually(partial(_are_healthy, after, processes), patience=180)
        for _ in range(3):
            await work.goes_on()
        await asyncio.gather(*(asyncio.to_thread(before.docker, "stop", process) for process in processes))
        for _ in range(3):
            await work.goes_on()

    assert [reason for reason in work.unanswered if not reason.endswith(LATE)] == []


def _start_beside(after: Stack, process: str) -> None:
    """Under the same name on the networks, so that it is found like the other."""
    named = ["--name", _beside(after, process), "--use-aliases", "--env", f"KETEN_INSTANCE={process}-after"]
    after.compose("run", "--detach", "--no-deps", *named, process)


async def _are_healthy(after: Stack, processes: Sequence[str]) -> None:
    containers = [_beside(after, process) for process in processes]
    asked = ["docker", "inspect", "--format", "{{.Name}} {{.State.Health.Status}}", *containers]
    told = await asyncio.to_thread(subprocess.run, asked, capture_output=True, text=True, check=True)
    assert [line for line in told.stdout.splitlines() if not line.endswith(" healthy")] == []


def _beside(after: Stack, process: str) -> str:
    return f"{after.project}-{process}-after"


def _is_of_a_service(process: str) -> bool:
    return process.partition("-")[0] in SERVICES


def _release_before(folder: Path) -> Path:
    """Its files. What was not committed yet comes after the last commit; without such a commit, this checkout itself."""
    changed = _git("status", "--porcelain", "--untracked-files=no").strip()
    for commit in ("HEAD" if changed else "HEAD~1", "HEAD"):
        if all(_has(commit, path) for path in RELEASE):
            archive = subprocess.run(["git", "archive", commit], cwd=CHECKOUT, capture_output=True, check=True).stdout
            folder.mkdir()
            subprocess.run(["tar", "--extract", "--directory", folder], input=archive, check=True)
            return folder
    return CHECKOUT


def _has(commit: str, path: str) -> bool:
    found = subprocess.run(
        ["git", "cat-file", "-e", f"{commit}:{path}"], cwd=CHECKOUT, capture_output=True, check=False
    )
    return found.returncode == 0


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout


def _files(release: Path) -> list[str]:
    return ["--project-directory", str(release), "--file", str(release / "docker-compose.yml")]
