"""The keys that sign tokens. The first in the file is the current one; all are published, so that a key can be followed up
before it is used and outlive its last token. The file is followed: keys are rotated while everything runs."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from chassis.followed import Followed
from chassis.tokens import ALGORITHM


@dataclass(frozen=True)
class SigningKeys:
    """The issuer's keys (RFC 7517), as they are from moment to moment."""

    held: Callable[[], KeySet]

    @classmethod
    def of(cls, secrets: Path) -> "SigningKeys":
        """Those of `<secrets>/tokens.json`."""
        file = Followed(secrets / "tokens.json", _read)
        return cls(lambda: file.held)

    @property
    def keys(self) -> KeySet:
        return self.held()

    @property
    def current(self) -> ECKey:
        key = self.keys.keys[0]
        assert isinstance(key, ECKey)
        return key

    def public(self) -> dict[str, Any]:
        """What whoever checks a token needs, and no more."""
        return dict(self.keys.as_dict(private=False))

    def access_token(self, claims: Mapping[str, Any]) -> str:
        """An access token (RFC 9068): the type in its header keeps an id token from being taken for one."""
        key = self.current
        return jwt.encode(
            {"alg": ALGORITHM, "typ": "at+jwt", "kid": key.kid}, dict(claims), key, algorithms=[ALGORITHM]
        )

    def claims_of(self, token: str) -> dict[str, Any] | None:
        """The claims of a token that one of these keys signed, expired or not; None of any other."""
        try:
            return dict(jwt.decode(token, self.keys, algorithms=[ALGORITHM]).claims)
        except (JoseError, ValueError):
            return None


def _read(content: bytes) -> KeySet:
    keys = [ECKey.import_key(key) for key in json.loads(content)["keys"]]
    if not keys or not all(key.is_private for key in keys):
        raise ValueError("no keys to sign with")
    return KeySet(list(keys))
