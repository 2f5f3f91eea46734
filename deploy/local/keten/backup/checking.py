"""Reading a backup: opened with its keys, and every byte of it seen to be as it was written before anything leans on it."""

import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from keten.backup.layout import BASE, KEYS, point_file
from keten.backup.locked_keys import Keys, passphrase_of, unlock
from keten.backup.manifest import Manifest, manifest_of
from keten.backup.point import SAID, Point
from keten.backup.sealing import Damaged, UnsealedFile, key_for
from keten.backup.shelf import PARTIAL
from keten.place import Refusal


@dataclass(frozen=True)
class Backup:
    """One that was checked."""

    folder: Path
    manifest: Manifest
    keys: Keys
    points: Sequence[Point]

    @contextmanager
    def opened(self, file: str) -> Iterator[UnsealedFile]:
        unsealed = UnsealedFile(self.folder / file, key_for(self.keys.data_key, backup=self.manifest.name, name=file))
        try:
            yield unsealed
        finally:
            unsealed.close()

    def up_to(self, moment: datetime | None) -> Sequence[Point]:
        """The points until this moment; all of them without one. Raises `Refusal`."""
        if moment is None:
            return self.points
        if moment < self.points[0].at:
            raise Refusal(
                f"{self.folder} begins at {_shown(self.points[0].at)}. For an earlier moment use an earlier one."
            )
        return [point for point in self.points if point.at <= moment]

    def told(self) -> str:
        first, last = self.points[0], self.points[-1]
        until = "" if first is last else f", and {len(self.points) - 1} points up to {_shown(last.at)}"
        return f"{self.manifest.shape}, as of {_shown(first.at)}{until}"


def checked(folder: Path, *, keys: Path | None, passphrase_file: Path | None) -> Backup:
    """Raises `Refusal`, and `Damaged` for the first thing that is not as it was written."""
    if folder.name.endswith(PARTIAL):
        raise Refusal(f"{folder} was not finished: whoever made it was stopped. Use another backup.")
    manifest_of(folder)
    opened = unlock(keys or folder / KEYS, passphrase_of(passphrase_file, is_new=False))
    manifest = manifest_of(folder, opened.data_key)
    backup = Backup(folder, manifest, opened, [])
    with backup.opened(BASE) as base:
        base.check(manifest.files[BASE])
    return Backup(folder, manifest, opened, [_point(backup, file) for file in _points(folder)])


def _points(folder: Path) -> list[str]:
    """Without a gap: each brings what came since the one before."""
    found = sorted(path.name for path in folder.glob("point-*.sealed"))
    expected = [point_file(number) for number in range(max(len(found), 1))]
    for missing in sorted(set(expected) - set(found)):
        raise Damaged(f"{folder / missing} is missing.")
    return found


def _point(backup: Backup, file: str) -> Point:
    with backup.opened(file) as unsealed:
        said = b""
        with tarfile.open(fileobj=unsealed, mode="r|") as tar:
            for member in tar:
                if member.name == SAID and (content := tar.extractfile(member)) is not None:
                    said = content.read()
        unsealed.check(backup.manifest.files.get(file))
    return Point.parsed(said)


def _shown(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
