"""The process that keeps the platform running: Postgres, then the migrations once, then the services."""

import contextlib
import json
import os
import secrets as random
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from chassis.new_keys import make_keys
from chassis.passwords import write_secret
from chassis.postgres import PostgresRefusal, PostgresServer, free_port
from keten import mail_page
from keten.children import FINAL, Child, ChildRefused, Household, Process, run_child
from keten.logs import last_lines, open_log
from keten.migrate import MIGRATED
from keten.place import Place, Refusal, this_place
from keten.refusals import is_free, sole_use


def platform_children(place: Place, server: PostgresServer, mail_port: int, metrics: Sequence[int]) -> list[Child]:
    """Postgres, the migrations, the one process with all services, the worker, and the page of kept mail."""
    environment = place.environment(server.address)

    def module(log: str, *command: str, **settings: str) -> Process:
        with open_log(place.logs, log) as file:
            return run_child([sys.executable, "-m", *command], environment | settings, file)

    def shown(log: str, module_name: str, port: int) -> Process:
        return module(log, module_name, KETEN_METRICS=f"127.0.0.1:{port}")

    def migrate() -> Process:
        return module("migrations", "keten.migrate", "--unless", str(server.data / MIGRATED))

    return [
        postgres_child(place.logs, server),
        Child("migrations", migrate, once=True),
        Child("services", lambda: shown("services", "keten.serve", metrics[0])),
        Child("worker", lambda: shown("worker", "keten.worker", metrics[1])),
        Child("mail page", lambda: page_process(place, mail_port)),
    ]


def make_page_key(path: Path) -> None:
    """Who does not know it sees no mail."""
    if not path.exists():
        write_secret(path, json.dumps({"key": random.token_urlsafe(16)}))


def page_process(place: Place, port: int) -> Process:
    """As a file: with its package it would load what it has no use for."""
    with open_log(place.logs, "mail-page") as file:
        asked = [mail_page.__file__, str(place.mail), str(place.mail_key), str(port)]
        return run_child([sys.executable, "-I", *asked], dict(os.environ), file)


def port_of_mail_page(place: Place) -> int:
    """The one that was named, else the one after the gateway's, else any that is free."""
    return place.mail_port or (place.port + 1 if is_free(place.port + 1) else free_port())


def ports_of_metrics(place: Place, mail_port: int) -> tuple[int, int]:
    """Of the services and of the worker: the ones that were named, else those after the mail page's, else any."""
    first = place.metrics_port or mail_port + 1
    free = [port if place.metrics_port or is_free(port) else free_port() for port in (first, first + 1)]
    return free[0], free[1]


def postgres_child(logs: Path, server: PostgresServer) -> Child:
    def launch() -> Process:
        with open_log(logs, "postgres") as file:
            return server.start(file)

    return Child("postgres", launch, end=server.stop, is_ready=server.is_ready)


def supervise(place: Place, say: Callable[[str], None]) -> None:
    """Run until SIGTERM or SIGINT. Raises `Refusal`, `PostgresRefusal` or `ChildRefused`."""
    with sole_use(place):
        place.state.unlink(missing_ok=True)  # a killed supervisor could not
        make_keys(place.secrets)
        make_page_key(place.mail_key)
        server = place.postgres()
        mail_port = port_of_mail_page(place)
        metrics = ports_of_metrics(place, mail_port)
        children = platform_children(place, server, mail_port, metrics)
        state = {
            "supervisor": os.getpid(),
            "port": place.port,
            "postgres": server.address,
            "mailPort": mail_port,
            "metricsPorts": metrics,
        }
        household = Household(children, say, lambda: _write_state(place, state, children))
        for sign in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(sign, lambda *_: household.leave())
        try:
            household.run()
        finally:
            place.state.unlink(missing_ok=True)


def main() -> int:
    place = this_place()
    place.make()
    with open_log(place.logs, "supervisor") as log:

        def say(text: str) -> None:
            line = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {text}"
            with contextlib.suppress(OSError):  # what runs is to go on running, on a full disk too
                log.write(f"{line}\n".encode())
                log.flush()
                print(line, flush=True)

        try:
            supervise(place, say)
        except (Refusal, PostgresRefusal) as refusal:
            say(str(refusal))
            return FINAL
        except ChildRefused as child:
            say(f"{child} cannot run: {_reason(place, str(child))}")
            return FINAL
        say("stopped")
    return 0


def _reason(place: Place, name: str) -> str:
    return last_lines(place.logs / f"{name}.log", 1) or "its log is empty"


def _write_state(place: Place, state: Mapping[str, object], children: Sequence[Child]) -> None:
    unready = place.state.with_suffix(".unready")
    unready.write_text(json.dumps({**state, "children": [_told(child) for child in children]}))
    unready.replace(place.state)


def _told(child: Child) -> dict[str, object]:
    is_done = child.once and child.was_ready
    since = datetime.now(UTC) - timedelta(seconds=time.monotonic() - child.started_at)
    return {
        "name": child.name,
        "pid": child.process.pid if child.process else None,
        "state": "done" if is_done else "running" if child.process else "waiting",
        "starts": child.starts,
        "since": f"{since:%Y-%m-%dT%H:%M:%SZ}" if child.process else None,
    }


if __name__ == "__main__":
    sys.exit(main())
