"""`keten keys`: which keys there are, and letting new ones take over while the platform runs."""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from chassis.key_rotation import KeyFile, changing, key_file
from chassis.new_keys import PURPOSES, TOKENS
from keten.place import Refusal, this_place

# Services look at their files every second, and at one another's token keys as soon as they meet a new one.
PROPAGATION: Final = 15.0

_ALL: Final = (*PURPOSES, TOKENS)


def main(arguments: Sequence[str]) -> int:
    options = _parser().parse_args(arguments)
    secrets = options.secrets or Path(os.environ.get("KETEN_SECRETS") or this_place().secrets)
    try:
        options.run(secrets, options)
    except FileNotFoundError:
        raise Refusal(
            f"No such keys in {secrets}. Start the platform once, or name their directory: --secrets."
        ) from None
    except (PermissionError, ValueError) as fault:
        raise Refusal(
            f"The keys in {secrets} cannot be used ({type(fault).__name__}). Restore them, or ask their owner."
        ) from None
    return 0


def show(secrets: Path, options: argparse.Namespace) -> None:
    """Every key by purpose, never what it holds."""
    for purpose in _held(secrets):
        print(purpose)
        for line in _lines(key_file(secrets, purpose)):
            print(f"  {line}")


def rotate(secrets: Path, options: argparse.Namespace) -> None:
    """One purpose. Stopped half way, it goes on where it was when it is called again."""
    purpose = options.purpose
    if options.now:
        with changing(secrets, purpose) as change:
            change.to = change.to.replaced(at=_now())
        print(f"{purpose}: {change.to.current} signs at once.")
        print(
            "The others stay accepted." if change.to.good is None else "What the others signed opens nothing any more."
        )
        return
    with changing(secrets, purpose) as change:
        is_new = change.to.coming is None
        change.to = change.to.tidied(at=_now())
        if is_new:
            change.to = change.to.with_coming(at=_now())
    assert change.to.coming is not None
    kid, since = change.to.coming
    if is_new:
        print(f"{purpose}: {kid} is accepted from now on, and signs in {options.wait:.0f} seconds.", flush=True)
        if options.step:
            print("Call this again when every machine has the file.")
            return
    _wait_until(since + timedelta(seconds=options.wait))
    with changing(secrets, purpose) as change:
        if change.to.coming is None or change.to.coming[0] != kid:
            print(f"{purpose}: somebody else went on with it.")
            return
        change.to = change.to.switched(at=_now())
    print(f"{purpose}: {kid} signs.")
    for line in _lines(change.to):
        print(f"  {line}")


def drop(secrets: Path, options: argparse.Namespace) -> None:
    """Whatever has expired, of all purposes."""
    for purpose in _held(secrets):
        with changing(secrets, purpose) as change:
            before = change.to
            change.to = before.tidied(at=_now())
        gone = sorted(set(before.keys) - set(change.to.keys))
        print(f"{purpose}: {'dropped ' + ', '.join(gone) if gone else 'nothing to drop'}")


def _held(secrets: Path) -> list[str]:
    """Not every machine is given every purpose."""
    held = [purpose for purpose in _ALL if (secrets / f"{purpose}.json").exists()]
    if not held:
        raise FileNotFoundError
    return held


def _lines(file: KeyFile) -> list[str]:
    return [f"{kid:<12}{_state(file, kid)}" for kid in sorted(file.keys, key=lambda kid: kid != file.current)]


def _state(file: KeyFile, kid: str) -> str:
    if kid == file.current:
        return "signs"
    if file.coming and kid == file.coming[0]:
        return f"accepted since {_shown(file.coming[1])}, signs next"
    if (until := file.accepted_until(kid)) is not None:
        return f"accepted, may be dropped from {_shown(until)}"
    return "accepted, never dropped"


def _wait_until(moment: datetime) -> None:
    time.sleep(max(0.0, (moment - _now()).total_seconds()))


def _now() -> datetime:
    return datetime.now(UTC)


def _shown(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="keten keys", description="The keys of the platform, by purpose.")
    parser.add_argument("--secrets", type=Path, help="the directory with the keyrings, if not that of this checkout")
    commands = parser.add_subparsers(required=True, metavar="command")
    commands.add_parser("list", help="tell which keys there are, and which of them sign").set_defaults(run=show)
    rotating = commands.add_parser("rotate", help="let a new key take over; the old one is accepted as long as it must")
    rotating.add_argument("purpose", choices=_ALL)
    rotating.add_argument("--now", action="store_true", help="a key has leaked: the old ones open nothing any more")
    rotating.add_argument(
        "--wait", type=float, default=PROPAGATION, help="seconds until every process has read the file (%(default).0f)"
    )
    rotating.add_argument("--step", action="store_true", help="add the key and end; called again, it lets the key sign")
    rotating.set_defaults(run=rotate)
    commands.add_parser("drop", help="drop the keys whose every signature has expired").set_defaults(run=drop)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
