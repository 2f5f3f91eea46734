"""The keys of a platform: a keyring per purpose and the keys that sign tokens. What exists is never replaced here; how keys
follow one another is in key_rotation."""

import base64
import json
import secrets as random
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from chassis.passwords import write_secret

TOKENS: Final = "tokens"

# Clocks differ by minutes; a key outlives what it signed by this.
_CLOCKS: Final = timedelta(minutes=15)

# Each purpose, with how long what its keys signed is good. None: for ever, so that no key is ever dropped.
PURPOSES: Final[Mapping[str, timedelta | None]] = {
    "positions": timedelta(minutes=10) + _CLOCKS,
    "links": timedelta(days=7) + _CLOCKS,
    "sealing": None,
    "cookies": timedelta(days=400) + _CLOCKS,  # the longest that a browser keeps one
    "peers": timedelta(minutes=20) + _CLOCKS,
    "reading": timedelta(minutes=5) + _CLOCKS,
    "second-factors": None,  # what they encrypted stands in the database
}
# An access token lives for an hour at most (settings), an id token as long.
TOKENS_GOOD: Final = timedelta(hours=1) + _CLOCKS


def make_keys(directory: Path) -> None:
    """Write the keyrings that are missing, readable by their owner alone."""
    for purpose in PURPOSES:
        if not (path := directory / f"{purpose}.json").exists():
            kid, key = new_key()
            write_secret(path, json.dumps({"current": kid, "keys": {kid: key}}))
    if not (path := directory / f"{TOKENS}.json").exists():
        write_secret(path, json.dumps({"keys": [new_token_key()]}))
    if not (path := directory / "bundle.json").exists():
        write_secret(path, json.dumps({"keys": [new_token_key()]}))
    if not (path := directory / "bundle.pem").exists():
        write_secret(path, _public_key(directory / "bundle.json"))
        path.chmod(0o444)  # OPA reads it, and runs as another user


def _public_key(keys: Path) -> str:
    """What OPA checks the signature of the policies with."""
    from joserfc.jwk import ECKey

    key: dict[str, Any] = json.loads(keys.read_text())["keys"][0]
    return ECKey.import_key(key).as_pem(private=False).decode()


def new_key() -> tuple[str, str]:
    """A key id and 256 bits in base64."""
    return random.token_hex(4), base64.b64encode(random.token_bytes(32)).decode()


def new_token_key() -> dict[str, Any]:
    """A private key for ES256 as a JWK."""
    from joserfc.jwk import ECKey  # slow to load, and needed once in a while

    key = ECKey.generate_key("P-256", {"kid": random.token_hex(4), "use": "sig", "alg": "ES256"}, private=True)
    return dict(key.as_dict(private=True))
