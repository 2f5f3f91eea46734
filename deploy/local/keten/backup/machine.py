"""Backups of a platform on one machine, running or not, and its way back into an empty data directory."""

import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from chassis.operators import Operator
from chassis.passwords import password_of, write_secret
from chassis.postgres import ADMIN, reachable_binaries, server_user
from keten import running
from keten.backup.bringing_back import bring_back
from keten.backup.checking import Backup
from keten.backup.manifest import ONE_MACHINE
from keten.backup.point import Point
from keten.backup.recovery import write_files
from keten.backup.shape import BASE, SECRETS, Reached, secrets_in, size_of, why
from keten.backup.void_keys import rotate
from keten.migrate import MIGRATED
from keten.operators import NAME
from keten.place import Place, Refusal
from keten.refusals import RESTORING, refuse_data, refuse_full_disk, refuse_machine, sole_use

_DEMO: Final = "demo.json"

# Postgres goes through all that was written since the base; longer than this and something else is wrong (seconds).
_REPLAYED: Final = 600.0

# Read by OPA, which runs as another user; on one machine by nobody, but it is what it is.
_PUBLIC: Final = (".pem",)


class Machine:
    """The platform of a place."""

    name = ONE_MACHINE

    def __init__(self, place: Place) -> None:
        self._place = place

    @contextmanager
    def reached(self, backup: str, operator: Operator) -> Iterator[Reached]:
        self._refuse_none()
        with _address(self._place) as address:
            host, _, port = address.rpartition(":")
            programs = reachable_binaries((self._place.data / "postgres").resolve().parent)
            base = [str(programs / "pg_basebackup"), *BASE, f"--host={host}", f"--port={port}", f"--username={ADMIN}"]
            points = [*_ours("points", backup), *why(operator)]
            environment = self._place.environment(address) | {NAME: operator.name}
            yield Reached(base, points, environment | {"PGPASSWORD": password_of(ADMIN, self._place.secrets)})

    def secrets(self) -> Mapping[str, bytes]:
        demo = {_DEMO: self._place.demo.read_bytes()} if self._place.demo.exists() else {}
        return {**secrets_in(self._place.secrets), **demo}

    def unfollow(self, operator: Operator) -> int:
        self._refuse_none()
        with _address(self._place) as address:
            command = [sys.executable, "-m", "keten.cli", "run", "unfollow"]
            return subprocess.run(command, env=self._place.environment(address), check=False).returncode

    def beside(self) -> int:
        return size_of(self._place.data / "objects") + size_of(self._place.mail)

    def _refuse_none(self) -> None:
        if not (self._place.data / "VERSION").exists():
            raise Refusal(f"There is no platform in {self._place.data}. Set KETEN_DATA to where its data is.")
        refuse_data(self._place)


def restore(backup: Backup, points: Sequence[Point], place: Place, operator: Operator) -> None:
    """Into a directory that is empty, or holds a restore that was broken off. Raises `Refusal`."""
    refuse_machine()
    _refuse_taken(place)
    place.data.mkdir(mode=0o711, parents=True, exist_ok=True)
    (place.data / RESTORING).touch()
    with sole_use(place):
        refuse_full_disk(place.data, needed=backup.manifest.plain)
        _write_secrets(backup.keys.secrets, place)
        data = place.postgres().data
        shutil.rmtree(data, ignore_errors=True)  # of what was broken off
        write_files(backup, points, _Unpacking(data))
        _give_to(server_user(), data)
        place.logs.mkdir(mode=0o700, exist_ok=True)
        with started(place, log=place.logs / "postgres.log", seconds=_REPLAYED) as address:
            environment = place.environment(address) | {NAME: operator.name}
            _migrate(data, environment)
            bring_back(backup, points, [*_ours("refill", backup.manifest.name), *why(operator)], environment)
        write_secret(place.data / "VERSION", backup.manifest.data_version + "\n")
        (place.data / RESTORING).unlink()


def send_held(place: Place, operator: Operator) -> int:
    """On the running platform. Raises `Refusal`."""
    told = running.state(place)
    if not told:
        raise Refusal("Keten is not running. Start it first: make up")
    command = [sys.executable, "-m", "keten.cli", "run", "send-held", *why(operator)]
    environment = place.environment(told["postgres"]) | {NAME: operator.name}
    return subprocess.run(command, env=environment, check=False).returncode


def _migrate(data: Path, environment: Mapping[str, str]) -> None:
    """A backup of an earlier release is brought to this one before anything is put back. Raises `Refusal`."""
    command = [sys.executable, "-m", "keten.migrate", "--unless", str(data / MIGRATED)]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise Refusal(
            f"The databases were brought back, and not to this release: {(ran.stdout or ran.stderr).strip()[-500:]}"
        )


def _ours(command: str, backup: str) -> list[str]:
    return [sys.executable, "-m", "keten.cli", "run", command, "--backup", backup]


@contextmanager
def _address(place: Place) -> Iterator[str]:
    """Of the running Postgres, or of one that runs as long as this."""
    if told := running.state(place):
        yield told["postgres"]
        return
    with sole_use(place), started(place, log=place.logs / "postgres.log") as address:
        yield address


@contextmanager
def started(place: Place, *, log: Path, seconds: float = 60.0) -> Iterator[str]:
    """Postgres alone, until this ends; its address."""
    server = place.postgres()
    with log.open("ab") as file:
        process = server.start(file)
        try:
            server.wait_until_ready(process, seconds=seconds)
            yield server.address
        finally:
            server.stop(process)


def _refuse_taken(place: Place) -> None:
    is_broken_off = (place.data / RESTORING).exists()
    if place.data.is_dir() and any(place.data.iterdir()) and not is_broken_off:
        raise Refusal(f"{place.data} is not empty, and a backup is never restored over data. Name a new directory.")
    if place.data.exists() and not place.data.is_dir():
        raise Refusal(f"{place.data} is no directory. Name a new one.")


def _write_secrets(secrets: Mapping[str, bytes], place: Place) -> None:
    place.secrets.mkdir(mode=0o700, exist_ok=True)
    for name, content in secrets.items():
        path = place.demo if name == _DEMO else place.secrets / name.removeprefix(SECRETS)
        write_secret(path, content.decode())
        if path.suffix in _PUBLIC:
            path.chmod(0o444)
    rotate(place.secrets)


class _Unpacking:
    """Files that are written below a directory, as a tar names them."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(mode=0o700, parents=True)

    def addfile(self, member: tarfile.TarInfo, content: IO[bytes] | None = None) -> None:
        """As `TarFile.addfile`. Raises `Refusal` for what no backup of ours holds."""
        path = self._directory / member.name
        if not (member.isfile() or member.isdir()) or ".." in path.parts or path == self._directory / "/":
            raise Refusal(f"The backup holds {member.name}, which is neither a file nor a folder of the databases.")
        if member.isdir():
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            return
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            if content is not None:
                shutil.copyfileobj(content, file, 1024 * 1024)


def _give_to(owner: int, data: Path) -> None:
    for folder, _, files in os.walk(data):
        os.chown(folder, owner, -1)
        for name in files:
            os.chown(Path(folder, name), owner, -1)
