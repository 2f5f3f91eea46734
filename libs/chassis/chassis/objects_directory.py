"""The object store as a directory on this machine: an object is a file, written whole or not at all."""

import asyncio
import os
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

from chassis.objects import ObjectMissing, checked
from contracts.ids import new_id

# No object's name begins like this, so what a killed process left behind is never taken for one.
_UNBORN = ".unborn-"

# Nobody needs so long to write one file (seconds).
_ABANDONED = 3600.0


class DirectoryObjects:
    """The driver. What is in the directory can be read by its owner alone."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def put(self, name: str, content: bytes, *, kind: str) -> None:
        await asyncio.to_thread(self._write, self._directory / checked(name), content)

    async def get(self, name: str) -> bytes:
        try:
            return await asyncio.to_thread((self._directory / checked(name)).read_bytes)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise ObjectMissing(name) from None

    async def remove(self, name: str) -> None:
        await asyncio.to_thread(_unlink, self._directory / checked(name))

    async def names(self, prefix: str, *, older_than: timedelta = timedelta()) -> Sequence[str]:
        until = time.time() - older_than.total_seconds()
        return await asyncio.to_thread(lambda: sorted(self._older(checked(prefix), until)))

    def _write(self, path: Path, content: bytes) -> None:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unborn = path.with_name(f"{_UNBORN}{new_id()}")
        try:
            with os.fdopen(os.open(unborn, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            unborn.rename(path)
        except BaseException:
            unborn.unlink(missing_ok=True)
            raise
        _sync(path.parent)

    def _older(self, prefix: str, until: float) -> Iterator[str]:
        for folder, _, files in os.walk(self._directory / prefix):
            for name in files:
                path = Path(folder, name)
                try:
                    put_at = path.stat().st_mtime
                except FileNotFoundError:
                    continue
                if not name.startswith(_UNBORN):
                    if put_at <= until:
                        yield path.relative_to(self._directory).as_posix()
                elif put_at < time.time() - _ABANDONED:
                    path.unlink(missing_ok=True)


def _unlink(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except (IsADirectoryError, PermissionError, NotADirectoryError):
        if path.is_file():
            raise


def _sync(folder: Path) -> None:
    """What was renamed stays renamed, also when the machine goes down."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
