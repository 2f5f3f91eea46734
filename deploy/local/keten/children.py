"""Processes that are kept running: started in order, restarted when they die. Knows no platform."""

import contextlib
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

from chassis.postgres import tied_to_parent

SHORTEST_WAIT, LONGEST_WAIT = 0.2, 5.0  # seconds: soon enough to be unnoticed once, late enough not to burn a core
LONG_ENOUGH = 10.0  # who lived so many seconds is restarted at once again
STOP_SECONDS = 20.0

Process = subprocess.Popen[bytes]
FINAL = 2  # the exit code of a refusal: trying again cannot help


class ChildRefused(Exception):
    """A child said that it cannot run; its log says why."""


def run_child(
    command: Sequence[str],
    environment: Mapping[str, str],
    log: IO[bytes] | None,
    *,
    sign: signal.Signals = signal.SIGKILL,
) -> Process:
    """Start a command that gets this signal when its parent ends; without a log it writes where its parent does."""
    return subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
        preexec_fn=tied_to_parent(sign),
    )


def end_child(process: Process) -> None:
    """Ask it to stop; kill it when it takes too long."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@dataclass
class Child:
    """One process. `once`: it is done when it ended well; others are to run for ever."""

    name: str
    launch: Callable[[], Process]
    end: Callable[[Process], None] = end_child
    is_ready: Callable[[Process], bool] = lambda process: True
    once: bool = False

    process: Process | None = field(default=None, init=False)
    was_ready: bool = field(default=False, init=False)
    starts: int = field(default=0, init=False)
    started_at: float = field(default=0.0, init=False)
    _due: float = field(default=0.0, init=False)
    _wait: float = field(default=SHORTEST_WAIT, init=False)

    def tend(self, now: float, say: Callable[[str], None]) -> None:
        """Start it when it is due, notice that it is ready or has ended. Raises `ChildRefused`."""
        if self.once and self.was_ready:
            return
        if self.process is None and now >= self._due:
            self._start(now, say)
        if self.process is not None and self.process.poll() is not None:
            self._ended(self.process.returncode, now, say)
        elif self.process is not None and not self.was_ready and not self.once and self.is_ready(self.process):
            self.was_ready = True
            say(f"{self.name} is ready")

    def stop(self, say: Callable[[str], None]) -> None:
        if self.process is not None and self.process.poll() is None:
            say(f"{self.name} is asked to stop")
            self.end(self.process)
        self.process = None

    def _start(self, now: float, say: Callable[[str], None]) -> None:
        try:
            self.process = self.launch()
        except Exception as fault:
            if self.starts == 0:
                raise
            say(f"{self.name} could not be started: {fault}")
            self._put_off(now)
            return
        self.starts, self.started_at = self.starts + 1, now
        say(f"{self.name} started (process {self.process.pid})")

    def _ended(self, code: int, now: float, say: Callable[[str], None]) -> None:
        self.process = None
        if self.once and code == 0:
            self.was_ready = True
            say(f"{self.name} is done")
            return
        if code == FINAL:
            raise ChildRefused(self.name)
        how = f"code {code}" if code >= 0 else signal.Signals(-code).name
        if now - self.started_at >= LONG_ENOUGH:
            self._wait = SHORTEST_WAIT
        say(f"{self.name} ended ({how}); starting again in {self._wait:.1f} s")
        self._put_off(now)

    def _put_off(self, now: float) -> None:
        self._due = now + self._wait
        self._wait = min(self._wait * 2, LONGEST_WAIT)


class Household:
    """Children in the order in which they lean on one another: each starts once those before it have been ready."""

    def __init__(self, children: Sequence[Child], say: Callable[[str], None], changed: Callable[[], None]) -> None:
        self.children, self._say, self._changed = children, say, changed
        self._over = False

    def leave(self) -> None:
        """End `run` soon; for a signal handler."""
        self._over = True

    def run(self) -> None:
        """Keep the children running until `leave`; then stop them, the last first."""
        try:
            seen: list[tuple[int | None, bool]] = []
            while not self._over:
                self.tend()
                now = [(child.process.pid if child.process else None, child.was_ready) for child in self.children]
                if now != seen:
                    with contextlib.suppress(OSError):  # a full disk; told again in the next round
                        self._changed()
                        seen = now
                time.sleep(0.05)
        finally:
            for child in reversed(self.children):
                child.stop(self._say)

    def tend(self) -> None:
        """One round: look at each child whose turn has come. Raises `ChildRefused`."""
        for child in self.children:
            child.tend(time.monotonic(), self._say)
            if not child.was_ready:
                return
