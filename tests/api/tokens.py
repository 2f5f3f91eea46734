"""Tokens that must open nothing: made by hand from a real one."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
from joserfc.jwk import ECKey

from chassis.tokens import ALGORITHM, CLOCKS
from identity.signing import SigningKeys


def forged(real: str, jwks: dict[str, Any], secrets: Path | None) -> Iterator[tuple[str, str]]:
    """Each with what is wrong with it. `secrets` is where the platform's own keys are, if this test can know them."""
    header, claims = (_read(part) for part in real.split(".")[:2])
    signature = real.rpartition(".")[2]
    other = ECKey.generate_key("P-256", {"kid": header["kid"]}, private=True)
    public = ECKey.import_key(next(key for key in jwks["keys"] if key["kid"] == header["kid"]))
    none = _part({**header, "alg": "none"}) + "." + _part(claims)
    yield "no signature", f"{none}."
    yield "no algorithm, and a signature", f"{none}.{signature}"
    yield "a key of somebody else", _signed(other, header, claims)
    yield "a key that it brings itself", _signed(other, {**header, "jwk": other.as_dict(private=False)}, claims)
    yield "the public key as a secret", _keyed(public.as_pem(private=False), {**header, "alg": "HS256"}, claims)
    yield (
        "another person's id under the same signature",
        f"{_part(header)}.{_part({**claims, 'sub': claims['account']})}.{signature}",
    )
    yield "not a token", "eyJhbGciOiJFUzI1NiJ9"
    if secrets is not None:
        own = SigningKeys.of(secrets).current
        past = int(time.time()) - CLOCKS - 1
        yield "expired", _signed(own, header, {**claims, "iat": past - 300, "exp": past})
        yield "for somebody else", _signed(own, header, {**claims, "aud": "elsewhere"})
        yield "by another issuer", _signed(own, header, {**claims, "iss": "http://elsewhere.example/identity"})
        yield "an id token", _signed(own, {**header, "typ": "JWT"}, claims)


def published_keys(url: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{url}/identity/oauth2/jwks", timeout=30).raise_for_status().json()
    return found


def _signed(key: ECKey, header: dict[str, Any], claims: dict[str, Any]) -> str:
    from joserfc import jwt

    return jwt.encode(header, claims, key, algorithms=[ALGORITHM])


def _keyed(secret: bytes, header: dict[str, Any], claims: dict[str, Any]) -> str:
    told = f"{_part(header)}.{_part(claims)}"
    return f"{told}.{_text(hmac.new(secret, told.encode(), hashlib.sha256).digest())}"


def _part(value: dict[str, Any]) -> str:
    return _text(json.dumps(value).encode())


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _read(part: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found
