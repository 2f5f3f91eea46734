"""Real engines for tests, in containers: one of each per test run, shared by all its workers; or one for a single test.

A keeper process owns each shared container and removes it with the run, however that ends. A test that needs an engine and
has none is skipped with a sentence, and fails under `KETEN_ENGINES=required`.
"""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from select import select
from typing import Any

import pytest

from chassis.postgres import free_port

# What stands in the label of every container that a test run started.
LABEL = "nl.keten.tests"

# The machine has no image of testcontainers' own reaper; the keepers and the sweep do its work.
os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")

# While a platform is started beside it, a broker of twenty seconds takes minutes on two cores.
_START_SECONDS = 300.0


@dataclass(frozen=True)
class Engine:
    """How a container of an engine is run. `port` is the one it listens on; it is published on a free port of loopback.

    In the environment `{port}` is the published port; `options` are those of Docker's `run` (volumes,
    mem_limit, …); `scratch` are directories in memory; `web` is a second port, of what people look at."""

    image: str
    port: int
    is_ready: Callable[[str, int], bool]
    command: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    scratch: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    web: int | None = None


@dataclass
class Container:
    """A running engine, reachable at `host:port`, and at `host:web` for looking at it."""

    name: str
    host: str
    port: int
    web: int | None = None

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    def docker(self, verb: str, *arguments: str) -> str:
        """`docker <verb> <arguments> <this container>`: stop, start, pause, unpause, kill, restart, logs."""
        return docker(verb, *arguments, self.name)

    def remove(self) -> None:
        docker("rm", "--force", "--volumes", self.name)


def _kafka_answers(host: str, port: int) -> bool:
    import asyncio

    from aiokafka.admin import AIOKafkaAdminClient

    async def asked() -> bool:
        admin = AIOKafkaAdminClient(bootstrap_servers=f"{host}:{port}", request_timeout_ms=2000)
        try:
            await admin.start()
            await admin.list_topics()
        finally:
            await admin.close()
        return True

    return asyncio.run(asked())


def _greets(host: str, port: int) -> bool:
    """Docker accepts for a container that does not listen yet; a mail server says so itself."""
    import socket

    with socket.create_connection((host, port), timeout=1) as made:
        return made.recv(3) == b"220"


def _answers_http(path: str) -> Callable[[str, int], bool]:
    def asked(host: str, port: int) -> bool:
        import httpx

        return httpx.get(f"http://{host}:{port}{path}", timeout=2).status_code < 500

    return asked


def _valkey_answers(host: str, port: int) -> bool:
    import socket

    with socket.create_connection((host, port), timeout=1) as made:
        made.sendall(b"PING\r\n")
        return made.recv(64).startswith(b"+PONG")


# Who may read and write there; nobody else may.
S3_KEYS = ("keten", "a secret of tests")

ENGINES: dict[str, Engine] = {
    "kafka": Engine(
        "apache/kafka:4.1.0",
        9092,
        _kafka_answers,
        # Its start script writes the configuration anew; where that was copied read-only, it could not.
        scratch=("/opt/kafka/config",),
        environment={
            "KAFKA_NODE_ID": "1",
            "KAFKA_PROCESS_ROLES": "broker,controller",
            "KAFKA_LISTENERS": "PLAINTEXT://:9092,CONTROLLER://:9093",
            "KAFKA_ADVERTISED_LISTENERS": "PLAINTEXT://127.0.0.1:{port}",
            "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
            "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
            "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
            "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
            "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
            "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
            "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
            "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
            # Quick to start and to compact, and tests need not wait long for a member that died.
            "KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS": "1",
            "KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS": "1",
            "KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS": "500",
            "KAFKA_LOG_CLEANER_BACKOFF_MS": "200",
        },
    ),
    "valkey": Engine("valkey/valkey:8", 6379, _valkey_answers),
    "s3": Engine(
        "chrislusf/seaweedfs:4.48",
        8333,
        _answers_http("/"),
        command=("server", "-s3", "-dir=/data", "-ip.bind=0.0.0.0"),
        environment={"AWS_ACCESS_KEY_ID": S3_KEYS[0], "AWS_SECRET_ACCESS_KEY": S3_KEYS[1]},
    ),
    "opa": Engine(
        "openpolicyagent/opa:1.22.2", 8181, _answers_http("/health"), command=("run", "--server", "--addr=:8181")
    ),
    "mail": Engine("maildev/maildev:2.2.1", 1025, _greets, web=1080),
}


def require(engine: str) -> None:
    """Skip the test that asks, or fail it where every engine is required, when there is no Docker or no such image."""
    image = ENGINES[engine].image
    if not _has(image):
        told = f"{engine}: no Docker engine with the image {image}"
        if os.environ.get("KETEN_ENGINES") == "required":
            pytest.fail(f"{told}, and KETEN_ENGINES=required")
        pytest.skip(told)


@contextmanager
def started(engine: Engine) -> Iterator[Container]:
    """A container of its own for as long as this is entered: for tests that stop, pause or spoil it."""
    container = start(engine, run=os.getpid())
    try:
        yield container
    finally:
        container.remove()


