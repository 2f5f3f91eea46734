"""A command at the other end of a pipe, and the last thing that it said."""

import contextlib
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO

# A command that was told that nothing follows has so long to end (seconds).
_LAST_WORDS = 10.0


class Command:
    """Runs until `end`; what it reads is `given`, what it writes is `told`."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], *, is_told: bool) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the command
        self._process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if is_told else subprocess.DEVNULL,
            stderr=self._errors,
        )
        assert self._process.stdin is not None
        self.given: IO[bytes] = self._process.stdin
        self._told = self._process.stdout

    @property
    def told(self) -> IO[bytes]:
        assert self._told is not None
        return self._told

    def end(self, *, seconds: float | None = None) -> int:
        """Give nothing more and wait for the end, for ever or for so long. Returns the exit code."""
        with contextlib.suppress(BrokenPipeError):
            self.given.close()
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def said(self) -> str:
        """The last line that it complained with."""
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1].strip() if lines else f"code {self._process.returncode}"


@contextmanager
def running(command: Sequence[str], environment: Mapping[str, str], *, is_told: bool = False) -> Iterator[Command]:
    """Ended with this, whatever happens."""
    begun = Command(command, environment, is_told=is_told)
    try:
        yield begun
    finally:
        begun.end(seconds=_LAST_WORDS)
