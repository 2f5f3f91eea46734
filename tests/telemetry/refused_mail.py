"""A worker beside the platform's that sends its mail, to a server that refuses some; the platform's own stands still."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import httpx

from chassis.postgres import free_port
from keten.running import state
from tests import stack
from tests.canaries import lines
from tests.e2e.people import Platform, place_of
from tests.stack import Stack
from tests.telemetry.conftest import PYTHON, Seen, metrics_in_containers

_SERVER = Path(__file__).with_name("refusing.py")


@contextmanager
def refused_mail(
    platform: Platform, seen: Seen, at_once: str, when_read: str
) -> Iterator[tuple[Seen, Callable[[], str]]]:
    """Mail to these two addresses is refused while this is entered. Gives what is seen, the metrics being those of that
    worker alone (who stands still shows none), and what the mail server answers."""
    here = _on_one_machine(platform, seen, at_once, when_read)
    with here if platform.data is not None else _in_containers(stack.shared(), seen, at_once, when_read) as refused:
        yield refused


@contextmanager
def _on_one_machine(
    platform: Platform, seen: Seen, at_once: str, when_read: str
) -> Iterator[tuple[Seen, Callable[[], str]]]:
    place, port, shown = place_of(platform), free_port(), f"127.0.0.1:{free_port()}"
    told, answers = state(place), place.data / "refusing"
    own = {"KETEN_SMTP": f"127.0.0.1:{port}", "KETEN_METRICS": shown, "KETEN_INSTANCE": "refused"}
    environment = {**platform.environment(), **place.environment(told["postgres"]), **own}
    [worker] = [child["pid"] for child in told["children"] if child["name"] == "worker"]
    with answers.open("wb") as said, (place.logs / "refused.log").open("wb") as log:
        server = subprocess.Popen([sys.executable, str(_SERVER), str(port), at_once, when_read], stdout=said)
        os.kill(worker, signal.SIGSTOP)
        working = subprocess.Popen([sys.executable, "-m", "keten.worker"], env=environment, stdout=log, stderr=log)
        try:
            yield replace(seen, metrics=lambda: httpx.get(f"http://{shown}/metrics").text), answers.read_text
        finally:
            os.kill(worker, signal.SIGCONT)
            for process in (working, server):
                process.terminate()
                process.wait()


@contextmanager
def _in_containers(shared: Stack, seen: Seen, at_once: str, when_read: str) -> Iterator[tuple[Seen, Callable[[], str]]]:
    server, worker = f"{shared.project}-refusing", f"{shared.project}-refused"
    mounted = ["--volume", f"{_SERVER}:/refusing.py:ro", "--network", shared.network_name("post")]
    refusing = [f"keten:{shared.tag}", "/refusing.py", "1025", at_once, when_read, "mail:1025"]
    own = ["--env", f"KETEN_SMTP={server}:1025", "--env", "KETEN_INSTANCE=refused"]
    with ExitStack() as ending:
        shared.beside(server, *mounted, *PYTHON, *refusing)
        ending.callback(shared.kill, server)
        shared.compose("run", "--detach", "--no-deps", "--name", worker, *own, "documents-work")
        ending.callback(shared.kill, worker)
        shared.docker("pause", "documents-work")
        ending.callback(shared.docker, "unpause", "documents-work")
        there = replace(
            seen,
            logs=lambda: [*seen.logs(), *lines(worker, shared.logs(worker).encode())],
            metrics=lambda: metrics_in_containers(shared, f"http://{worker}:8002/metrics"),
        )
        yield there, lambda: shared.logs(server)