@pytest.fixture(scope="session")
def kafka() -> Container:
    """Kafka in KRaft mode, shared by the run: tests make topics of their own."""
    return shared("kafka")


@pytest.fixture(scope="session")
def valkey() -> Container:
    return shared("valkey")


@pytest.fixture(scope="session")
def s3() -> Container:
    return shared("s3")


@pytest.fixture(scope="session")
def mail_server() -> Container:
    """Takes mail on its port, and tells over HTTP on its second one what came."""
    return shared("mail")


def shared(engine: str) -> Container:
    """The container that this run's workers share; the first who asks starts its keeper."""
    require(engine)
    run = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
    folder = Path(tempfile.gettempdir()) / f"keten-engines-{os.getuid()}-{run}" / engine
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        address = folder / "address"
        if not address.exists():
            with (folder / "keeper.log").open("wb") as log:
                keeper = subprocess.Popen(
                    [sys.executable, "-m", "chassis.testing.engines", str(folder), str(run), engine],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            _wait(address, keeper)
        return Container(*json.loads(address.read_text()))


def start(engine: Engine, *, run: int) -> Container:
    """Run a container and wait until it answers. Raises RuntimeError with its last lines when it does not."""
    from testcontainers.core.container import DockerContainer  # slow to load, and only needed where one is started

    _sweep()
    port = free_port()
    environment = {name: value.replace("{port}", str(port)) for name, value in engine.environment.items()}
    made = (
        DockerContainer(engine.image).with_envs(**environment).with_kwargs(labels={LABEL: str(run)}, **engine.options)
    )
    web = free_port() if engine.web else None
    if engine.web:
        made.ports[f"{engine.web}/tcp"] = ("127.0.0.1", web)  # type: ignore[assignment] # as below
    made.ports[f"{engine.port}/tcp"] = ("127.0.0.1", port)  # type: ignore[assignment] # on loopback only, which `with_bind_ports` cannot say
    for directory in engine.scratch:
        made = made.with_tmpfs_mount(directory, "uid=1000,gid=1000")
    if engine.command:
        made = made.with_command(list(engine.command))
    container = Container(str(made.start().get_wrapped_container().id), "127.0.0.1", port, web)
    end = time.monotonic() + _START_SECONDS
    while True:
        with contextlib.suppress(Exception):
            if engine.is_ready(container.host, container.port):
                return container
        if time.monotonic() > end or container.docker("inspect", "--format={{.State.Running}}").strip() != "true":
            told = container.docker("logs", "--tail=20")
            state = container.docker("inspect", "--format={{json .State}}").strip()
            container.remove()
            raise RuntimeError(f"{engine.image} does not answer. {state}\n{told}")
        time.sleep(0.1)


def keep(folder: Path, run: int, engine: str) -> None:
    """Run a container until the process `run` is over; leave nothing behind."""
    over = os.pidfd_open(run)
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, signal.SIG_IGN)  # it ends with the run, not with the terminal
    container = start(ENGINES[engine], run=run)
    try:
        unready = folder / "address.unready"
        unready.write_text(json.dumps([container.name, container.host, container.port, container.web]))
        unready.rename(folder / "address")
        select([over], [], [])
    finally:
        container.remove()
        shutil.rmtree(folder, ignore_errors=True)


@cache
def _has(image: str) -> bool:
    docker = shutil.which("docker")
    if docker is None:
        return False
    found = subprocess.run([docker, "image", "inspect", image], capture_output=True, check=False)
    return found.returncode == 0


def docker(*arguments: str) -> str:
    """What `docker` says. Raises RuntimeError with what it says of a failure."""
    end = time.monotonic() + _START_SECONDS
    while True:
        ran = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
        if ran.returncode == 0:
            return ran.stdout + (ran.stderr if arguments[0] == "logs" else "")
        # On a busy machine the kernel does not always stop all of a container at the first try.
        if "unable to freeze" not in ran.stderr or time.monotonic() > end:
            raise RuntimeError(f"docker {arguments[0]}: {ran.stderr.strip()}")
        time.sleep(0.5)


def _sweep() -> None:
    """Remove containers of test runs that are over (there is no reaper)."""
    with contextlib.suppress(RuntimeError):
        listed = docker("ps", "--all", f"--filter=label={LABEL}", f'--format={{{{.ID}}}} {{{{.Label "{LABEL}"}}}}')
        for line in listed.splitlines():
            container, _, run = line.partition(" ")
            if run.isdigit() and not Path(f"/proc/{run}").exists():
                docker("rm", "--force", "--volumes", container)


def _wait(address: Path, keeper: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + _START_SECONDS
    while not address.exists():
        if keeper.poll() is not None or time.monotonic() > end:
            raise RuntimeError("No engine for tests: " + (address.parent / "keeper.log").read_text()[-2000:])
        time.sleep(0.02)


if __name__ == "__main__":
    keep(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
