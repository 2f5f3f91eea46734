"""A log that cannot be written fails nobody."""

import subprocess
import sys
from pathlib import Path

SAYING = """
import sys
from chassis import logs
import structlog
logs.configure()
structlog.get_logger().warning("said")
structlog.get_logger().warning("said again")
print("went on", file=sys.stderr, flush=True)
"""


def test_who_says_something_on_a_full_disk_goes_on_with_his_work() -> None:
    with Path("/dev/full").open("wb") as full:
        ran = subprocess.run(
            [sys.executable, "-c", SAYING], stdout=full, stderr=subprocess.PIPE, check=False, timeout=60
        )

    assert b"went on" in ran.stderr


def test_what_is_said_is_a_line() -> None:
    ran = subprocess.run([sys.executable, "-c", SAYING], capture_output=True, check=False, timeout=60)

    assert [b'"event": "said' in line for line in ran.stdout.splitlines()] == [True, True]
