"""`keten backup`: everything as it is at one moment, while people work, encrypted, in a folder of its own."""

import argparse
import errno
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from chassis.operators import Operator
from contracts.operators import OperatorReason
from keten.backup import asking, locked_keys, shelf
from keten.backup.checking import checked
from keten.backup.containers import Containers
from keten.backup.layout import BASE, KEYS, point_file
from keten.backup.locked_keys import Keys
from keten.backup.machine import Machine
from keten.backup.manifest import Manifest
from keten.backup.sealing import Sealed, key_for
from keten.backup.shape import Shape
from keten.operators import ask_why, operator
from keten.place import DATA_VERSION, Place, Refusal, this_place
from keten.refusals import refuse_full_disk

# Between two points of a backup that is followed, and how long one base is followed (seconds).
EVERY: Final = 20.0
A_BASE_LASTS: Final = 24 * 60 * 60.0

# Who follows tries again so soon after the platform was away (seconds).
_PAUSE: Final = 10.0


def main(arguments: Sequence[str]) -> int:
    given = _parser().parse_args(list(arguments))
    place = this_place()
    if given.verify:
        backup = checked(given.verify, keys=given.keys, passphrase_file=given.passphrase_file)
        print(f"{given.verify} is whole: {backup.told()}.")
        return 0
    if given.unfollow:
        return _shape(given, place).unfollow(operator(given))
    passphrase = locked_keys.passphrase_of(given.passphrase_file, is_new=True)
    target = (given.target or _beside(place)).absolute()
    making = Making(_shape(given, place), target, passphrase, operator(given), given.keys_in, given.keep)
    os.nice(10)  # people work meanwhile
    try:
        with shelf.held(target):
            return making.follow(given.every, given.anew) if given.follow else making.once()
    except OSError as fault:
        if fault.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise Refusal(
            f"The disk of {target} is full; the backup was thrown away. Make room, or name another one."
        ) from None


@dataclass(frozen=True)
class Making:
    """What is backed up, to where, and who does it."""

    shape: Shape
    target: Path
    passphrase: str
    operator: Operator
    keys_in: Path | None
    keep: int | None

    def once(self) -> int:
        with ExitStack() as stack:
            self._begin(stack)
        return 0

    def follow(self, every: float, anew: float) -> int:
        """A base and a point every few seconds until told to stop; a new base when the platform was away, and once a day."""
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        while True:
            try:
                with ExitStack() as stack:
                    self._follow(self._begin(stack), every, until=time.monotonic() + anew)
            except asking.NotTold as gone:
                print(f"{gone} A new backup is begun in {_PAUSE:.0f} seconds.", file=sys.stderr, flush=True)
                time.sleep(_PAUSE)
            except KeyboardInterrupt:
                return 0

    def _follow(self, begun: "_Begun", every: float, *, until: float) -> None:
        number = 1
        while time.monotonic() < until:
            time.sleep(every)
            path = begun.folder / point_file(number)
            partial = path.with_name(path.name + shelf.PARTIAL)
            partial.unlink(missing_ok=True)
            begun.asking.point(partial, begun.key(path.name))
            partial.rename(path)
            shelf.sync(begun.folder)
            number += 1

    def _begin(self, stack: ExitStack) -> "_Begun":
        """Make a whole backup; what it was asked of is left as it is until `stack` ends."""
        name, at = shelf.name_now(), datetime.now(UTC)
        data_key = locked_keys.new_data_key()
        reached = stack.enter_context(self.shape.reached(name, self.operator))
        asked = stack.enter_context(asking.Asking.of(reached))
        refuse_full_disk(self.target, needed=asked.facts.bytes + self.shape.beside())
        with shelf.begun(self.target, name) as folder:
            begun = _Begun(folder, name, data_key, asked)
            base = asking.base(reached, folder / BASE, begun.key(BASE))
            point, sealed = asked.point(folder / point_file(0), begun.key(point_file(0)))
            files = {BASE: base, point_file(0): sealed}
            locked_keys.lock_up(self._keys_file(folder, name), Keys(data_key, self.shape.secrets()), self.passphrase)
            facts = asked.facts
            Manifest(
                name, self.shape.name, DATA_VERSION, facts.postgres, facts.heads, at, point.at, point.lsn, files
            ).write(folder, data_key)
        took = datetime.now(UTC) - at
        print(
            f"{self.target / name}: everything as of {_shown(point.at)}, {_megabytes(files)} MB in {_seconds(took)} s."
        )
        if facts.erased:
            print(_STILL_THERE.format(services=", ".join(facts.erased)), file=sys.stderr)
        for gone in shelf.prune(self.target, self.keep) if self.keep else []:
            print(f"{gone} was thrown away.")
        sys.stdout.flush()
        return replace(begun, folder=self.target / name)

    def _keys_file(self, folder: Path, name: str) -> Path:
        if self.keys_in is None:
            return folder / KEYS
        self.keys_in.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.keys_in / f"{name}.{KEYS}"


@dataclass(frozen=True)
class _Begun:
    folder: Path
    name: str
    data_key: bytes
    asking: asking.Asking

    def key(self, file: str) -> bytes:
        return key_for(self.data_key, backup=self.name, name=file)


_STILL_THERE: Final = """\
What was erased lately is not gone yet from {services}, and so it is in this backup: large tables are rewritten at night.
Make another one tomorrow, and throw this one away."""


def _shape(given: argparse.Namespace, place: Place) -> Shape:
    return Containers() if given.compose else Machine(place)


def _beside(place: Place) -> Path:
    return place.data.with_name(f"{place.data.name}-backups")


def _shown(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _megabytes(files: Mapping[str, Sealed]) -> str:
    return f"{sum(file.size for file in files.values()) / 1e6:.1f}"


def _seconds(took: timedelta) -> str:
    return f"{took.total_seconds():.1f}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="keten backup", description=__doc__)
    parser.add_argument("target", nargs="?", type=Path, help="a folder for backups (beside the data directory)")
    parser.add_argument("--passphrase-file", type=Path, metavar="FILE", help="whose first line is the passphrase")
    parser.add_argument("--keys-in", type=Path, metavar="FOLDER", help="keep the file with the keys apart, there")
    parser.add_argument("--keep", type=_at_least_one, metavar="N", help="throw the oldest away, so that N stay")
    parser.add_argument("--compose", action="store_true", help="of the platform in containers")
    parser.add_argument("--follow", action="store_true", help="go on: add what changes, until told to stop")
    parser.add_argument("--every", type=float, default=EVERY, metavar="SECONDS", help="with --follow (%(default).0f)")
    parser.add_argument(
        "--anew", type=float, default=A_BASE_LASTS, metavar="SECONDS", help="a new base so often (%(default).0f)"
    )
    parser.add_argument("--unfollow", action="store_true", help="make none, and expect no follower any more")
    parser.add_argument("--verify", type=Path, metavar="BACKUP", help="check every byte of a backup, and make none")
    parser.add_argument("--keys", type=Path, metavar="FILE", help="with --verify: its keys, where they are kept apart")
    ask_why(parser, default=OperatorReason.MAINTENANCE)
    return parser


def _at_least_one(value: str) -> int:
    if not value.isdecimal() or int(value) < 1:
        raise argparse.ArgumentTypeError("is a number of backups, at least 1")
    return int(value)
