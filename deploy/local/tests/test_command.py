"""The `keten` command as a person meets it: refusals, a second start, a stop that leaves nothing, keys and logs."""

import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chassis.keyrings import keyring
from chassis.new_keys import PURPOSES, make_keys
from chassis.postgres import free_port
from keten.logs import KEPT, TURN_BYTES, open_log
from keten.migrate import fingerprint
from keten.place import DATA_VERSION, Place, Refusal
from keten.refusals import machine_fault, refuse_full_disk


@pytest.fixture
def place() -> Iterator[Place]:
    """A data directory that everybody may pass through, and a free port."""
    folder = Path(tempfile.mkdtemp(prefix="keten-"))
    folder.chmod(0o711)
    place = Place(folder / "data", free_port())
    yield place
    keten(place, "down")
    shutil.rmtree(folder)


def keten(place: Place, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "KETEN_DATA": str(place.data), "KETEN_PORT": str(place.port)}
    command = [sys.executable, "-m", "keten.cli", *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, env=environment, timeout=120)


def test_a_taken_port_is_refused_by_name(place: Place) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", place.port))
        other.listen()

        refused = keten(place, "up")

    assert refused.returncode == 2
    assert f"Port {place.port} is taken by " in refused.stderr
    assert f"(process {os.getpid()})" in refused.stderr
    assert "KETEN_PORT" in refused.stderr


def test_a_port_that_is_none_is_refused(place: Place) -> None:
    refused = keten(replace(place, port=99999), "up")

    assert refused.returncode == 2
    assert "KETEN_PORT is 99999" in refused.stderr


def test_data_of_another_version_is_refused(place: Place) -> None:
    place.make()
    (place.data / "VERSION").write_text("0\n")

    refused = keten(place, "up")

    assert refused.returncode == 2
    assert f"data version 0; this one has {DATA_VERSION}" in refused.stderr


def test_data_of_another_postgres_is_refused(place: Place) -> None:
    keten(place, "migrate")
    (place.data / "postgres" / "PG_VERSION").write_text("12\n")

    refused = keten(place, "up")

    assert refused.returncode == 2
    assert "holds data of Postgres 12" in refused.stderr


def test_a_directory_with_something_else_is_refused(place: Place) -> None:
    place.data.mkdir()
    (place.data / "letters.txt").touch()

    refused = keten(place, "up")

    assert refused.returncode == 2
    assert "holds something else" in refused.stderr


def test_data_in_use_by_a_platform_on_another_port_is_refused(place: Place) -> None:
    place.make()
    place.state.write_text(json.dumps({"supervisor": 0, "port": 4711, "children": []}))
    with (place.data / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        refused = keten(place, "up")

    assert refused.returncode == 2
    assert "in use by a platform on port 4711" in refused.stderr


def test_a_full_disk_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"nearly full: \d+ MB free"):
        refuse_full_disk(tmp_path / "not" / "yet", needed=10**18)


@pytest.mark.parametrize(
    ("machine", "fault"),
    [
        (("Linux", "x86_64", (2, 36), (3, 11)), None),
        (("Linux", "x86_64", (2, 31), (3, 13)), "glibc 2.31"),
        (("Linux", "x86_64", None, (3, 13)), "glibc absent"),
        (("Linux", "aarch64", (2, 36), (3, 13)), "aarch64"),
        (("Darwin", "x86_64", None, (3, 13)), "Darwin"),
        (("Linux", "x86_64", (2, 36), (3, 10)), "this is 3.10"),
    ],
)
def test_an_unsupported_machine_is_refused(
    machine: tuple[str, str, tuple[int, ...] | None, tuple[int, ...]], fault: str | None
) -> None:
    told = machine_fault(*machine)

    assert told is None if fault is None else told is not None and fault in told


def test_what_does_not_run_is_said_to_be_so(place: Place) -> None:
    assert keten(place, "down").stdout == "Keten was not running.\n"
    assert keten(place, "status").returncode == 1
    assert keten(place, "logs").returncode == 1


def test_keys_are_made_once_and_for_their_owner_alone(tmp_path: Path) -> None:
    make_keys(tmp_path)
    first = {path.name: path.read_text() for path in tmp_path.iterdir()}

    make_keys(tmp_path)

    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == first
    readable = {path.name for path in tmp_path.iterdir() if path.stat().st_mode & 0o777 != 0o600}
    assert readable == {"bundle.pem"}, "a public key"
    assert all(len(key) == 32 for purpose in PURPOSES for key in keyring(tmp_path, purpose).keys.values())
    assert [key["alg"] for key in json.loads(first["tokens.json"])["keys"]] == ["ES256"]


def test_a_long_log_is_turned_over_and_the_oldest_is_dropped(tmp_path: Path) -> None:
    for number in range(KEPT + 3):
        with open_log(tmp_path, "postgres") as log:
            log.write(str(number).encode() * (TURN_BYTES + 1))

    kept = {path.name: path.read_text()[0] for path in tmp_path.iterdir()}
    assert kept == {"postgres.log": "5", "postgres.log.1": "4", "postgres.log.2": "3", "postgres.log.3": "2"}


def test_new_passwords_are_a_reason_to_prepare_again(tmp_path: Path) -> None:
    before = fingerprint(tmp_path)

    (tmp_path / "orders_api.password").write_text("new")

    assert fingerprint(tmp_path) != before


def test_a_platform_starts_once_survives_every_kill_and_leaves_nothing(place: Place) -> None:
    first = keten(place, "up")
    assert first.returncode == 0, first.stderr
    assert "already running" in keten(place, "up").stdout

    for name in ("postgres", "services", "worker"):
        killed = pids(place)[name]
        os.kill(killed, signal.SIGKILL)
        eventually_ready(place, without=killed)

    last = [*pids(place).values(), json.loads(place.state.read_text())["supervisor"]]
    assert keten(place, "down").returncode == 0
    for pid in last:
        eventually_gone(pid)


def test_a_killed_supervisor_takes_all_with_it_and_a_new_one_goes_on(place: Place) -> None:
    assert keten(place, "up").returncode == 0
    old = pids(place)

    os.kill(json.loads(place.state.read_text())["supervisor"], signal.SIGKILL)
    again = keten(place, "up")

    assert again.returncode == 0, again.stderr
    assert not set(old.values()) & set(pids(place).values())


def pids(place: Place) -> dict[str, int]:
    children = json.loads(place.state.read_text())["children"]
    return {child["name"]: child["pid"] for child in children if child["pid"]}


def eventually_ready(place: Place, *, without: int) -> None:
    for _ in range(300):
        if without not in pids(place).values() and keten(place, "status").returncode == 0:
            return
        time.sleep(0.1)
    raise AssertionError(keten(place, "status").stdout)


def eventually_gone(pid: int) -> None:
    for _ in range(100):
        if not Path(f"/proc/{pid}/exe").exists():  # one that ended and was not yet waited for has none
            return
        time.sleep(0.05)
    raise AssertionError(f"Process {pid} still runs.")
