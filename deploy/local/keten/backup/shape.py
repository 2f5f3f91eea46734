"""What a backup asks of a platform, in whichever shape it runs."""

import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from chassis.operators import Operator

# What pg_basebackup is asked for on either shape. The log comes with the points, and what it would add to find damage is
# found by the encryption.
BASE: Final = ("--pgdata=-", "--format=tar", "--wal-method=none", "--checkpoint=fast", "--no-manifest", "--no-password")

# Before the names of secrets, where a backup keeps them.
SECRETS: Final = "secrets/"


@dataclass(frozen=True)
class Reached:
    """A platform whose databases run: the command that prints Postgres' files as a tar, and the one that tells points."""

    base: Sequence[str]
    points: Sequence[str]
    environment: Mapping[str, str]


class Shape(Protocol):
    """One of the two shapes."""

    @property
    def name(self) -> str:
        """As the manifest says it."""
        ...

    def reached(self, backup: str, operator: Operator) -> AbstractContextManager[Reached]:
        """Raises `Refusal` when it cannot be backed up now."""
        ...

    def secrets(self) -> Mapping[str, bytes]:
        """What is kept apart from the data, by name."""
        ...

    def unfollow(self, operator: Operator) -> int:
        """Expect no follower any more. Returns the exit code; raises `Refusal` as `reached`."""
        ...

    def beside(self) -> int:
        """Bytes of objects and mail, as far as can be told."""
        ...


def why(operator: Operator) -> list[str]:
    """The operator's reasons, for the command that writes them down."""
    return ["--reason", operator.reason.value, *(["--reference", operator.reference] if operator.reference else [])]


def secrets_in(folder: Path) -> Mapping[str, bytes]:
    """What lies there whole, by the name that a backup gives it."""
    whole = [path for path in folder.iterdir() if path.is_file() and path.suffix not in (".unborn", ".whole")]
    return {SECRETS + path.name: path.read_bytes() for path in whole}


def size_of(folder: Path) -> int:
    """Bytes of all files below."""
    return sum(Path(parent, name).lstat().st_size for parent, _, names in os.walk(folder) for name in names)
