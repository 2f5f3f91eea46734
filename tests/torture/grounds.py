"""Platforms of one's own to torture: started for a run, and gone with it."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from chassis.postgres import free_port
from tests import stack
from tests.e2e.people import Platform
from tests.torture.containers import Containers
from tests.torture.machine import Machine

# On a machine that has much else to do a start may take longer than the command waits.
_STARTS: Final = 4

_PLANTED: Final = Path(__file__).parent / "planted"


@contextmanager
def on_this_machine(settings: Mapping[str, str] | None = None) -> Iterator[Machine]:
    """The same command as anybody's starts it; `settings` are put into its environment."""
    folder = Path(tempfile.mkdtemp(prefix="keten-torture-"))
    folder.chmod(0o755)
    started = Platform(f"http://127.0.0.1:{free_port()}", folder / "data", secrets=folder / "data/secrets")
    with _told(settings or {}):
        try:
            _start(started)
            yield Machine(started)
        finally:
            started.keten("down")
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def planted(fault: Path) -> Iterator[Machine]:
    """One in which the fault sits that this file names, whatever it names at the moment."""
    path = os.pathsep.join([str(_PLANTED), *filter(None, [os.environ.get("PYTHONPATH")])])
    with on_this_machine({"PYTHONPATH": path, "TORTURE_FAULT": str(fault)}) as machine:
        yield machine


@contextmanager
def in_containers() -> Iterator[Containers]:
    """Those of a test run, which is this process."""
    with stack.used(alone=True):
        yield Containers(stack.shared())


def _start(platform: Platform) -> None:
    for _ in range(_STARTS):
        ran = platform.keten("up")
        if ran.returncode == 0:
            return
    raise RuntimeError(ran.stdout + ran.stderr)


@contextmanager
def _told(settings: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})
