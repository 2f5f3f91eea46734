"""How keys follow one another in a file while everybody reads it: first added, so that all accept it; then current; the one
before accepted until all that it signed has expired; then dropped."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from chassis.new_keys import PURPOSES, TOKENS, TOKENS_GOOD, new_key, new_token_key
from chassis.passwords import write_secret


@dataclass(frozen=True)
class KeyFile:
    """The keys of one purpose by key id. `coming` is accepted, and since when; `retired` are accepted, and since when they
    sign no more. What stands in neither and is not current was put there by hand, and stays."""

    purpose: str
    current: str
    keys: Mapping[str, Any]
    coming: tuple[str, datetime] | None = None
    retired: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def good(self) -> timedelta | None:
        """How long what a key signed is good; None: for ever."""
        return TOKENS_GOOD if self.purpose == TOKENS else PURPOSES.get(self.purpose)

    def with_coming(self, *, at: datetime) -> "KeyFile":
        """A new key that is accepted and does not sign yet."""
        kid, key = _made(self.purpose)
        return replace(self, keys={**self.keys, kid: key}, coming=(kid, at))

    def switched(self, *, at: datetime) -> "KeyFile":
        """What was coming signs from now on."""
        assert self.coming is not None
        kid, _ = self.coming
        return replace(self, current=kid, coming=None, retired={**self.retired, self.current: at})

    def tidied(self, *, at: datetime) -> "KeyFile":
        """Without the keys whose every signature has expired."""
        over = [kid for kid in self.retired if (until := self.accepted_until(kid)) is not None and until <= at]
        return self._without(over)

    def replaced(self, *, at: datetime) -> "KeyFile":
        """A new key at once, for one that leaked. The others open nothing any more, unless they must do so for ever."""
        fresh = self.with_coming(at=at).switched(at=at)
        return fresh if self.good is None else fresh._without([kid for kid in fresh.keys if kid != fresh.current])

    def accepted_until(self, kid: str) -> datetime | None:
        """When a retired key may be dropped; None for all others, and for those that never may."""
        good, since = self.good, self.retired.get(kid)
        return None if good is None or since is None else since + good

    def _without(self, kids: list[str]) -> "KeyFile":
        keys = {kid: key for kid, key in self.keys.items() if kid not in kids}
        retired = {kid: since for kid, since in self.retired.items() if kid not in kids}
        return replace(self, keys=keys, retired=retired)


def key_file(directory: Path, purpose: str) -> KeyFile:
    """As it stands now. Raises FileNotFoundError, and ValueError when the file is broken."""
    return _parsed(purpose, (directory / f"{purpose}.json").read_bytes())


@contextmanager
def changing(directory: Path, purpose: str) -> Iterator["Change"]:
    """The file, locked; what `change.to` holds at the end is written, if it is another. What a crash left half written is
    mended from the copy beside it. Raises as `key_file`."""
    path, whole = directory / f"{purpose}.json", directory / f"{purpose}.json.whole"
    with path.open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if whole.exists():
            _write(file, whole.read_bytes())
        change = Change(_parsed(purpose, file.read()))
        before = change.to
        yield change
        if change.to != before:
            # In place: a file that is mounted by itself into a container does not follow a rename.
            content = _printed(change.to)
            write_secret(whole, content)
            _write(file, content.encode())
        whole.unlink(missing_ok=True)


@dataclass
class Change:
    """What is to stand in a file."""

    to: KeyFile


def _made(purpose: str) -> tuple[str, Any]:
    if purpose == TOKENS:
        key = new_token_key()
        return key["kid"], key
    return new_key()


def _parsed(purpose: str, content: bytes) -> KeyFile:
    said = json.loads(content)
    is_tokens = purpose == TOKENS
    keys = {key["kid"]: key for key in said["keys"]} if is_tokens else dict(said["keys"])
    coming = said.get("coming")
    return KeyFile(
        purpose=purpose,
        current=next(iter(keys)) if is_tokens else said["current"],
        keys=keys,
        coming=(coming["kid"], datetime.fromisoformat(coming["since"])) if coming else None,
        retired={kid: datetime.fromisoformat(since) for kid, since in said.get("retired", {}).items()},
    )


def _printed(file: KeyFile) -> str:
    """Who only reads keys sees `current` and `keys`, or, of tokens, the first of `keys`, as before any rotation."""
    more: dict[str, Any] = {"retired": {kid: since.isoformat() for kid, since in file.retired.items()}}
    if file.coming:
        more["coming"] = {"kid": file.coming[0], "since": file.coming[1].isoformat()}
    if file.purpose == TOKENS:
        others = [key for kid, key in file.keys.items() if kid != file.current]
        return json.dumps({"keys": [file.keys[file.current], *others], **more})
    return json.dumps({"current": file.current, "keys": dict(file.keys), **more})


def _write(file: BinaryIO, content: bytes) -> None:
    """Emptied first: whoever reads meanwhile sees the beginning of an object, which is no object, and keeps what he has."""
    file.seek(0)
    file.truncate()
    file.write(content)
    file.flush()
    os.fsync(file.fileno())
    file.seek(0)
