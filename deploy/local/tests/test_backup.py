"""A backup of a platform at rest, and what is restored from it: the same, to the last row; or refused with a sentence."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chassis.databases import Databases
from chassis.keyrings import keyring
from chassis.new_keys import PURPOSES
from chassis.postgres import free_port
from contracts.operators import OPERATOR
from keten.backup import machine
from keten.backup.machine import Machine
from keten.backup.void_keys import VOID
from keten.place import Place
from tests.tables import Rows, differences, rows_of

WORDS = "een zin die niemand raadt"

# A command on a machine that has other things to do (seconds).
PATIENCE = 400.0

# What a restore ends or writes down, and nothing else may differ.
CHANGED = {
    "documents.public.restoration",
    "identity.public.authorization_code",
    "identity.public.browser",
    "identity.public.refresh_token",
    "identity.public.session",
    *(f"{service}.public.access_log_line" for service in ("identity", "dossier", "sharing", "documents")),
}


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="keten-"))
    folder.chmod(0o711)
    (folder / "words").touch(0o600)
    (folder / "words").write_text(WORDS)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def place(folder: Path) -> Place:
    """A platform with its demo organisations, photos and mails, that was stopped."""
    place = Place(folder / "data", free_port())
    try:
        started = keten(place, "up")
        assert started.returncode == 0, started.stderr
    finally:
        keten(place, "down")
    return place


@pytest.fixture(scope="module")
def backup(place: Place, folder: Path) -> Path:
    made = keten(place, "backup", str(folder / "shelf"), *words(folder))
    assert made.returncode == 0, made.stderr
    return next((folder / "shelf").glob("keten-*"))


@pytest.fixture(scope="module")
def restored(backup: Path, place: Place, folder: Path) -> Place:
    ran = keten(place, "restore", str(backup), "--into", str(folder / "restored"), *words(folder))
    assert ran.returncode == 0, ran.stderr
    assert "is OPEN again" in ran.stdout
    return replace(place, data=folder / "restored")


def keten(place: Place, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), check=False, capture_output=True, text=True, env=environment(place), timeout=PATIENCE
    )


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "keten.cli", *arguments]


def environment(place: Place) -> dict[str, str]:
    return {**os.environ, "KETEN_DATA": str(place.data), "KETEN_PORT": str(place.port)}


def words(folder: Path) -> list[str]:
    return ["--passphrase-file", str(folder / "words")]


def rows(place: Place) -> Rows:
    with machine.started(place, log=place.logs / "postgres.log") as address:
        return rows_of(Databases(address, place.secrets))


def test_everything_is_as_it_was_but_for_what_a_restore_ends(place: Place, restored: Place) -> None:
    before, after = rows(place), rows(restored)

    found = differences(before, after)

    assert set(found) <= CHANGED
    lines = [line for table, lines in found.items() if table.endswith("access_log_line") for line in lines]
    assert len(lines) == 4
    assert all("backup.restore" in line and str(OPERATOR) in line for line in lines)
    assert sum(map(len, before.values())) > 100
    assert files(place, "objects") == files(restored, "objects") != {}
    assert files(place, "mail") == files(restored, "mail") != {}
    assert place.demo.read_text() == restored.demo.read_text()
    assert (restored.data / "VERSION").read_text() == (place.data / "VERSION").read_text()


def test_what_was_signed_before_opens_nothing_and_what_must_last_does(place: Place, restored: Place) -> None:
    for purpose in PURPOSES:
        before, after = keyring(place.secrets, purpose), keyring(restored.secrets, purpose)
        assert after.verifies(b"said", before.sign(b"said")) is (purpose not in VOID)
    signing = [json.loads((one.secrets / "tokens.json").read_text())["keys"][0]["kid"] for one in (place, restored)]
    assert signing[0] != signing[1]
    assert {path.name for path in place.secrets.iterdir()} == {path.name for path in restored.secrets.iterdir()}


def test_nobody_else_can_read_anything_of_a_backup_and_no_secret_stands_in_its_data(backup: Path, place: Place) -> None:
    assert backup.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in backup.iterdir()} == {0o600}
    for secret in (b"tess@kracht.example", b"Bakker", (place.secrets / "links.json").read_bytes()):
        assert all(secret not in path.read_bytes() for path in backup.iterdir())


def test_a_restored_platform_starts_and_can_be_backed_up_again(restored: Place, folder: Path) -> None:
    started = keten(restored, "up")
    again = keten(restored, "backup", str(folder / "again"), *words(folder), "--keep", "1")
    stopped = keten(restored, "down")

    assert (started.returncode, again.returncode, stopped.returncode) == (0, 0, 0), started.stderr + again.stderr
    second = next((folder / "again").glob("keten-*"))
    checked = keten(restored, "backup", "--verify", str(second), *words(folder))
    assert "is whole: one machine" in checked.stdout


def test_a_directory_with_data_is_not_restored_over(backup: Path, place: Place, folder: Path) -> None:
    refused = keten(place, "restore", str(backup), "--into", str(place.data), *words(folder))

    assert refused.returncode == 2
    assert "is not empty, and a backup is never restored over data" in refused.stderr


def test_damage_a_wrong_passphrase_and_swapped_files_are_refused(backup: Path, place: Place, folder: Path) -> None:
    other = folder / "other"
    assert keten(place, "backup", str(other), *words(folder)).returncode == 0
    (folder / "wrong").touch(0o600)
    (folder / "wrong").write_text("een heel andere zin")

    def refused(copy: Path, *, by: Path = folder / "words") -> str:
        ran = keten(place, "restore", str(copy), "--into", str(folder / "never"), "--passphrase-file", str(by))
        assert ran.returncode == 2, ran.stdout
        assert not (folder / "never").exists()
        return ran.stderr

    assert "The passphrase does not open" in refused(backup, by=folder / "wrong")
    for name in ("base.sealed", "point-00000.sealed"):
        damaged = copied(backup, folder / "flipped")
        flip(damaged / name, (damaged / name).stat().st_size - 100)
        assert f"{name} is not as it was written" in refused(damaged)
        swapped = copied(backup, folder / "swapped")
        shutil.copy(next(other.glob("keten-*")) / name, swapped / name)
        assert f"{name} is not as it was written" in refused(swapped)
        missing = copied(backup, folder / "missing")
        (missing / name).unlink()
        assert f"{name} is missing" in refused(missing)
    swapped = copied(backup, folder / "swapped")
    shutil.copy(next(other.glob("keten-*")) / "manifest.json", swapped)
    assert "manifest.json is not as it was written" in refused(swapped)
    shutil.copy(next(other.glob("keten-*")) / "keys.json", swapped)
    assert "base.sealed is not as it was written" in refused(swapped)


def test_a_backup_that_was_killed_is_recognised_and_not_used(place: Place, folder: Path) -> None:
    shelf = folder / "killed"
    killed_when(command("backup", str(shelf), *words(folder)), place, lambda: any(shelf.glob("*.partial/base.sealed")))

    partial = next(shelf.glob("*.partial"))
    refused = keten(place, "restore", str(partial), "--into", str(folder / "never"), *words(folder))
    assert "was not finished" in refused.stderr
    until(lambda: keten(place, "status").returncode == 1)
    again = keten(place, "backup", str(shelf), *words(folder))
    assert again.returncode == 0, again.stderr
    assert [one.name.endswith(".partial") for one in shelf.glob("keten-*")] == [False]


def test_a_restore_that_was_killed_is_no_platform_and_can_be_done_again(
    backup: Path, place: Place, folder: Path
) -> None:
    half = replace(place, data=folder / "half")
    restore = ("restore", str(backup), "--into", str(half.data), *words(folder))
    killed_when(command(*restore), place, lambda: (half.data / "postgres" / "PG_VERSION").exists())

    refused = keten(half, "up")
    assert refused.returncode == 2
    assert "was being restored" in refused.stderr
    again = keten(place, *restore)
    assert again.returncode == 0, again.stderr
    assert set(differences(rows(place), rows(half))) <= CHANGED


def test_a_disk_that_is_too_small_is_refused_before_anything_is_written(
    place: Place, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = folder / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20m", "keten-test", str(small)], check=False)
    if mounted.returncode != 0:
        pytest.skip("only root mounts a small disk")
    try:
        refused = keten(place, "backup", str(small), *words(folder))
        assert refused.returncode == 2
        assert "nearly full" in refused.stderr
        assert [one.name for one in small.iterdir()] == [".lock"]
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_where_there_is_no_platform_nothing_is_backed_up(place: Place, folder: Path) -> None:
    nowhere = replace(place, data=folder / "nowhere")

    refused = keten(nowhere, "backup", str(folder / "empty"), *words(folder))

    assert refused.returncode == 2
    assert "There is no platform in" in refused.stderr
    assert Machine(place).name == "one machine"


def files(place: Place, part: str) -> dict[str, bytes]:
    below = place.data / part
    return {str(path.relative_to(below)): path.read_bytes() for path in below.rglob("*") if path.is_file()}


def copied(backup: Path, to: Path) -> Path:
    shutil.rmtree(to, ignore_errors=True)
    return Path(shutil.copytree(backup, to))


def flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def killed_when(asked: list[str], place: Place, is_time: Callable[[], bool]) -> None:
    working = subprocess.Popen(asked, env=environment(place))
    try:
        until(is_time)
    finally:
        working.send_signal(signal.SIGKILL)
        working.wait()


def until(check: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not check():
        assert time.monotonic() < end, "It did not come to that."
        time.sleep(0.02)
