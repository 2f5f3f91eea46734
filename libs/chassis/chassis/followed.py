"""Files that are followed while a process runs: what they say is read again when they change."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Generic, TypeVar

import structlog

T = TypeVar("T")

# Seconds between two looks: a process knows a new key about a second after it was written.
LOOK: Final = 1.0

_logger = structlog.get_logger()


class Followed(Generic[T]):
    """What a file says. Gone, half written or without sense, it changes nothing: what was read before stays."""

    def __init__(self, path: Path, read: Callable[[bytes], T]) -> None:
        """Raises what `read` raises, and OSError: the first time there is nothing to stay with."""
        self._path, self._read = path, read
        self._seen = self._blamed = _state(path)
        self._held = read(path.read_bytes())
        self._looked = time.monotonic()

    @property
    def held(self) -> T:
        if time.monotonic() - self._looked >= LOOK:
            self._look()
        return self._held

    def _look(self) -> None:
        self._looked = time.monotonic()
        state = _state(self._path)
        if state == self._seen:
            return
        try:
            self._held, self._seen = self._read(self._path.read_bytes()), state
        except Exception as fault:  # whatever is wrong with it, a service that runs goes on with what it has
            if state != self._blamed:
                _logger.error("file_not_followed", file=self._path.name, reason=type(fault).__name__)
            self._blamed = state


def _state(path: Path) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
