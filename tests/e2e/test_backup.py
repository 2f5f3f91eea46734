"""A backup that is made while people work, and files come and go: what was answered before it is in it, nothing is half, and
no mail that may have left leaves again."""

import asyncio
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from chassis.databases import Databases
from chassis.objects_directory import DirectoryObjects
from chassis.postgres import free_port
from contracts.services import SERVICES
from keten.backup import machine
from keten.place import Place
from keten.running import metrics_pages, state
from tests.e2e.at_work import AtWork
from tests.e2e.people import Founder, Platform, place_of
from tests.e2e.taken import PATIENCE, Answered, Files, assert_it_is_whole, assert_services_agree
from tests.e2e.waiting import eventually

# In containers it is tests/compose/test_backup.py.
SHAPES = ("one machine",)

WORDS = "een zin die niemand raadt"

AGE = re.compile(r'^keten_backup_age_seconds\{service="(\w+)"\} (\S+)$', re.MULTILINE)


@pytest.fixture
def folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="keten-"))
    folder.chmod(0o711)
    (folder / "words").touch(0o600)
    (folder / "words").write_text(WORDS)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def restored(folder: Path) -> Iterator[Platform]:
    platform = Platform(f"http://127.0.0.1:{free_port()}", folder / "data", secrets=folder / "data" / "secrets")
    yield platform
    keten(platform, "down")


def keten(platform: Platform, *arguments: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-m", "keten.cli", *arguments],
        env=platform.environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


async def test_a_backup_made_under_work_is_whole_and_sends_nothing_twice(
    platform: Platform, organisations: Founder, restored: Platform, folder: Path
) -> None:
    assert restored.data is not None
    async with AtWork.of(organisations) as work:
        async with Files.of(work) as files:
            await work.goes_on()
            before, removed = Answered.by_now(work, files), files.removed
            await asyncio.to_thread(keten, platform, "backup", str(folder / "shelf"), *words(folder))
            assert files.removed > removed, "files went while it was made"
        await work.goes_on()
    after = Answered.by_now(work, files)

    [backup] = (folder / "shelf").glob("keten-*")
    await asyncio.to_thread(keten, restored, "restore", str(backup), "--into", str(restored.data), *words(folder))
    mailed = mails(restored)
    await asyncio.to_thread(keten, restored, "up")

    await assert_it_is_whole(restored.url, work, files, before, after)
    databases = Databases(state(Place(restored.data, 0))["postgres"], restored.data / "secrets")
    await assert_services_agree(databases, DirectoryObjects(restored.data / "objects"), of=work.kracht.id)
    async with httpx.AsyncClient() as anybody:
        token = work.kracht.owner.http.auth._tokens.access_token  # type: ignore[union-attr]
        answer = await anybody.get(f"{restored.url}/identity/v1/users/me", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401, "who was signed in has to sign in again"
    await mail_is_held_until_it_is_sent(restored, databases, mailed)


async def test_a_backup_that_was_followed_comes_back_at_each_of_its_points(
    platform: Platform, organisations: Founder, folder: Path
) -> None:
    kracht = await organisations.organisation("Kracht", "Tess Bakker")
    shelf = folder / "shelf"
    with followed(platform, shelf, folder):
        await two_more_points(shelf)
        await kracht.owner.post("/dossier/v1/client-groups", {"name": "Noord"})
        await two_more_points(shelf)
        between = datetime.now(UTC)
        await kracht.owner.post("/dossier/v1/client-groups", {"name": "Zuid"})
        await two_more_points(shelf)

    [backup] = shelf.glob("keten-*")
    for name, to, expected in (("then", ["--to", between.isoformat()], ["Noord"]), ("last", [], ["Noord", "Zuid"])):
        place = Place(folder / name, free_port())
        await asyncio.to_thread(keten, platform, "restore", str(backup), "--into", str(place.data), *to, *words(folder))
        with machine.started(place, log=place.logs / "postgres.log") as address:
            async with Databases(address, place.secrets).administered("dossier") as admin:
                groups = await admin.fetch(
                    "select name from public.client_group where account_id = $1", UUID(kracht.id)
                )
        assert sorted(row["name"] for row in groups) == expected


async def test_how_old_its_last_point_is_shows_while_one_is_expected(platform: Platform, folder: Path) -> None:
    def ages() -> dict[str, float]:
        shown = "\n".join(httpx.get(page).text for page in metrics_pages(place_of(platform)))
        return {service: float(age) for service, age in AGE.findall(shown)}

    async def it_is_fresh() -> None:
        assert set(ages()) == set(SERVICES)
        assert max(ages().values()) < 30

    with followed(platform, folder / "shelf", folder):
        await eventually(it_is_fresh, patience=PATIENCE)
    last = ages()

    async def it_grows_old() -> None:
        assert all(age > last[service] + 15 for service, age in ages().items())

    async def it_is_not_expected() -> None:
        assert ages() == {}

    await eventually(it_grows_old, patience=PATIENCE)
    assert "No backup is expected to follow" in await asyncio.to_thread(keten, platform, "backup", "--unfollow")
    await eventually(it_is_not_expected, patience=PATIENCE)


@contextmanager
def followed(platform: Platform, shelf: Path, folder: Path) -> Iterator[None]:
    """Killed in the end, as by a machine that goes down."""
    command = ["backup", str(shelf), "--follow", "--every", "1", *words(folder)]
    following = subprocess.Popen([sys.executable, "-m", "keten.cli", *command], env=platform.environment())
    try:
        yield
    finally:
        following.kill()
        following.wait()


async def two_more_points(shelf: Path) -> None:
    """What was answered before stands in the second at the latest: the first may have been under way."""
    wanted = number_of(shelf) + 2

    async def are_there() -> None:
        assert number_of(shelf) >= wanted

    await eventually(are_there, patience=PATIENCE)


def number_of(shelf: Path) -> int:
    return len(list(shelf.glob("keten-*[!l]/point-*.sealed")))


async def mail_is_held_until_it_is_sent(restored: Platform, databases: Databases, mailed: set[str]) -> None:
    async with databases.administered("documents") as admin:
        waiting = await admin.fetchval("select count(*) from public.mail where state = 'waiting'")
        held = {str(row[0]) for row in await admin.fetch("select id from public.mail where reason = 'restored'")}
    assert waiting == 0
    assert mails(restored) == mailed

    told = await asyncio.to_thread(keten, restored, "restore", "--send-held")

    assert (f"{len(held)} mails that were held" if held else "No mail is held") in told

    async def all_ended() -> None:
        async with databases.administered("documents") as admin:
            open_still = "select count(*) from public.mail where id = any($1) and state in ('waiting', 'failed')"
            assert not await admin.fetchval(open_still, list(held))

    await eventually(all_ended, patience=PATIENCE)
    assert mails(restored) - mailed <= held


def words(folder: Path) -> list[str]:
    return ["--passphrase-file", str(folder / "words")]


def mails(platform: Platform) -> set[str]:
    assert platform.data is not None
    return {path.stem for path in (platform.data / "mail").glob("*.eml")}
