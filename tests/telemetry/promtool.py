"""promtool, which the package prometheus brings: as it is on this machine, or in the image that Prometheus runs from."""

import os
import shutil
import subprocess
from functools import cache

import pytest

from keten.place import CHECKOUT

FOLDER = CHECKOUT / "deploy/telemetry"
IMAGE = "keten-prometheus:tests"


def promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run it in `deploy/telemetry`. Skips the test where it cannot be had, and fails it where every engine is required."""
    return subprocess.run([*_command(), *arguments], cwd=FOLDER, capture_output=True, text=True, check=False)


@cache
def image() -> str:
    """The image that Prometheus and Alertmanager run from, built here. Skips or fails the test as `promtool` does."""
    built = shutil.which("docker") and subprocess.run(
        ["docker", "build", "--quiet", "--target", "prometheus", "--tag", IMAGE, str(FOLDER)],
        capture_output=True,
        check=False,
    )
    if not built or built.returncode != 0:
        told = "prometheus: neither Debian's package nor a Docker that can build its image"
        if os.environ.get("KETEN_ENGINES") == "required":
            pytest.fail(f"{told}, and KETEN_ENGINES=required")
        pytest.skip(told)
    return IMAGE


@cache
def _command() -> tuple[str, ...]:
    if shutil.which("promtool"):
        return ("promtool",)
    mounted = ["--volume", f"{FOLDER}:/rules:ro", "--workdir", "/rules"]
    return ("docker", "run", "--rm", "--network", "none", *mounted, image(), "promtool")
