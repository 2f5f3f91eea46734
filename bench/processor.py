"""Processor time that processes have taken: what others do on the same machine does not show in it, as it does in time."""

import os
from collections.abc import Sequence
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


def spent(pids: Sequence[int]) -> float:
    """Seconds taken by these processes, their children that run, and those of their children that ended."""
    return sum(_of(pid) + sum(_of(child) for child in _children(pid)) for pid in pids)


def _of(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0  # it has ended since; its time is now its parent's
    return sum(map(int, fields[11:15])) / _TICK


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []
