"""A backup of the platform in containers, made while people work, and restored into a second one: databases, event log and
objects are of one moment."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from chassis.postgres import free_port
from contracts.services import SERVICES
from tests import stack
from tests.e2e.at_work import AtWork
from tests.e2e.people import Founder
from tests.e2e.taken import PATIENCE, Answered, Files, assert_it_is_whole
from tests.e2e.waiting import eventually
from tests.stack import Stack
from tests.telemetry.conftest import metrics_in_containers

WORDS = "een zin die niemand raadt"


@pytest.fixture
def second(stack_alone: Stack, tmp_path: Path) -> Iterator[Stack]:
    """A project that has nothing yet, of the same image."""
    project = f"{stack_alone.project}-second"
    second = replace(
        stack_alone, project=project, folder=str(tmp_path / "second"), port=free_port(), mail_port=free_port()
    )
    yield second
    stack.take_down(project)


def keten(at: Mapping[str, str], *arguments: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-m", "keten.cli", *arguments],
        env=dict(at),
        capture_output=True,
        text=True,
        check=False,
        timeout=570,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@contextmanager
def running(at: Mapping[str, str], *arguments: str) -> Iterator[None]:
    """Told to stop in the end."""
    with subprocess.Popen([sys.executable, "-m", "keten.cli", *arguments], env=dict(at)) as command:
        try:
            yield
        finally:
            command.terminate()


async def test_a_backup_of_containers_made_under_work_is_whole_in_a_second_project(
    stack_alone: Stack, organisations: Founder, second: Stack, tmp_path: Path
) -> None:
    words = tmp_path / "words"
    words.touch(0o600)
    words.write_text(WORDS)
    made = ("backup", str(tmp_path / "shelf"), "--compose", "--passphrase-file", str(words))
    async with AtWork.of(organisations) as work:
        async with Files.of(work) as files:
            await work.goes_on()
            before = Answered.by_now(work, files)
            await asyncio.to_thread(keten, stack_alone.environment(), *made)
        await work.goes_on()
    after = Answered.by_now(work, files)

    [backup] = (tmp_path / "shelf").glob("keten-*")
    restored = ("restore", str(backup), "--compose", "--passphrase-file", str(words))
    told = await asyncio.to_thread(keten, second.environment(), *restored)

    assert "is OPEN again" in told
    await assert_it_is_whole(second.url, work, files, before, after)
    await grants_agree(second, of=work.kracht.id)
    assert told_by(second, "select count(*) from public.outbox", "sharing") == ["0"], (
        "what was on its way was published"
    )
    kept, copies = (secrets(one) for one in (stack_alone, second))
    assert set(kept) == set(copies)
    assert kept["second-factors.json"] == copies["second-factors.json"]
    assert kept["positions.json"] != copies["positions.json"]
    with pytest.raises(AssertionError, match="never restored over data"):
        await asyncio.to_thread(keten, second.environment(), *restored)


async def test_how_old_the_last_point_of_a_backup_of_containers_is_shows_while_one_is_expected(
    stack_beside: Stack, tmp_path: Path
) -> None:
    words = tmp_path / "words"
    words.touch(0o600)
    words.write_text(WORDS)
    following = ("backup", str(tmp_path / "shelf"), "--compose", "--follow", "--every", "1")

    def ages() -> list[str]:
        shown = metrics_in_containers(stack_beside, *(f"http://{one}-hear:8002/metrics" for one in SERVICES))
        return [line for line in shown.splitlines() if line.startswith("keten_backup_age_seconds{")]

    async def all_know() -> None:
        assert len(ages()) == len(SERVICES)

    async def nobody_is_expected() -> None:
        assert ages() == []

    with running(stack_beside.environment(), *following, "--passphrase-file", str(words)):
        await eventually(all_know, patience=PATIENCE)
    told = await asyncio.to_thread(keten, stack_beside.environment(), "backup", "--unfollow", "--compose")

    assert "No backup is expected to follow" in told
    await eventually(nobody_is_expected, patience=PATIENCE)


async def grants_agree(at: Stack, *, of: str) -> None:
    """What sharing knows of an account, whoever enforces it knows, and nothing besides: the log was cut where the databases
    were."""
    own = f"where account_id = '{of}'"

    async def they_do() -> None:
        stated = set(told_by(at, f"select id, version from public.dossier_grant {own}", "sharing"))
        for service in ("dossier", "documents"):
            assert set(told_by(at, f"select id, version from projection.grant_access {own}", service)) == stated
        assert stated

    await eventually(they_do, patience=PATIENCE)


def told_by(at: Stack, sql: str, database: str) -> list[str]:
    asked = (
        f'PGPASSWORD=$(cat /run/keten/keten_admin.password) psql -h 127.0.0.1 -U keten_admin -d {database} -Atc "{sql}"'
    )
    return at.compose("exec", "-T", "postgres", "bash", "-c", asked).split()


def secrets(at: Stack) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in at.secrets.iterdir() if path.is_file()}
