"""The folder in which backups stand: one folder each, under its final name only when it is whole. Those that were broken off
go, and those that are one too many."""

import contextlib
import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from keten.backup.manifest import FILE
from keten.place import Refusal

PARTIAL: Final = ".partial"
_NAME: Final = re.compile(r"keten-\d{8}T\d{6}Z")
_LOCK: Final = ".lock"


def name_now() -> str:
    """Backups sort by their names."""
    return f"keten-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"


def finished(shelf: Path) -> list[Path]:
    """The oldest first."""
    return sorted(one for one in shelf.iterdir() if _NAME.fullmatch(one.name) and (one / FILE).exists())


@contextmanager
def held(shelf: Path) -> Iterator[None]:
    """One who writes here at a time; what an earlier one left unfinished is thrown away. Raises `Refusal`."""
    _refuse_unusable(shelf)
    with (shelf / _LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refusal(f"Another backup is being made in {shelf}. Wait for it, or choose another folder.") from None
        for one in shelf.glob(f"keten-*{PARTIAL}"):
            shutil.rmtree(one)
        yield


@contextmanager
def begun(shelf: Path, name: str) -> Iterator[Path]:
    """A folder to write into. It gets its name when this ends well, and is thrown away when it does not; what was killed is
    recognised by its name."""
    partial = shelf / (name + PARTIAL)
    partial.mkdir(mode=0o700)
    try:
        yield partial
        sync(partial)
        partial.rename(shelf / name)
        sync(shelf)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def prune(shelf: Path, keep: int) -> list[Path]:
    """Throw the oldest away, so that `keep` finished ones stay. Returns those that went."""
    gone = finished(shelf)[:-keep]
    for one in gone:
        # Under another name first: half of a backup never looks like one.
        doomed = one.rename(one.with_name(one.name + PARTIAL))
        shutil.rmtree(doomed)
    return gone


def sync(folder: Path) -> None:
    """What was renamed stays renamed, also when the machine goes down."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _refuse_unusable(shelf: Path) -> None:
    try:
        shelf.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise Refusal(f"{shelf} is no folder. Name one for the backups.") from None
    except OSError as fault:
        raise Refusal(f"{shelf} cannot be made: {os.strerror(fault.errno or 0)}. Name another folder.") from None
    if not os.access(shelf, os.W_OK | os.X_OK):
        raise Refusal(f"You may not write in {shelf}. Name another folder for the backups.")
    strange = [one.name for one in shelf.iterdir() if one.name not in (_LOCK, "lost+found") and not _is_ours(one)]
    if strange:
        raise Refusal(f"{shelf} holds something else than backups ({sorted(strange)[0]}). Name a folder of their own.")
    with contextlib.suppress(PermissionError):
        shelf.chmod(0o700)


def _is_ours(one: Path) -> bool:
    return _NAME.fullmatch(one.name.removesuffix(PARTIAL)) is not None
