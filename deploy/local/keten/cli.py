"""The `keten` command: start, stop and look at the platform of this checkout."""

import argparse
import contextlib
import importlib
import signal
import subprocess
import sys
from collections.abc import Sequence

from chassis.postgres import PostgresRefusal
from keten import running
from keten.children import FINAL, run_child
from keten.place import Place, Refusal, this_place
from keten.refusals import sole_use
from keten.welcome import page

# Commands that are functions of modules of their own, loaded when asked for; `arguments` is what follows the command's name.
_MODULES = {
    "demo": ("keten.demo:main", "play the journey against the running platform, step by step"),
    "sign-in": ("keten.sign_in:main", "print an access token for a user"),
    "keys": ("keten.keys:main", "tell which keys there are, and let new ones take over"),
    "seed": ("keten.seed:main", "make the demo organisations"),
    "serve": ("keten.serve:main", "run all services in this process (the supervisor does this)"),
    "compose-up": (
        "keten.compose:main_up",
        "the shape of many machines, in containers: build, start, wait until ready",
    ),
    "compose-down": ("keten.compose:main_down", "stop it; its data is kept"),
    "secrets": ("keten.hand_out:main", "make the secrets of a platform on many machines, or rotate one of its keys"),
    "run": ("keten.run:main", "run one process of a platform on many machines"),
    "erase": ("keten.erase:main", "erase a dossier, a user or an account, for who runs the platform"),
    "events": ("keten.events.command:main", "the event log at hand: see, find what is stuck, mend it"),
    "backup": ("keten.backup.making:main", "make a backup of everything, while people work, or check one"),
    "restore": ("keten.backup.restoring:main", "let a backup become a platform again, in an empty place"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 done, 1 failed, 2 refused."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if given and given[0] in _MODULES:
            return _run_module(given[0], given[1:])
        options = _parser().parse_args(given)
        return int(options.run(this_place(), options))
    except (Refusal, PostgresRefusal) as refusal:
        print(f"keten: {refusal}", file=sys.stderr)
        return FINAL
    except running.NotReady as fault:
        print(f"keten: {fault}", file=sys.stderr)
        return 1


def up(place: Place, options: argparse.Namespace) -> int:
    supervisor = running.start(place, foreground=options.foreground)
    if options.foreground and supervisor is not None:
        for sign in (signal.SIGINT, signal.SIGTERM):
            signal.signal(sign, lambda *_: supervisor.terminate())
    running.wait_until_ready(place, supervisor)
    if supervisor is None:
        print("Keten is already running.\n")
    elif not place.demo.exists():
        print("A new data directory: making the demo organisations …", flush=True)
        if _run_module("seed", []) != 0:
            raise running.NotReady("The demo organisations were not made. The platform runs; try again: keten seed.")
    if place.demo.exists():
        place.demo.chmod(0o600)  # it holds passwords
    print(page(place), flush=True)
    return supervisor.wait() if options.foreground and supervisor is not None else 0


def down(place: Place, options: argparse.Namespace) -> int:
    print("Keten has stopped; its data is kept." if running.stop(place) else "Keten was not running.")
    return 0


def status(place: Place, options: argparse.Namespace) -> int:
    told = running.state(place)
    if not told:
        print(f"Keten is not running. Its data: {place.data}")
        return 1
    is_ready = running.is_ready(place)
    print(f"Keten is {'ready' if is_ready else 'not ready'}: {place.url}   data: {place.data}")
    print(f"Its mail: {running.mail_page(place)}")
    print(f"Its metrics: {' '.join(running.metrics_pages(place))}")
    for child in told["children"]:
        process = f"process {child['pid']}, since {child['since']}" if child["pid"] else ""
        print(f"  {child['name']:<12}{child['state']:<10}started {child['starts']}×  {process}")
    return 0 if is_ready else 1


def logs(place: Place, options: argparse.Namespace) -> int:
    files = sorted(place.logs.glob("*.log"))
    if not files:
        print(f"There are no logs in {place.logs} yet.")
        return 1
    command = ["tail", "-n", str(options.lines), *(["-F"] if options.follow else []), *map(str, files)]
    with contextlib.suppress(KeyboardInterrupt):
        return subprocess.run(command, check=False).returncode
    return 0


def migrate(place: Place, options: argparse.Namespace) -> int:
    told = running.state(place)
    if told:
        return _migrate_on(place, told["postgres"])
    place.make()
    with sole_use(place):
        server = place.postgres()
        process = server.start()
        try:
            server.wait_until_ready(process)
            return _migrate_on(place, server.address)
        finally:
            server.stop(process)


def _migrate_on(place: Place, postgres: str) -> int:
    code = run_child([sys.executable, "-m", "keten.migrate"], place.environment(postgres), None).wait()
    if code == 0:
        print("The databases are as this release needs them.")
    return code


def _run_module(command: str, arguments: Sequence[str]) -> int:
    name, _, function = _MODULES[command][0].partition(":")
    return int(getattr(importlib.import_module(name), function)(list(arguments)) or 0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="keten", description="The Keten platform on one machine.")
    commands = parser.add_subparsers(required=True, metavar="command")
    starting = commands.add_parser("up", help="start the platform and wait until it is ready")
    starting.add_argument("--foreground", action="store_true", help="stay, and write the supervisor's log here")
    starting.set_defaults(run=up)
    commands.add_parser("down", help="stop the platform; its data is kept").set_defaults(run=down)
    commands.add_parser("status", help="tell what runs").set_defaults(run=status)
    reading = commands.add_parser("logs", help="show the last lines of every log")
    reading.add_argument("-f", "--follow", action="store_true", help="go on as lines are written")
    reading.add_argument("-n", "--lines", type=int, default=40, help="lines per log")
    reading.set_defaults(run=logs)
    commands.add_parser("migrate", help="bring the databases to this release").set_defaults(run=migrate)
    for name, (_, purpose) in _MODULES.items():
        commands.add_parser(name, help=purpose, add_help=False)
    return parser


if __name__ == "__main__":
    sys.exit(main())
