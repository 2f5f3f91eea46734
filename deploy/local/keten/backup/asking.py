"""The asking side of `keten run points`: starts it beside the platform, learns what that is, and seals what it tells."""

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from keten.backup import command
from keten.backup.command import Command
from keten.backup.framing import NEXT, BrokenOff, pieces
from keten.backup.point import Point
from keten.backup.sealing import Sealed, SealedFile
from keten.backup.shape import Reached
from keten.place import Refusal


class NotTold(Refusal):
    """The platform stopped telling: it went away, or it cannot be backed up."""


@dataclass(frozen=True)
class Facts:
    """Of the platform: the version of its Postgres, which migration each database is at, how large they are, and which still
    have something on the disk that was erased."""

    postgres: int
    heads: Mapping[str, str]
    bytes: int
    erased: Sequence[str]


class Asking:
    """`facts` come when everything is kept that the first point needs."""

    def __init__(self, telling: Command) -> None:
        self._telling = telling
        self.facts = Facts(**json.loads(b"".join(self._pieces())))

    @classmethod
    @contextmanager
    def of(cls, reached: Reached) -> Iterator["Asking"]:
        with command.running(reached.points, reached.environment, is_told=True) as telling:
            yield cls(telling)

    def point(self, path: Path, key: bytes) -> tuple[Point, Sealed]:
        """Seal the next point into a new file. Raises `NotTold`."""
        with contextlib.suppress(BrokenPipeError):  # then nothing is told either
            self._telling.given.write(NEXT)
            self._telling.given.flush()
        with contextlib.closing(SealedFile(path, key)) as sealed:
            for piece in self._pieces():
                sealed.write(piece)
            point = Point.parsed(b"".join(self._pieces()))
            return point, sealed.finish()

    def _pieces(self) -> Iterator[bytes]:
        try:
            yield from pieces(self._telling.told)
        except BrokenOff:
            self._telling.end(seconds=1)
            raise NotTold(f"The platform did not tell what it holds: {self._telling.said()}") from None


def base(reached: Reached, path: Path, key: bytes) -> Sealed:
    """Seal the files of Postgres into a new file. Raises `NotTold`."""
    with (
        command.running(reached.base, reached.environment, is_told=True) as giving,
        contextlib.closing(SealedFile(path, key)) as sealed,
    ):
        while piece := giving.told.read(1024 * 1024):
            sealed.write(piece)
        if giving.end() != 0:
            raise NotTold(f"Postgres did not give its files: {giving.said()}")
        return sealed.finish()
