"""Who is asking: access tokens (RFC 9068 profile) checked before any body is read."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry, extract_compact

from chassis.problems import Unauthenticated

ALGORITHM = "ES256"
AUDIENCE = "keten"

# An unknown key id is looked up again, but not more often than this, or forged tokens would make us ask all day.
REFETCH: Final = 5.0
# What could not be fetched is tried again after this.
_RETRY: Final = 1.0
# A key that was taken away is refused everywhere after this long (seconds), as long as the issuer answers …
FRESH: Final = 15.0
# … and after this long when it does not.
KEEP: Final = 300.0

# Whatever a set of keys can be wrong in: it is as if it could not be had.
_NO_KEYS: Final = (OSError, JoseError, ValueError, KeyError, TypeError, AttributeError)


@dataclass(frozen=True, slots=True)
class Actor:
    """The person, or the partner system, behind a request."""

    user_id: UUID
    account_id: UUID
    client: str
    session_id: str


class Keys:
    """The issuer's public keys, fetched when needed and kept for a while: `fresh` and `keep` are seconds."""

    def __init__(
        self, fetch: Callable[[], Awaitable[Mapping[str, Any]]], *, fresh: float = FRESH, keep: float = KEEP
    ) -> None:
        self._fetch, self._fresh, self._keep = fetch, fresh, keep
        self._held: KeySet | None = None
        self._at = self._tried = float("-inf")
        self._one_at_a_time = asyncio.Lock()

    async def holding(self, kid: str) -> KeySet:
        """The keys, with this one among them if the issuer has it. Raises ConnectionError when that cannot be told now."""
        if self._is_due(kid) and not (self._one_at_a_time.locked() and self._serves(kid)):
            async with self._one_at_a_time:
                if self._is_due(kid):
                    await self._renew()
        if self._held is None or not (self._serves(kid) or self._at >= self._tried):
            raise ConnectionError("the issuer's keys cannot be had now")
        return self._held

    def _is_due(self, kid: str) -> bool:
        now = time.monotonic()
        age = now - self._at
        wanted = age > self._fresh or (age > REFETCH and not self._knows(kid))
        return wanted and now - self._tried > _RETRY

    def _serves(self, kid: str) -> bool:
        return self._knows(kid) and time.monotonic() - self._at <= self._keep

    def _knows(self, kid: str) -> bool:
        return self._held is not None and any(key.kid == kid for key in self._held.keys)

    async def _renew(self) -> None:
        self._tried = time.monotonic()
        try:
            self._held = KeySet.import_key_set(await self._fetch())  # type: ignore[arg-type]
        except _NO_KEYS:
            return
        self._at = time.monotonic()


@dataclass(frozen=True, kw_only=True)
class Form:
    """What an issuer's access tokens look like: identity's own, unless said otherwise. The last four name claims."""

    audience: str = AUDIENCE
    algorithms: tuple[str, ...] = (ALGORITHM,)
    token_type: str = "at+jwt"  # noqa: S105
    leeway: int = 0
    is_foreign: bool = False
    user: str = "sub"
    account: str = "account"
    client: str = "client"
    session: str = "sid"


# Machines' clocks differ, by minutes when one has lost its time server, and people must be able to work. A session that has
# ended is refused whatever its token says (seconds).
CLOCKS: Final = 300

OWN: Final = Form(leeway=CLOCKS)


class TokenReader:
    """Turns an Authorization header into an actor. Only one issuer, one audience and named algorithms are accepted."""

    def __init__(self, keys: Keys, *, issuer: str, form: Form = OWN) -> None:
        self._keys, self._issuer, self._form = keys, issuer, form
        self._registry = JWSRegistry(algorithms=form.algorithms, strict_check_header=not form.is_foreign)
        needed = {form.user, form.account} | (set() if form.is_foreign else {form.session})
        options: dict[str, jwt.ClaimsOption] = {claim: {"essential": True} for claim in {"exp", *needed}}
        options |= {"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": form.audience}}
        self._claims = jwt.JWTClaimsRegistry(None, form.leeway, **options)

    async def actor(self, authorization: str | None) -> Actor:
        """Raises `Unauthenticated` whatever is wrong, and ConnectionError when the issuer's keys cannot be had."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated
        try:
            kid = _header(token).get("kid")
            if not isinstance(kid, str):
                raise Unauthenticated
            read = jwt.decode(token, await self._keys.holding(kid), registry=self._registry)
            if not self._is_access_token(read.header.get("typ")):
                raise Unauthenticated
            self._claims.validate(read.claims)
            return self._actor(read.claims)
        except (JoseError, ValueError, KeyError, TypeError, AttributeError):
            raise Unauthenticated from None

    def _is_access_token(self, said: object) -> bool:
        """As RFC 9068 §4 has it: the media type with or without its first part."""
        return isinstance(said, str) and said.lower().removeprefix("application/") == self._form.token_type.lower()

    def _actor(self, claims: Mapping[str, Any]) -> Actor:
        form = self._form
        return Actor(
            user_id=UUID(claims[form.user]),
            account_id=UUID(claims[form.account]),
            client=_plain(str(claims.get(form.client, ""))),
            session_id=self._foreign_session(claims) if form.is_foreign else str(claims[form.session]),
        )

    def _foreign_session(self, claims: Mapping[str, Any]) -> str:
        """The issuer's session where it names one, else this token by itself, else whoever it is about. A digest, since
        another's word may be anything, and must never be that of a session of ours."""
        said = claims.get(self._form.session) or claims.get("jti") or claims[self._form.user]
        return hashlib.sha256(f"{self._issuer}\n{said}".encode()).hexdigest()


def _plain(client: str) -> str:
    """It goes into the access log: no text column holds a null, and a line is a line."""
    if len(client) > 255 or not client.isprintable():
        raise ValueError("not a client")
    return client


def _header(token: str) -> dict[str, Any]:
    return dict(extract_compact(token.encode()).headers())
