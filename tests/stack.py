"""The platform in containers, for a test run: started once, shared by its workers, taken down when the run is over, however
that ends. Without Docker or its images a test that asks is skipped, and fails under `KETEN_ENGINES=required`."""

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
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from select import select

import pytest

from chassis.postgres import free_port
from chassis.testing.engines import docker
from keten.hand_out import ORIGINALS, hand_out
from keten.place import CHECKOUT

# A project of Docker Compose is named after the run that it belongs to.
PREFIX = "keten-tests-"

# Building the image on a machine that never did, and starting everything on two cores (seconds).
PATIENCE = 420.0

# Tests make more requests than any client may.
_SETTINGS = {
    "KETEN_GATEWAY_RATE": "10000",
    "KETEN_GATEWAY_BURST": "10000",
    # Nobody takes the traces but the tests that look at them; that must not matter to anybody.
    "KETEN_OTLP": "http://collector:4318/v1/traces",
    # A broker that lives for minutes has nothing of a compiler that thinks for long.
    "KETEN_KAFKA_JVM": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1",
}


@dataclass(frozen=True)
class Stack:
    """A platform that runs. `folder` holds its secrets."""

    project: str
    folder: str
    port: int
    mail_port: int
    tag: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def mail_url(self) -> str:
        return f"http://127.0.0.1:{self.mail_port}"

    @property
    def secrets(self) -> Path:
        """The originals."""
        return Path(self.folder) / "secrets" / ORIGINALS

    def compose(self, *arguments: str, **settings: str) -> str:
        """`docker compose` on this platform; `settings` are what docker-compose.yml reads from the environment."""
        return _ran(["docker", "compose", *arguments], {**self.environment(), **settings})

    def docker(self, verb: str, service: str, *arguments: str) -> str:
        """`docker <verb> <arguments> <container of this service>`."""
        return docker(verb, *arguments, self.container(service))

    def is_whole(self) -> bool:
        """Whether every container runs that is to run."""
        listed = self.compose("ps", "--all", "--format", "{{.Service}} {{.State}}").splitlines()
        return all(line.endswith(" running") or line.startswith("migrate ") for line in listed)

    def beside(self, name: str, *arguments: str) -> None:
        """`docker run` of a container that is not in docker-compose.yml, until `kill`."""
        _ran(["docker", "run", "--detach", "--name", name, *arguments])

    def logs(self, container: str) -> str:
        """Of a container that is not in docker-compose.yml."""
        return _ran(["docker", "logs", container])

    def kill(self, container: str) -> None:
        """Kill and remove a container that is not in docker-compose.yml."""
        _ran(["docker", "rm", "--force", "--volumes", container])

    def container(self, service: str, number: int = 1) -> str:
        return f"{self.project}-{service}-{number}"

    def network(self, verb: str, network: str, service: str) -> None:
        """`docker network connect` or `disconnect`."""
        _ran(["docker", "network", verb, self.network_name(network), self.container(service)])

    def network_name(self, network: str) -> str:
        return f"{self.project}_{network}"

    def environment(self) -> dict[str, str]:
        own = {
            "COMPOSE_PROJECT_NAME": self.project,
            "KETEN_COMPOSE_SECRETS": str(Path(self.folder) / "secrets"),
            "KETEN_PORT": str(self.port),
            "KETEN_MAIL_PORT": str(self.mail_port),
            "KETEN_TAG": self.tag,
        }
        return {**os.environ, **_SETTINGS, **own}


def is_out_of_reach() -> bool:
    """Whether containers cannot be had here."""
    return _fault() is not None


def require() -> None:
    """Skip the test that asks, or fail it where every engine is required, when containers cannot be had."""
    if (fault := _fault()) is not None:
        if os.environ.get("KETEN_ENGINES") == "required":
            pytest.fail(f"{fault}, and KETEN_ENGINES=required")
        pytest.skip(fault)


def begin() -> None:
    """Have it started, if it is not yet, and do not wait for it."""
    if _fault() is None:
        with _locked(_folder() / "begin"):
            if not (_folder() / "keeper.log").exists():
                _start_keeper(_folder(), _run())


