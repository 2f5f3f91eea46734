"""What a backup holds beside the databases, on its way to `keten run refill`: objects, kept mail and the event log."""

import contextlib
import tarfile
from collections.abc import Mapping, Sequence
from typing import IO

from keten.backup import command
from keten.backup.checking import Backup
from keten.backup.layout import point_file
from keten.backup.point import LOG, MAIL, OBJECTS, SAID, Point, add
from keten.place import Refusal


def bring_back(backup: Backup, points: Sequence[Point], refill: Sequence[str], environment: Mapping[str, str]) -> None:
    """Have everything put back by that command. Raises `Refusal` with what it said."""
    with command.running(refill, environment) as filling:
        with contextlib.suppress(BrokenPipeError):
            _write(backup, points, filling.given)
        if filling.end() != 0:
            raise Refusal(f"The databases were brought back, and not what belongs to them: {filling.said()}")


def _write(backup: Backup, points: Sequence[Point], pipe: IO[bytes]) -> None:
    """The last of these points, then everything that was there at it, in its order."""
    gone = {name: number for number, point in enumerate(points) for name in point.gone}
    with tarfile.open(fileobj=pipe, mode="w|", format=tarfile.PAX_FORMAT) as out:
        add(out, SAID, points[-1].printed())
        for number in range(len(points)):
            with backup.opened(point_file(number)) as unsealed, tarfile.open(fileobj=unsealed, mode="r|") as tar:
                for member in tar:
                    is_there = number >= gone.get(member.name, 0)
                    if member.name.partition("/")[0] in (OBJECTS, MAIL, LOG) and is_there:
                        out.addfile(member, tar.extractfile(member))
