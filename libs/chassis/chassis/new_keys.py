"""The keys of a new platform: a keyring per purpose and the key that signs tokens. Never replaces what exists."""

import base64
import json
import secrets as random
from pathlib import Path

from chassis.passwords import write_secret

PURPOSES = ("positions", "links", "sealing", "cookies", "peers", "reading")


def make_keys(directory: Path) -> None:
    """Write the keyrings that are missing, readable by their owner alone."""
    for purpose in PURPOSES:
        if not (path := directory / f"{purpose}.json").exists():
            write_secret(path, _keyring())
    if not (path := directory / "tokens.json").exists():
        write_secret(path, _token_keys())


def _keyring() -> str:
    kid = random.token_hex(4)
    return json.dumps({"current": kid, "keys": {kid: base64.b64encode(random.token_bytes(32)).decode()}})


def _token_keys() -> str:
    from joserfc.jwk import ECKey, KeySet  # slow to load, and needed once in the life of a data directory

    key = ECKey.generate_key("P-256", {"kid": random.token_hex(4), "use": "sig", "alg": "ES256"}, private=True)
    return json.dumps(KeySet([key]).as_dict(private=True))
