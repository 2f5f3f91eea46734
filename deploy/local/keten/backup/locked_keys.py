"""The keys of a backup, in a file of their own behind a passphrase: what its data is encrypted with, and the platform's
secrets."""

import base64
import getpass
import json
import os
import secrets as random
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from chassis.passwords import write_secret
from keten.place import Refusal

# RFC 7914: 128 MiB and half a second for each guess at the passphrase.
_COST: Final = {"n": 2**17, "r": 8, "p": 1}

# A shorter one is guessed, whatever a guess costs (OWASP ASVS 5, 6.2.9 asks for no less where nothing slows guessing down).
SHORTEST: Final = 12


@dataclass(frozen=True)
class Keys:
    """`data_key` opens the data; `secrets` are the files that are kept apart from it, by name."""

    data_key: bytes
    secrets: Mapping[str, bytes]


class WrongPassphrase(Refusal):
    """The keys cannot be opened."""


def new_data_key() -> bytes:
    return random.token_bytes(32)


def lock_up(path: Path, keys: Keys, passphrase: str) -> None:
    """Write the file, readable by its owner alone."""
    salt, nonce = random.token_bytes(16), random.token_bytes(12)
    head = {"format": 1, "kdf": "scrypt", **_COST, "salt": _text(salt), "nonce": _text(nonce)}
    held = {"dataKey": _text(keys.data_key), "secrets": {name: _text(held) for name, held in keys.secrets.items()}}
    sealed = AESGCM(_derived(passphrase, salt)).encrypt(nonce, json.dumps(held).encode(), _bytes(head))
    write_secret(path, json.dumps({**head, "sealed": _text(sealed)}, indent=1))


def unlock(path: Path, passphrase: str) -> Keys:
    """Raises `WrongPassphrase`, or `Refusal` when this is no such file."""
    try:
        told: dict[str, Any] = json.loads(path.read_text())
        sealed = base64.b64decode(told.pop("sealed"), validate=True)
        salt, nonce = (base64.b64decode(told[part], validate=True) for part in ("salt", "nonce"))
        if {name: told[name] for name in _COST} != _COST or told["format"] != 1:
            raise ValueError
    except FileNotFoundError:
        raise Refusal(f"{path} is missing. Say where the keys of this backup are: --keys FILE.") from None
    except (ValueError, LookupError, TypeError, AttributeError):
        raise Refusal(f"{path} is no file with the keys of a backup, or it is damaged.") from None
    try:
        held = json.loads(AESGCM(_derived(passphrase, salt)).decrypt(nonce, sealed, _bytes(told)))
    except InvalidTag:
        raise WrongPassphrase(f"The passphrase does not open {path}, or that file is damaged.") from None
    return Keys(
        base64.b64decode(held["dataKey"]),
        {name: base64.b64decode(content) for name, content in held["secrets"].items()},
    )


def passphrase_of(file: Path | None, *, is_new: bool) -> str:
    """From the first line of a file, or asked on the terminal; twice when it is to lock something. Raises `Refusal`."""
    if file is not None:
        passphrase = _first_line(file)
    elif sys.stdin.isatty():
        passphrase = getpass.getpass("Passphrase of the backup: ")
        if is_new and getpass.getpass("Once more: ") != passphrase:
            raise Refusal("The two passphrases are not the same.")
    else:
        raise Refusal("No passphrase: name a file that holds it, --passphrase-file FILE, or run this in a terminal.")
    if is_new and len(passphrase) < SHORTEST:
        raise Refusal(f"The passphrase has fewer than {SHORTEST} characters. Choose a longer one.")
    return passphrase


def _first_line(file: Path) -> str:
    try:
        if file.stat().st_mode & 0o077:
            raise Refusal(f"Others can read {file}. Take their right away: chmod 600 {file}")
        return (file.read_text().splitlines() or [""])[0]
    except OSError as fault:
        raise Refusal(f"The passphrase cannot be read from {file}: {os.strerror(fault.errno or 0)}.") from None


def _derived(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt, 32, **_COST).derive(passphrase.encode())


def _bytes(head: Mapping[str, Any]) -> bytes:
    return json.dumps(head, sort_keys=True, separators=(",", ":")).encode()


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
