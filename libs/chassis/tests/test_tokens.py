"""Access tokens: one algorithm, one issuer, one audience, and nothing that only looks like it."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any
from uuid import uuid4

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from chassis.peers import Peers
from chassis.problems import Unauthenticated
from chassis.testing.services import URL, Issuer
from chassis.tokens import CLOCKS, Actor, Keys, TokenReader

USER, ACCOUNT = uuid4(), uuid4()
ISSUER = Issuer()


@pytest.fixture
def reader() -> TokenReader:
    return a_reader(ISSUER)


def a_reader(issuer: Issuer) -> TokenReader:
    async def fetch() -> dict[str, Any]:
        return issuer.jwks()

    return TokenReader(Keys(fetch), issuer=f"{URL}/identity")


def a_token(**changed: Any) -> str:
    # Those that are refused are made when the tests are collected, and are not to be refused for their age.
    return ISSUER.token(USER, ACCOUNT, **{"exp": int(time.time()) + 86_400, **changed})


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def claims() -> str:
    return a_token().split(".")[1]


async def test_a_token_says_who_is_asking(reader: TokenReader) -> None:
    assert await reader.actor(f"Bearer {a_token()}") == Actor(USER, ACCOUNT, "keten-test", str(USER))


@pytest.mark.parametrize("off", [CLOCKS - 5, 5 - CLOCKS])
async def test_clocks_may_differ_by_minutes(reader: TokenReader, off: int) -> None:
    now = int(time.time()) + off

    assert await reader.actor(f"Bearer {a_token(iat=now, exp=now + 300)}")


def unsigned(algorithm: str) -> str:
    return f"{part({'alg': algorithm, 'kid': 'test', 'typ': 'at+jwt'})}.{claims()}."


def signed_with_the_public_key(secret: bytes) -> str:
    """HS256 over what everybody can fetch: the classic confusion of algorithms."""
    said = f"{part({'alg': 'HS256', 'kid': 'test', 'typ': 'at+jwt'})}.{claims()}"
    mac = base64.urlsafe_b64encode(hmac.digest(secret, said.encode(), hashlib.sha256)).rstrip(b"=").decode()
    return f"{said}.{mac}"


def signed_with_another_key(kid: str = "test") -> str:
    other = ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": "ES256"}, private=True)
    said = json.loads(base64.urlsafe_b64decode(claims() + "=="))
    return jwt.encode({"alg": "ES256", "kid": kid, "typ": "at+jwt"}, said, other)


def changed_after_signing() -> str:
    head, body, signature = a_token().split(".")
    said = json.loads(base64.urlsafe_b64decode(body + "=="))
    return f"{head}.{part({**said, 'sub': str(uuid4())})}.{signature}"


def without(claim: str) -> str:
    said = json.loads(base64.urlsafe_b64decode(claims() + "=="))
    del said[claim]
    return jwt.encode({"alg": "ES256", "kid": "test", "typ": "at+jwt"}, said, ISSUER.key)


def without_header(name: str) -> str:
    header = {"alg": "ES256", "kid": "test", "typ": "at+jwt"}
    del header[name]
    return jwt.encode(header, json.loads(base64.urlsafe_b64decode(claims() + "==")), ISSUER.key)


REFUSED = {
    "no signature": unsigned("none"),
    "no signature, spelled otherwise": unsigned("None"),
    "no signature, but an algorithm": unsigned("ES256"),
    "HS256 with the public key in PEM": signed_with_the_public_key(ISSUER.key.as_pem(private=False)),
    "HS256 with the public key in JSON": signed_with_the_public_key(json.dumps(ISSUER.jwks()["keys"][0]).encode()),
    "another key under our key id": signed_with_another_key(),
    "another key under its own key id": signed_with_another_key("other"),
    "changed after signing": changed_after_signing(),
    "expired, by any clock": a_token(exp=int(time.time()) - CLOCKS - 1),
    "issued later than any clock": a_token(iat=int(time.time()) + CLOCKS + 86_400),
    "not valid yet": a_token(nbf=int(time.time()) + CLOCKS + 86_400),
    "another issuer": a_token(iss="https://elsewhere.test/identity"),
    "another audience": a_token(aud="elsewhere"),
    "no issuer": without("iss"),
    "no audience": without("aud"),
    "no end": without("exp"),
    "no subject": without("sub"),
    "no account": without("account"),
    "no session": without("sid"),
    "no key id": without_header("kid"),
    "no type": without_header("typ"),
    "an id token": a_token(header={"typ": "JWT"}),
    "a key id that is no text": f"{part({'alg': 'ES256', 'kid': 7, 'typ': 'at+jwt'})}.{claims()}.AAAA",
    "a subject that is no id": a_token(sub="Taco"),
    "a subject that is no text": a_token(sub=7),
    "an end that is no number": a_token(exp="tomorrow"),
    "a header that is no object": f"{part([])}.{claims()}.AAAA",
    "claims that are no object": jwt.encode({"alg": "ES256", "kid": "test", "typ": "at+jwt"}, {}, ISSUER.key),
    "not a token": "a.b.c",
    "one word": "token",
    "not ASCII": "é.é.é",
}


@pytest.mark.parametrize("token", REFUSED.values(), ids=REFUSED.keys())
async def test_refused(reader: TokenReader, token: str) -> None:
    with pytest.raises(Unauthenticated):
        await reader.actor(f"Bearer {token}")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", f"Basic {a_token()}", a_token()])
async def test_only_a_bearer_token_is_read(reader: TokenReader, header: str | None) -> None:
    with pytest.raises(Unauthenticated):
        await reader.actor(header)


async def test_unknown_key_ids_do_not_make_us_ask_the_issuer_all_day() -> None:
    asked = 0

    async def fetch() -> dict[str, Any]:
        nonlocal asked
        asked += 1
        return ISSUER.jwks()

    reader = TokenReader(Keys(fetch), issuer=f"{URL}/identity")
    for _ in range(20):
        with pytest.raises(Unauthenticated):
            await reader.actor(f"Bearer {signed_with_another_key('other')}")

    assert asked == 1


async def test_an_issuer_that_cannot_be_reached_is_an_outage_and_no_wrong_token() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    for transport in (httpx.MockTransport(refuse), httpx.MockTransport(lambda _: httpx.Response(502))):
        peers = Peers({"identity": httpx.AsyncClient(transport=transport, base_url="http://identity")})

        async def fetch(asking: Peers = peers) -> dict[str, Any]:
            return await asking.fetch("identity", "/jwks")

        with pytest.raises(ConnectionError):
            await TokenReader(Keys(fetch), issuer=f"{URL}/identity").actor(f"Bearer {a_token()}")
