"""The running platform: the one that KETEN_URL names, or one of its own, started with the same command as anybody's.

Each worker of pytest-xdist starts its own: a journey that kills processes must not meet the tests of another. Files stay
whole (`--dist loadfile`), so that what a module shares is made once; `loadgroup` does nothing with pytest 9.2 and
xdist 3.8."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from chassis.postgres import free_port
from tests.e2e.people import Platform


@pytest.fixture(scope="session")
def platform() -> Iterator[Platform]:
    if given := os.environ.get("KETEN_URL"):
        yield Platform(given.rstrip("/"), None)
        return
    data = Path(tempfile.mkdtemp(prefix="keten-e2e-"))
    data.chmod(0o755)
    started = Platform(f"http://127.0.0.1:{free_port()}", data / "data")
    try:
        ran = started.keten("up")
        assert ran.returncode == 0, ran.stdout + ran.stderr
        yield started
    finally:
        started.keten("down")
        shutil.rmtree(data, ignore_errors=True)
