"""Log files of the platform: one per process, turned over by size when the process starts."""

from pathlib import Path
from typing import IO

TURN_BYTES = 5_000_000
KEPT = 3


def open_log(folder: Path, name: str) -> IO[bytes]:
    """The log of a process, to append to."""
    path = folder / f"{name}.log"
    if path.exists() and path.stat().st_size > TURN_BYTES:
        for number in range(KEPT, 1, -1):
            if (older := folder / f"{name}.log.{number - 1}").exists():
                older.replace(folder / f"{name}.log.{number}")
        path.replace(folder / f"{name}.log.1")
    return path.open("ab")


def last_lines(log: Path, count: int) -> str:
    """The last lines of one log; empty when there is none."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-count:]) if log.exists() else ""
