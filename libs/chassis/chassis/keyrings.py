"""Keys for signing, one file per purpose, each with a current key and those still accepted. Files stay apart from data."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Keyring:
    """Symmetric keys of one purpose by key id; `current` signs, all verify."""

    current: str
    keys: Mapping[str, bytes]

    def sign(self, message: bytes) -> str:
        """`kid.mac`, HMAC-SHA-256, URL-safe."""
        return f"{self.current}.{_mac(self.keys[self.current], message)}"

    def verifies(self, message: bytes, signature: str) -> bool:
        kid, _, mac = signature.partition(".")
        key = self.keys.get(kid)
        return key is not None and hmac.compare_digest(_mac(key, message).encode(), mac.encode())


class KeyringMissing(Exception):
    """There is no keyring for this purpose."""


def keyring(directory: Path, purpose: str) -> Keyring:
    """The keyring of a purpose (see `new_keys.PURPOSES`). Raises `KeyringMissing`."""
    try:
        held = json.loads((directory / f"{purpose}.json").read_text())
    except FileNotFoundError:
        raise KeyringMissing(f"No keyring for {purpose} in the secrets directory.") from None
    return Keyring(current=held["current"], keys={kid: base64.b64decode(key) for kid, key in held["keys"].items()})


def _mac(key: bytes, message: bytes) -> str:
    return base64.urlsafe_b64encode(hmac.digest(key, message, hashlib.sha256)).rstrip(b"=").decode()
