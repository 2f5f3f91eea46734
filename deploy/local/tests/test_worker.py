"""The worker's process: how it tells that it is well."""

import os
import subprocess
import sys
import time
from pathlib import Path

from keten.worker import STILL, is_healthy


def test_a_worker_that_looked_lately_is_well_and_one_that_never_did_is_not(tmp_path: Path) -> None:
    alive = tmp_path / "alive"

    assert not is_healthy(alive)
    alive.touch()
    assert is_healthy(alive)
    long_ago = time.time() - STILL - 1
    os.utime(alive, (long_ago, long_ago))
    assert not is_healthy(alive)


def test_asking_for_its_health_loads_nothing_of_a_service() -> None:
    asked = "import sys, keten.worker; keten.worker.main(['--healthy']); print(*sys.modules)"

    loaded = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout.split()

    assert {"sqlalchemy", "fastapi", "celery", "chassis.service"}.isdisjoint(loaded)


def test_a_worker_that_was_told_nothing_says_so() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KETEN_")}

    ran = subprocess.run(
        [sys.executable, "-m", "keten.worker"], env=environment, capture_output=True, text=True, check=False
    )

    assert ran.returncode == 2
    assert "KETEN_POSTGRES" in ran.stderr
