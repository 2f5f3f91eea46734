"""Whose access tokens are accepted: identity's own, or those of an OpenID provider that the settings name."""

import json
import time
import warnings
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import httpx
import structlog
from joserfc.errors import SecurityWarning

from chassis.peers import Peers
from chassis.settings import Settings, is_safe
from chassis.tokens import Form, Keys, TokenReader

# Seconds. A provider elsewhere is asked less often than one next door, and its outages are bridged for longer.
FRESH: Final = 300.0
KEEP: Final = 3600.0
# How long it is known where the keys are.
_DISCOVERED: Final = 3600.0
# Clocks of other houses (seconds).
_LEEWAY: Final = 30
# A set of keys is a few kilobytes.
_MOST_BYTES: Final = 512 * 1024

_DISCOVERY: Final = "/.well-known/openid-configuration"

# Providers go on calling it by the name that RFC 9864 replaces.
warnings.filterwarnings("ignore", "EdDSA is deprecated", SecurityWarning)

_logger = structlog.get_logger()

Closing = Callable[[], Awaitable[None]]


def token_reader(settings: Settings, peers: Peers) -> tuple[TokenReader, list[Closing]]:
    """The reader, and what is to be closed at the end."""
    if settings.issuer is None:
        keys = Keys(lambda: peers.fetch("identity", "/jwks"))
        return TokenReader(keys, issuer=f"{settings.base_url}/identity"), []
    provider = Provider(settings.issuer)
    reader = TokenReader(Keys(provider.keys, fresh=FRESH, keep=KEEP), issuer=settings.issuer, form=_form(settings))
    return reader, [provider.close]


class Provider:
    """An OpenID provider, as far as its public keys go (OpenID Connect Discovery 1.0)."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer
        self._http = httpx.AsyncClient(timeout=5, follow_redirects=False)
        self._where, self._found_at = "", float("-inf")

    async def keys(self) -> dict[str, Any]:
        """Its keys as they are now, without those that are none for signatures or too weak. Raises ConnectionError."""
        try:
            said = await self._json(await self._keys_address())
            return {"keys": [key for key in said["keys"] if _is_for_signatures(key)]}
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError, AttributeError) as fault:
            self._found_at = float("-inf")
            _logger.warning("issuer_not_understood", reason=type(fault).__name__)
            raise ConnectionError("the issuer's keys cannot be had now") from fault

    async def close(self) -> None:
        await self._http.aclose()

    async def _keys_address(self) -> str:
        """Whoever answers for the issuer must be it: what it calls itself is compared letter by letter (§4.3)."""
        if time.monotonic() - self._found_at > _DISCOVERED:
            said = await self._json(self._issuer.rstrip("/") + _DISCOVERY)
            if said["issuer"] != self._issuer or not is_safe(said["jwks_uri"].partition("?")[0]):
                raise ValueError("another issuer, or keys that are not behind https")
            self._where, self._found_at = said["jwks_uri"], time.monotonic()
        return self._where

    async def _json(self, address: str) -> dict[str, Any]:
        async with self._http.stream("GET", address, headers={"Accept": "application/json"}) as answer:
            if answer.status_code != httpx.codes.OK:
                raise ValueError("no document")
            content = b""
            async for part in answer.aiter_bytes():
                content += part
                if len(content) > _MOST_BYTES:
                    raise ValueError("too large")
        return dict(json.loads(content))


def _form(settings: Settings) -> Form:
    algorithms = settings.issuer_algorithms.split(",")
    return Form(
        audience=settings.issuer_audience,
        # RFC 9864 calls the one curve that is in use by its own name.
        algorithms=(*algorithms, *(["Ed25519"] if "EdDSA" in algorithms else [])),
        token_type=settings.issuer_token_type,
        leeway=_LEEWAY,
        is_foreign=True,
        user=settings.issuer_user_claim,
        account=settings.issuer_account_claim,
        client=settings.issuer_client_claim,
        session=settings.issuer_session_claim,
    )


def _is_for_signatures(key: Mapping[str, Any]) -> bool:
    """Nothing symmetric, and of RSA at least 2048 bits (RFC 7518 §3.3): the modulus is base64url, six bits a letter."""
    if key.get("kty") not in ("EC", "RSA", "OKP") or key.get("use", "sig") != "sig":
        return False
    return key["kty"] != "RSA" or len(key["n"]) * 6 >= 2048