def shared() -> Stack:
    """The stack of this run, once it is ready."""
    require()
    begin()
    said, end = _folder() / "stack.json", time.monotonic() + PATIENCE
    while not said.exists():
        if (_folder() / "failed").exists() or time.monotonic() > end:
            raise RuntimeError("No platform in containers: " + (_folder() / "keeper.log").read_text()[-1500:])
        time.sleep(0.1)
    return Stack(**json.loads(said.read_text()))


@contextmanager
def used(*, alone: bool) -> Iterator[None]:
    """Hold the stack, beside others who use it or alone: who stops an engine must not meet another worker's test."""
    with _locked(_folder() / "use", fcntl.LOCK_EX if alone else fcntl.LOCK_SH):
        yield


def keep(folder: Path, run: int) -> None:
    """Run the platform until the process `run` is over; leave nothing behind."""
    over = os.pidfd_open(run)
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, signal.SIG_IGN)  # it ends with the run, not with the terminal
    _sweep()
    project = f"{PREFIX}{run}"
    stack = Stack(project, str(folder), free_port(), free_port(), tag=project)
    try:
        hand_out(folder / "secrets")
        stack.compose("build", "--quiet", "migrate")
        stack.compose("up", "--detach", "--wait", "--quiet-pull")
        unready = folder / "stack.unready"
        unready.write_text(json.dumps(vars(stack)))
        unready.rename(folder / "stack.json")
        select([over], [], [])
    except RuntimeError as fault:
        print(stack.compose("logs", "--tail", "5"), fault, flush=True)  # of a log, the end is told
        (folder / "failed").touch()
        select([over], [], [])
    finally:
        take_down(stack.project)
        shutil.rmtree(folder, ignore_errors=True)


def take_down(project: str) -> None:
    """By its labels alone: whatever else its file needs may be gone."""
    for kind, remove in (("container", "rm --force --volumes"), ("network", "rm"), ("volume", "rm --force")):
        listed = _ran(
            ["docker", kind, "ls", "-q", *(["-a"] if kind == "container" else []), "--filter", _labelled(project)]
        )
        if listed.split():
            with contextlib.suppress(RuntimeError):
                _ran(["docker", kind, *remove.split(), *listed.split()])
    with contextlib.suppress(RuntimeError):
        _ran(["docker", "rmi", "--force", f"keten:{project}"])


def _sweep() -> None:
    """Take down what runs left that are over."""
    listed = _ran(["docker", "container", "ls", "-a", "--format", '{{.Label "com.docker.compose.project"}}'])
    for project in {line for line in listed.splitlines() if line.startswith(PREFIX)}:
        if not Path(f"/proc/{project.removeprefix(PREFIX).partition('-')[0]}").exists():
            take_down(project)


def _labelled(project: str) -> str:
    return f"label=com.docker.compose.project={project}"


@cache
def _fault() -> str | None:
    """Why containers cannot be had, if they cannot."""
    if shutil.which("docker") is None:
        return "compose: there is no Docker"
    if subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode != 0:
        return "compose: Docker has no compose plugin, or does not answer"
    listed = subprocess.run(
        ["docker", "compose", "config", "--images"], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    for image in sorted({"python:3.13-slim", *listed.stdout.split()}):
        known = subprocess.run(["docker", "image", "inspect", image], capture_output=True, check=False)
        if known.returncode != 0 and not image.startswith("keten:"):
            return f"compose: no Docker engine with the image {image}"
    return None


def _run() -> int:
    """The process that all workers of this run belong to."""
    return os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()


def _folder() -> Path:
    folder = Path(tempfile.gettempdir()) / f"keten-stack-{os.getuid()}-{_run()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _start_keeper(folder: Path, run: int) -> None:
    with (folder / "keeper.log").open("wb") as log:
        subprocess.Popen(
            [sys.executable, "-m", "tests.stack", str(folder), str(run)],
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


@contextmanager
def _locked(path: Path, how: int = fcntl.LOCK_EX) -> Iterator[None]:
    with path.open("a") as lock:
        fcntl.flock(lock, how)
        yield


def _ran(command: list[str], environment: Mapping[str, str] | None = None) -> str:
    ran = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {ran.stderr.strip()[-2000:]}")
    return ran.stdout + (ran.stderr if "logs" in command else "")


if __name__ == "__main__":
    keep(Path(sys.argv[1]), int(sys.argv[2]))
