"""`make compose-up` and `make demo` as a person meets them, on a platform in containers."""

import subprocess
import sys
from pathlib import Path

from tests.stack import Stack


def test_starting_tells_what_to_open_and_whom_to_sign_in_as_and_the_demo_plays_there(
    stack_beside: Stack, tmp_path: Path
) -> None:
    told = _keten(stack_beside, tmp_path, "compose-up", "--no-build")
    again = _keten(stack_beside, tmp_path, "compose-up", "--no-build")
    played = _keten(stack_beside, tmp_path, "demo", KETEN_URL=stack_beside.url, KETEN_MAIL_URL=stack_beside.mail_url)

    for line in (stack_beside.url, stack_beside.mail_url, "tess@kracht.example", "noor@zorg4you.example", "make demo"):
        assert line in told
    assert "tess@kracht.example" in again
    assert "intact: yes" in played


def _keten(stack: Stack, data: Path, *arguments: str, **settings: str) -> str:
    environment = {**stack.environment(), "KETEN_DATA": str(data / "data"), **settings}
    command = [sys.executable, "-m", "keten.cli", *arguments]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout
