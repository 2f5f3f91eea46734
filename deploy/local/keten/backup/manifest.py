"""What a backup says of itself: what it holds, of which release and moment. Anybody may read it; only who has the keys can
tell that it is true."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from chassis.passwords import write_secret
from keten.backup.sealing import Damaged, Sealed, key_for
from keten.place import Refusal

# Raised when an older release can no longer read what is written.
FORMAT: Final = 1

FILE: Final = "manifest.json"

# The two shapes of a platform. A backup is restored into its own shape: the servers of the other are of other versions.
ONE_MACHINE, CONTAINERS = "one machine", "containers"


@dataclass(frozen=True)
class Manifest:
    """`heads` is the migration that each service's database is at; `lsn` and `at` are where the first point stands."""

    name: str
    shape: str
    data_version: str
    postgres: int
    heads: Mapping[str, str]
    begun_at: datetime
    at: datetime
    lsn: str
    files: Mapping[str, Sealed]
    format: int = FORMAT

    def write(self, folder: Path, data_key: bytes) -> None:
        told = asdict(self) | {"begun_at": self.begun_at.isoformat(), "at": self.at.isoformat()}
        write_secret(folder / FILE, json.dumps({**told, "mac": _mac(self.name, told, data_key)}, indent=1))

    @property
    def plain(self) -> int:
        """The bytes that it takes up when it is restored."""
        return sum(file.plain for file in self.files.values())


def manifest_of(folder: Path, data_key: bytes | None = None) -> Manifest:
    """Raises `Refusal`; with the key `Damaged` when it is not as it was written."""
    try:
        told: dict[str, Any] = json.loads((folder / FILE).read_text())
        mac, told_format = str(told.pop("mac")), int(told["format"])
        if told_format != FORMAT:
            raise Refusal(
                f"{folder} was made by another release (format {told_format}; this one reads {FORMAT}). "
                "Restore it with the release that made it."
            )
        manifest = Manifest(**_parsed(told))
    except FileNotFoundError:
        raise Refusal(f"{folder} is no finished backup: it has no {FILE}. Use another one.") from None
    except (ValueError, LookupError, TypeError, AttributeError):
        raise Damaged(f"{folder / FILE} is damaged. Use another backup.") from None
    if data_key is not None and not hmac.compare_digest(mac, _mac(manifest.name, told, data_key)):
        raise Damaged(f"{folder / FILE} is not as it was written, or belongs to another backup. Use another backup.")
    return manifest


def _parsed(told: Mapping[str, Any]) -> dict[str, Any]:
    moments = {name: datetime.fromisoformat(told[name]) for name in ("begun_at", "at")}
    return {**told, **moments, "files": {name: Sealed(**file) for name, file in told["files"].items()}}


def _mac(name: str, told: Mapping[str, Any], data_key: bytes) -> str:
    said = json.dumps(told, sort_keys=True, separators=(",", ":")).encode()
    return hmac.digest(key_for(data_key, backup=name, name=FILE), said, hashlib.sha256).hex()
