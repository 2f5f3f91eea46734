"""Why the platform does not start, each in a sentence or two that say what to do. Changes nothing."""

import contextlib
import fcntl
import os
import platform
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from keten.place import DATA_VERSION, Place, Refusal

# In a data directory whose restore is not finished.
RESTORING = "RESTORING"

FREE_BYTES = 500_000_000  # below this the log of Postgres (up to 1 GB before it is recycled) is soon in trouble
PYTHON = (3, 11)
GLIBC = (2, 34)  # the wheel with the Postgres binaries is built against it


def refuse_machine() -> None:
    """Raises `Refusal` where the binaries cannot run."""
    fault = machine_fault(platform.system(), platform.machine(), glibc(), sys.version_info[:2])
    if fault:
        raise Refusal(fault)


def machine_fault(system: str, machine: str, libc: tuple[int, ...] | None, python: tuple[int, ...]) -> str | None:
    """What is wrong with such a machine, if anything; `libc` is the version of glibc."""
    if python < PYTHON:
        return (
            f"Keten needs Python 3.11 or newer; this is {'.'.join(map(str, python))}. Say which one: make PYTHON=… up"
        )
    if system != "Linux" or machine != "x86_64" or libc is None or libc < GLIBC:
        here = f"{system} {machine} with glibc {'.'.join(map(str, libc)) if libc else 'absent'}"
        return f"Keten runs on Linux x86-64 with glibc 2.34 or newer; this is {here}. Use docker compose here."
    return None


def refuse_data(place: Place) -> None:
    """Raises `Refusal` for a data directory of another version, of somebody else, or on a disk that is nearly full."""
    if (place.data / RESTORING).exists():
        raise Refusal(
            f"A backup was being restored into {place.data} and that did not end. Restore it anew: keten restore … --into"
        )
    version = place.data / "VERSION"
    if version.exists() and (found := version.read_text().strip()) != DATA_VERSION:
        raise Refusal(
            f"{place.data} was made by a release with data version {found}; this one has {DATA_VERSION}. "
            "Start that release, or set KETEN_DATA to another directory."
        )
    if not version.exists() and place.data.is_dir() and any(place.data.iterdir()):
        raise Refusal(f"{place.data} holds something else than Keten's data. Set KETEN_DATA to another directory.")
    if place.data.exists() and not os.access(place.data, os.W_OK | os.X_OK):
        raise Refusal(f"You may not write in {place.data}. Start as its owner, or set KETEN_DATA to another directory.")
    for part in (place.data, (place.data / "postgres").resolve()):
        refuse_full_disk(part)


def refuse_full_disk(directory: Path, *, needed: int = FREE_BYTES) -> None:
    """Raises `Refusal` when the directory's disk has fewer free bytes than `needed`."""
    if (free := shutil.disk_usage(_nearest(directory)).free) < needed:
        raise Refusal(
            f"The disk of {directory} is nearly full: {free // 1_000_000} MB free, {needed // 1_000_000} MB needed. "
            "Make room, or set KETEN_DATA to a directory on another disk."
        )


def refuse_port(place: Place) -> None:
    """Raises `Refusal` when something listens on the gateway's port, or on the one that was named for the mail page."""
    _refuse_taken(place.port, "KETEN_PORT")
    if place.mail_port is not None:
        _refuse_taken(place.mail_port, "KETEN_MAIL_PORT")


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of loopback."""
    try:
        _bind(port)
    except OSError:
        return False
    return True


def _refuse_taken(port: int, setting: str) -> None:
    try:
        _bind(port)
    except PermissionError:
        raise Refusal(f"Only root may open port {port}. Set {setting} to one above 1023.") from None
    except OSError:
        raise Refusal(f"Port {port} is taken{_by_whom(port)}. Stop that, or set {setting} to another port.") from None


def _bind(port: int) -> None:
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        trial.bind(("127.0.0.1", port))


@contextlib.contextmanager
def sole_use(place: Place) -> Iterator[None]:
    """Hold the data directory; raises `Refusal` when another supervisor does."""
    with (place.data / "lock").open("a") as lock:
        if not _locks_soon(lock):  # `is_in_use` holds it for an instant
            raise Refusal(f"{place.data} is in use by a running platform. Stop it first: make down.")
        yield


def is_in_use(place: Place) -> bool:
    """Whether a supervisor holds the data directory."""
    try:
        with (place.data / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def glibc() -> tuple[int, ...] | None:
    """The version of the C library; None when it is another one."""
    try:
        name, _, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").partition(" ")
    except (ValueError, OSError):
        return None
    return tuple(int(part) for part in version.split(".")) if name == "glibc" else None


def _by_whom(port: int) -> str:
    """Named when /proc tells: it does for one's own processes, and to root for all."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    listening = {f"socket:[{row[9]}]" for row in rows if row[3] == "0A" and int(row[1].partition(":")[2], 16) == port}
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            if os.readlink(descriptor) in listening:
                process = descriptor.parents[1]
                return f" by {(process / 'comm').read_text().strip()} (process {process.name})"
    return ""


def _locks_soon(file: IO[str]) -> bool:
    for _ in range(10):
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        time.sleep(0.1)
    return False


def _nearest(path: Path) -> Path:
    return path if path.exists() else _nearest(path.parent)
