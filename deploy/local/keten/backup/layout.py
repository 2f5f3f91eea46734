"""The names of the files of a backup."""

from typing import Final

BASE: Final = "base.sealed"
KEYS: Final = "keys.json"


def point_file(number: int) -> str:
    return f"point-{number:05}.sealed"
