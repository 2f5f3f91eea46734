"""`keten restore`: a checked backup becomes a platform again, in an empty place and never over data."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from chassis.migrations import DatabaseNewerThanCode, refuse_unknown_revision
from chassis.postgres import VERSION
from contracts.operators import OperatorReason
from keten.backup import containers, machine
from keten.backup.checking import Backup, checked
from keten.backup.manifest import CONTAINERS, ONE_MACHINE
from keten.backup.point import Point
from keten.operators import ask_why, operator
from keten.place import DATA_VERSION, Refusal, this_place

# The Postgres of the compose file.
_IN_CONTAINERS: Final = 17


def main(arguments: Sequence[str]) -> int:
    given = _parser().parse_args(list(arguments))
    if given.send_held:
        by = operator(given)
        return containers.send_held(by) if given.compose else machine.send_held(this_place(), by)
    if given.backup is None or (given.into is None) != given.compose:
        raise Refusal("Say which backup and where to: BACKUP --into DIRECTORY, or BACKUP --compose.")
    backup = checked(given.backup, keys=given.keys, passphrase_file=given.passphrase_file)
    points = backup.up_to(given.to)
    _refuse_other(backup, CONTAINERS if given.compose else ONE_MACHINE)
    if given.compose:
        containers.restore(backup, points, operator(given))
    else:
        place = replace(this_place(), data=given.into.absolute())
        machine.restore(backup, points, place, operator(given))
    print(_told(points[-1], None if given.compose else given.into))
    return 0


def _refuse_other(backup: Backup, shape: str) -> None:
    """Raises `Refusal` for a backup of another shape or release."""
    manifest = backup.manifest
    if manifest.shape != shape:
        raise Refusal(
            f"{backup.folder} is of a platform of the other shape ({manifest.shape}), whose files do not fit here."
        )
    expected = (_IN_CONTAINERS if shape == CONTAINERS else VERSION, DATA_VERSION)
    if (manifest.postgres, manifest.data_version) != expected:
        raise Refusal(
            f"{backup.folder} was made of Postgres {manifest.postgres} and data version {manifest.data_version}; this "
            f"release has {expected[0]} and {expected[1]}. Restore it with the release that made it."
        )
    try:
        for service, revision in manifest.heads.items():
            refuse_unknown_revision(service, revision)
    except DatabaseNewerThanCode as newer:
        raise Refusal(f"{backup.folder} is of a newer release. {newer}") from None


def _told(point: Point, into: Path | None) -> str:
    start = "The platform runs." if into is None else f"Start it: KETEN_DATA={into.absolute()} make up"
    return _TELLING.format(at=f"{point.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", start=start)


_TELLING: Final = """\
Everything is as it was at {at}. {start}

What was done after that moment is lost, and nobody was told. In particular what was meant to protect somebody:
  - access that was withdrawn, lowered or left since then is OPEN again;
  - users that were suspended or removed, and service accounts' secrets that were ended, work again;
  - passwords and second factors are those of that moment;
  - what was erased or removed since then is BACK, and must be erased anew (keep a list of erasures apart from the data).
Ask every account's owner to go through its members, grants and users before people come in, and look at the mails that the
platform sent since then: each tells of something that was done.

What was ended: everybody has to sign in again; links in mails that were sent, positions and reading links open nothing.
Mail that waited at that moment is held, since it may have been sent: it stands as failed with the reason "restored".
Send all of it with: keten restore --send-held"""


def _moment(value: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise argparse.ArgumentTypeError("is a moment, such as 2026-11-27T08:30:00Z") from None
    return moment if moment.tzinfo else moment.astimezone()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="keten restore", description=__doc__)
    parser.add_argument("backup", nargs="?", type=Path, help="the folder of one backup")
    parser.add_argument("--into", type=Path, metavar="DIRECTORY", help="a new data directory, for one machine")
    parser.add_argument(
        "--compose", action="store_true", help="into the containers of this checkout, which have no data"
    )
    parser.add_argument("--passphrase-file", type=Path, metavar="FILE", help="whose first line is the passphrase")
    parser.add_argument("--keys", type=Path, metavar="FILE", help="the keys, where they are kept apart")
    parser.add_argument("--to", type=_moment, metavar="TIME", help="the last point before, of one that was followed")
    parser.add_argument(
        "--send-held", action="store_true", help="send the mails that a restore held, and do nothing else"
    )
    ask_why(parser, default=OperatorReason.INCIDENT)
    return parser
