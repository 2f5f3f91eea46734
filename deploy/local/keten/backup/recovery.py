"""The files that Postgres is restored from: its base, the log up to the point, and the word to stop there."""

import io
import tarfile
from collections.abc import Iterator, Sequence
from typing import IO, Final, Protocol

from keten.backup.checking import Backup
from keten.backup.layout import BASE, point_file
from keten.backup.point import WAL, Point

# What is set by hand on a server (`alter system`) stands there, and goes on doing so.
_SETTINGS: Final = "postgresql.auto.conf"

# Set while the databases are brought to their point, on either shape. Nobody is let in before they are there.
RECOVERY: Final = ("restore_command", "recovery_target_name", "recovery_target_action", "hot_standby")

# A file of the log has this size whatever is in it (bytes); Postgres reads nothing behind its end.
_SEGMENT: Final = 16 * 1024 * 1024


class Destination(Protocol):
    """Where files go: a tar on its way elsewhere, or a directory here."""

    def addfile(self, member: tarfile.TarInfo, content: IO[bytes] | None = None) -> None: ...


def write_files(backup: Backup, points: Sequence[Point], to: Destination) -> None:
    """Everything that Postgres needs to come to the last of these points, and not a transaction further."""
    settings = b""
    with backup.opened(BASE) as unsealed, tarfile.open(fileobj=unsealed, mode="r|") as base:
        for member in base:
            file = base.extractfile(member) if member.isfile() else None
            if member.name.removeprefix("./") == _SETTINGS and file is not None:
                settings = file.read()
            else:
                to.addfile(member, file)
    _add(to, _SETTINGS, settings + _stop_at(points[-1]))
    _add(to, "recovery.signal", b"")
    for name, content in _log(backup, points):
        _add(to, f"pg_wal/{name}", content)


def _stop_at(point: Point) -> bytes:
    # All of the log is there already, and nowhere else; nobody is let in before all of it was gone through.
    values = ("false", point.name, "promote", "off")
    return "".join(f"\n{name} = '{value}'" for name, value in zip(RECOVERY, values, strict=True)).encode() + b"\n"


def _log(backup: Backup, points: Sequence[Point]) -> Iterator[tuple[str, bytes]]:
    """Whole files, of the parts that the points have of them."""
    name, whole = "", bytearray()
    for file, offset, content in _parts(backup, len(points)):
        if file != name:
            if name:
                yield name, bytes(whole)
            name, whole = file, bytearray(_SEGMENT)
        whole[offset : offset + len(content)] = content
    yield name, bytes(whole)


def _parts(backup: Backup, number: int) -> Iterator[tuple[str, int, bytes]]:
    for file in map(point_file, range(number)):
        with backup.opened(file) as unsealed, tarfile.open(fileobj=unsealed, mode="r|") as tar:
            for member in tar:
                if member.name.startswith(f"{WAL}/") and (content := tar.extractfile(member)) is not None:
                    _, name, offset = member.name.split("/")
                    yield name, int(offset), content.read()


def _add(to: Destination, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o600
    to.addfile(member, io.BytesIO(content))
