"""Keys for signing, one file per purpose, each with a current key and those still accepted. Files stay apart from data, and
are followed: keys are rotated while everything runs."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from pathlib import Path

from chassis.followed import Followed

_Held = tuple[str, Mapping[str, bytes]]


class Keyring:
    """Symmetric keys of one purpose by key id; `current` signs, all verify."""

    def __init__(self, current: str, keys: Mapping[str, bytes]) -> None:
        self._fixed = (current, keys)

    def held(self) -> _Held:
        """The current key's id, and all keys: both of one moment."""
        return self._fixed

    @property
    def current(self) -> str:
        return self.held()[0]

    @property
    def keys(self) -> Mapping[str, bytes]:
        return self.held()[1]

    def sign(self, message: bytes) -> str:
        """`kid.mac`, HMAC-SHA-256, URL-safe."""
        current, keys = self.held()
        return f"{current}.{_mac(keys[current], message)}"

    def verifies(self, message: bytes, signature: str) -> bool:
        kid, _, mac = signature.partition(".")
        key = self.keys.get(kid)
        return key is not None and hmac.compare_digest(_mac(key, message).encode(), mac.encode())


class KeyringMissing(Exception):
    """There is no keyring for this purpose."""


def keyring(directory: Path, purpose: str) -> Keyring:
    """The keyring of a purpose (see `new_keys.PURPOSES`), as it is from moment to moment. Raises `KeyringMissing`."""
    try:
        return _FollowedKeyring(directory / f"{purpose}.json")
    except FileNotFoundError:
        raise KeyringMissing(f"No keyring for {purpose} in the secrets directory.") from None


class _FollowedKeyring(Keyring):
    def __init__(self, path: Path) -> None:
        self._file = Followed(path, _read)

    def held(self) -> _Held:
        return self._file.held


def _read(content: bytes) -> _Held:
    said = json.loads(content)
    current, keys = said["current"], {kid: base64.b64decode(key, validate=True) for kid, key in said["keys"].items()}
    if not keys[current] or not all(keys.values()):
        raise ValueError("a key is empty")
    return current, keys


def _mac(key: bytes, message: bytes) -> str:
    return base64.urlsafe_b64encode(hmac.digest(key, message, hashlib.sha256)).rstrip(b"=").decode()
