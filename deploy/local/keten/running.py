"""The platform as seen from outside its processes: start it, wait for it, stop it, tell how it is."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from typing import Any

from keten.children import FINAL, run_child
from keten.logs import last_lines, open_log
from keten.place import Place, Refusal
from keten.refusals import is_in_use, refuse_data, refuse_machine, refuse_port

# On two idle cores it takes 13; a machine that is at something else takes its time.
READY_SECONDS = 240.0
STOP_SECONDS = 90.0  # the services get 20 of them, Postgres 30


class NotReady(Exception):
    """The platform did not become ready."""


def start(place: Place, *, foreground: bool) -> subprocess.Popen[bytes] | None:
    """Start the supervisor; None when it runs already. Raises `Refusal`."""
    refuse_machine()
    refuse_data(place)
    if is_in_use(place):
        if (port := state(place).get("port", place.port)) != place.port:
            raise Refusal(f"{place.data} is in use by a platform on port {port}. Stop it first: make down.")
        return None
    refuse_port(place)
    place.make()
    command = [sys.executable, "-m", "keten.supervisor"]
    if foreground:
        return run_child(command, dict(os.environ), None, sign=signal.SIGTERM)
    with open_log(place.logs, "supervisor") as log:
        quiet = subprocess.DEVNULL
        return subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=log, start_new_session=True)


def wait_until_ready(place: Place, supervisor: subprocess.Popen[bytes] | None) -> None:
    """Return when the gateway says that it is ready. Raises `NotReady`, or `Refusal` when it cannot start."""
    end = time.monotonic() + READY_SECONDS
    while not is_ready(place):
        code = supervisor.poll() if supervisor else None
        if code == FINAL:
            raise Refusal(last_lines(place.logs / "supervisor.log", 1).partition(" ")[2])
        if code is not None:
            raise NotReady(f"The platform stopped (code {code}).\n{_all_last_lines(place)}")
        if time.monotonic() > end:
            raise NotReady(
                f"The platform is not ready after {READY_SECONDS:.0f} seconds and goes on trying; "
                f"`make logs` follows it, `make down` stops it.\n{_all_last_lines(place)}"
            )
        time.sleep(0.05)


def is_ready(place: Place) -> bool:
    """Whether the gateway answers that it is ready."""
    gateway = http.client.HTTPConnection("127.0.0.1", place.port, timeout=2)
    try:
        gateway.request("GET", "/readyz")
        return gateway.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        gateway.close()


def stop(place: Place) -> bool:
    """Stop the platform in order and wait for its end; False when it did not run. Raises `NotReady` when it stays."""
    if not is_in_use(place):
        return False
    end = time.monotonic() + STOP_SECONDS
    while is_in_use(place):
        with contextlib.suppress(KeyError, ProcessLookupError):
            os.kill(state(place)["supervisor"], signal.SIGTERM)  # again and again: it may only just have started
        if time.monotonic() > end:
            raise NotReady(f"The platform does not stop.\n{_all_last_lines(place)}")
        time.sleep(0.1)
    return True


def state(place: Place) -> dict[str, Any]:
    """What the supervisor wrote about its children; empty when none runs."""
    try:
        told: dict[str, Any] = json.loads(place.state.read_text())
    except FileNotFoundError:
        return {}
    return told if is_in_use(place) else {}


def mail_page(place: Place) -> str | None:
    """Where the page of kept mail is, while the platform runs; of a platform elsewhere, what `KETEN_MAIL_URL` says."""
    if place.elsewhere:
        return os.environ.get("KETEN_MAIL_URL") or None
    port = state(place).get("mailPort")
    return f"http://127.0.0.1:{port}/{json.loads(place.mail_key.read_text())['key']}/" if port else None


def metrics_pages(place: Place) -> list[str]:
    """Where the metrics of the services and of the worker are shown, while the platform runs here."""
    return [f"http://127.0.0.1:{port}/metrics" for port in state(place).get("metricsPorts", [])]


def _all_last_lines(place: Place) -> str:
    logs = sorted(place.logs.glob("*.log"))
    return "\n".join(f"== {log.name}\n{last_lines(log, 10)}" for log in logs)
