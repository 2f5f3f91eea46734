"""Who is asking: access tokens (RFC 9068 profile) checked before any body is read."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import extract_compact

from chassis.problems import Unauthenticated

ALGORITHM = "ES256"
AUDIENCE = "keten"

# An unknown key id is looked up again, but not more often than this, or forged tokens would make us ask all day.
REFETCH = 5.0
# A key that was taken away is refused everywhere after this long (seconds).
KEEP = 300.0


@dataclass(frozen=True, slots=True)
class Actor:
    """The person, or the partner system, behind a request."""

    user_id: UUID
    account_id: UUID
    client: str
    session_id: str


class Keys:
    """The issuer's public keys, fetched when needed and kept for a while."""

    def __init__(self, fetch: Callable[[], Awaitable[dict[str, Any]]]) -> None:
        self._fetch = fetch
        self._held: KeySet | None = None
        self._at = float("-inf")

    async def holding(self, kid: str) -> KeySet:
        age = time.monotonic() - self._at
        if self._held is None or age > KEEP or (age > REFETCH and not any(key.kid == kid for key in self._held.keys)):
            self._held = KeySet.import_key_set(await self._fetch())  # type: ignore[arg-type]
            self._at = time.monotonic()
        return self._held


class TokenReader:
    """Turns an Authorization header into an actor. Only one algorithm, one issuer, one audience are accepted."""

    def __init__(self, keys: Keys, *, issuer: str) -> None:
        self._keys, self._issuer = keys, issuer
        self._claims = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": AUDIENCE},
            exp={"essential": True},
            sub={"essential": True},
            account={"essential": True},
            sid={"essential": True},
        )

    async def actor(self, authorization: str | None) -> Actor:
        """Raises `Unauthenticated` whatever is wrong."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated
        try:
            kid = _header(token).get("kid")
            if not isinstance(kid, str):
                raise Unauthenticated
            read = jwt.decode(token, await self._keys.holding(kid), algorithms=[ALGORITHM])
            if read.header.get("typ") != "at+jwt":
                raise Unauthenticated
            self._claims.validate(read.claims)
            return Actor(
                user_id=UUID(read.claims["sub"]),
                account_id=UUID(read.claims["account"]),
                client=str(read.claims.get("client", "")),
                session_id=str(read.claims["sid"]),
            )
        except (JoseError, ValueError, KeyError, TypeError, AttributeError):
            raise Unauthenticated from None


def _header(token: str) -> dict[str, Any]:
    return dict(extract_compact(token.encode()).headers())
