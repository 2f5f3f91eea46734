"""An OpenID provider of somebody else's, on a running service: what it signs opens, and nothing else does."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from joserfc.jwk import ECKey, RSAKey

from access.testing import World, a_world
from chassis import issuers, tokens
from chassis.databases import Databases
from chassis.settings import Settings, SettingsRefused, load_settings
from chassis.testing.provider import ForeignProvider, a_key, foreign_provider
from chassis.testing.services import ServiceUnderTest, running
from chassis.tokens import Form, Keys, TokenReader
from contracts.actions import Role
from contracts.identity import UserStatus, UserSuspended
from contracts.ids import AccountId, UserId
from sharing.main import create

DISCOVERY = "/realm/.well-known/openid-configuration"


@pytest.fixture(scope="module")
def databases(kept_databases: Callable[..., Databases]) -> Databases:
    return kept_databases("sharing")


@pytest.fixture
def provider() -> Iterator[ForeignProvider]:
    with foreign_provider() as given:
        yield given


@pytest.fixture
async def sharing(databases: Databases, provider: ForeignProvider) -> AsyncIterator[ServiceUnderTest]:
    async with running(create, databases, peers=["documents", "dossier"], issuer=provider.issuer) as service:
        yield service


@pytest.fixture
async def world(sharing: ServiceUnderTest) -> World:
    world = a_world()
    await sharing.hear(*world.facts())
    return world


async def status(sharing: ServiceUnderTest, token: str) -> int:
    async with sharing.client(Authorization=f"Bearer {token}") as client:
        return (await client.get("/levels")).status_code


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "EdDSA"])
async def test_a_token_of_theirs_opens(
    sharing: ServiceUnderTest, world: World, provider: ForeignProvider, algorithm: str
) -> None:
    provider.keys = [a_key(algorithm, "theirs")]

    assert await status(sharing, provider.token(world.taco, world.kracht)) == 200


async def test_our_own_tokens_open_nothing_then(sharing: ServiceUnderTest, world: World) -> None:
    assert (await sharing.client(world.taco, world.kracht).get("/levels")).status_code == 401


REFUSED: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://elsewhere.example/realm"},
    "the issuer with a slash": {"iss": "…/"},
    "another audience": {"aud": "another"},
    "no audience": {"aud": None},
    "expired": {"exp": int(time.time()) - 60},
    "without an end": {"exp": None},
    "not valid yet": {"nbf": int(time.time()) + 86_400},
    "an id token": {"header": {"typ": "JWT"}},
    "no type": {"header": {"typ": ""}},
    "another key id": {"header": {"kid": "nobody's"}},
    "no account": {"account": None},
    "an account that is no id": {"account": "Kracht"},
    "a user that is no id": {"sub": "auth0|taco"},
    "a client that is no line": {"client_id": "a\nb"},
}


@pytest.mark.parametrize("changed", REFUSED.values(), ids=REFUSED.keys())
async def test_refused(
    sharing: ServiceUnderTest, world: World, provider: ForeignProvider, changed: dict[str, Any]
) -> None:
    said = {**changed, "iss": f"{provider.issuer}/"} if changed.get("iss") == "…/" else dict(changed)

    assert await status(sharing, provider.token(world.taco, world.kracht, **said)) == 401


async def test_algorithms_that_were_not_named_are_refused(
    sharing: ServiceUnderTest, world: World, provider: ForeignProvider
) -> None:
    claims = provider.token(world.taco, world.kracht).split(".")[1]
    public = provider.keys[0].as_pem(private=False)  # type: ignore[union-attr]
    unsigned = f"{part({'alg': 'none', 'kid': 'rsa', 'typ': 'at+jwt'})}.{claims}."
    confused = f"{part({'alg': 'HS256', 'kid': 'rsa', 'typ': 'at+jwt'})}.{claims}"
    mac = base64.urlsafe_b64encode(hmac.digest(public, confused.encode(), hashlib.sha256)).rstrip(b"=").decode()
    stronger = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig", "alg": "RS512"})
    provider.keys.append(ECKey.generate_key("P-384", {"kid": "es384", "use": "sig", "alg": "ES384"}))

    assert await status(sharing, unsigned) == 401
    assert await status(sharing, f"{confused}.{mac}") == 401
    assert await status(sharing, provider.token(world.taco, world.kracht, key=stronger)) == 401
    assert await status(sharing, provider.token(world.taco, world.kracht, key=provider.keys[-1])) == 401


async def test_only_the_algorithms_that_the_settings_name(databases: Databases, provider: ForeignProvider) -> None:
    world = a_world()
    async with running(create, databases, issuer=provider.issuer, issuer_algorithms="ES256") as sharing:
        await sharing.hear(*world.facts())

        assert await status(sharing, provider.token(world.taco, world.kracht, key=provider.keys[0])) == 401
        assert await status(sharing, provider.token(world.taco, world.kracht, key=provider.keys[1])) == 200


async def test_claims_and_type_are_called_what_the_settings_say(
    databases: Databases, provider: ForeignProvider
) -> None:
    world = a_world()
    named = {
        "issuer_audience": "https://keten.example/api",
        "issuer_user_claim": "keten_user",
        "issuer_account_claim": "https://keten.example/account",
        "issuer_token_type": "JWT",
    }
    said: dict[str, Any] = {
        "aud": "https://keten.example/api",
        "sub": "auth0|taco",
        "keten_user": str(world.taco),
        "account": None,
        "https://keten.example/account": str(world.kracht),
        "header": {"typ": "JWT"},
    }
    async with running(create, databases, issuer=provider.issuer, **named) as sharing:
        await sharing.hear(*world.facts())

        assert await status(sharing, provider.token(world.taco, world.kracht, **said)) == 200
        assert await status(sharing, provider.token(world.taco, world.kracht)) == 401


async def test_a_user_is_in_the_account_that_we_know_him_in(
    sharing: ServiceUnderTest, world: World, provider: ForeignProvider
) -> None:
    """Their word for it opens nothing that our own facts do not."""
    assert await status(sharing, provider.token(world.taco, world.zorg)) == 404


async def test_who_is_suspended_here_is_out_whatever_they_say(
    sharing: ServiceUnderTest, world: World, provider: ForeignProvider
) -> None:
    token = provider.token(world.taco, world.kracht)
    assert await status(sharing, token) == 200

    suspended = UserSuspended(
        user_id=UserId(world.taco),
        account_id=AccountId(world.kracht),
        role=Role.OWNER,
        status=UserStatus.SUSPENDED,
        medical=False,
    )
    await sharing.hear(suspended, version=9)

    assert await status(sharing, token) in (401, 403)


async def test_a_new_key_of_theirs_is_followed_up_and_an_old_one_forgotten(
    sharing: ServiceUnderTest, world: World, provider: ForeignProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = provider.token(world.taco, world.kracht)
    assert await status(sharing, old) == 200
    monkeypatch.setattr(tokens, "REFETCH", 0.0)
    monkeypatch.setattr(tokens, "_RETRY", 0.0)

    provider.keys = [a_key("ES256", "next")]

    assert await status(sharing, provider.token(world.taco, world.kracht)) == 200
    assert await status(sharing, old) == 401


async def test_forged_key_ids_do_not_make_us_ask_them_all_day(
    sharing: ServiceUnderTest, world: World, provider: ForeignProvider
) -> None:
    token = provider.token(world.taco, world.kracht)
    forged = [provider.token(world.taco, world.kracht, header={"kid": f"forged {n}"}) for n in range(10)]

    assert [await status(sharing, one) for one in [token, *forged, token]] == [200, *[401] * 10, 200]
    assert provider.asked == [DISCOVERY, "/realm/keys"]


async def test_an_issuer_that_is_away_is_an_outage_and_no_wrong_token(
    sharing: ServiceUnderTest, world: World, provider: ForeignProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "_RETRY", 0.0)
    token = provider.token(world.taco, world.kracht)

    provider.is_away = True
    away = await status(sharing, token)
    provider.is_away = False

    assert (away, await status(sharing, token)) == (503, 200)


async def test_keys_that_are_known_outlive_an_outage_for_a_while(
    provider: ForeignProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "_RETRY", 0.0)
    foreign, world = issuers.Provider(provider.issuer), a_world()
    reader = TokenReader(Keys(foreign.keys, fresh=0.0, keep=60.0), issuer=provider.issuer, form=Form(is_foreign=True))
    impatient = TokenReader(Keys(foreign.keys, fresh=0.0, keep=0.0), issuer=provider.issuer, form=Form(is_foreign=True))
    token = f"Bearer {provider.token(world.taco, world.kracht, key=provider.keys[1])}"
    await reader.actor(token)
    await impatient.actor(token)

    provider.is_away = True

    assert (await reader.actor(token)).user_id == world.taco
    with pytest.raises(ConnectionError):
        await impatient.actor(token)
    await foreign.close()


UNFIT: dict[str, dict[str, Any]] = {
    "a document of another issuer": {DISCOVERY: {"issuer": "https://elsewhere.example", "jwks_uri": "…/keys"}},
    "keys without https": {DISCOVERY: {"issuer": "…", "jwks_uri": "http://keys.example/keys"}},
    "keys in a file": {DISCOVERY: {"issuer": "…", "jwks_uri": "file:///etc/keys"}},
    "no keys": {"/realm/keys": {"keys": []}},
    "no JSON": {"/realm/keys": b"<html>"},
    "a list": {"/realm/keys": []},
    "too much": {"/realm/keys": b"[" + b" " * 600_000 + b"]"},
    "only symmetric keys": {"/realm/keys": {"keys": [{"kty": "oct", "kid": "rsa", "k": "c2VjcmV0"}]}},
}


@pytest.mark.parametrize("answers", UNFIT.values(), ids=UNFIT.keys())
async def test_what_an_issuer_must_not_say_lets_nobody_in(
    sharing: ServiceUnderTest, world: World, provider: ForeignProvider, answers: dict[str, Any]
) -> None:
    said = {
        path: {name: value.replace("…", provider.issuer) for name, value in answer.items()}
        if path == DISCOVERY
        else answer
        for path, answer in answers.items()
    }
    provider.answers = said

    assert await status(sharing, provider.token(world.taco, world.kracht)) == 503


async def test_keys_for_something_else_and_weak_ones_are_passed_over(provider: ForeignProvider) -> None:
    for_encryption = ECKey.generate_key("P-256", {"kid": "enc", "use": "enc"}).as_dict(private=False)
    good = provider.keys[1].as_dict(private=False)
    weak = {**provider.keys[0].as_dict(private=False), "n": "A" * 171}
    provider.answers["/realm/keys"] = {"keys": [for_encryption, weak, {"kty": "AKP", "kid": "new"}, good]}
    foreign = issuers.Provider(provider.issuer)

    assert [key["kid"] for key in (await foreign.keys())["keys"]] == ["ec"]
    await foreign.close()


async def actor(provider: ForeignProvider, **changed: Any) -> str:
    world = a_world()
    foreign = issuers.Provider(provider.issuer)
    reader = TokenReader(Keys(foreign.keys), issuer=provider.issuer, form=Form(is_foreign=True, algorithms=("RS256",)))
    try:
        return (await reader.actor(f"Bearer {provider.token(world.taco, world.kracht, **changed)}")).session_id
    finally:
        await foreign.close()


async def test_a_session_is_theirs_where_they_name_one_and_else_the_token_itself(provider: ForeignProvider) -> None:
    theirs = await actor(provider, sid="one")

    assert theirs == await actor(provider, sid="one", jti="another")
    assert theirs != await actor(provider, sid="two")
    assert await actor(provider, sid=None, jti="one") != await actor(provider, sid=None, jti="two")
    assert len(await actor(provider, sid="x\0" * 1000)) == 64


async def test_a_leeway_for_clocks_of_other_houses(
    sharing: ServiceUnderTest, world: World, provider: ForeignProvider
) -> None:
    ahead = provider.token(world.taco, world.kracht, iat=int(time.time()) + 20, nbf=int(time.time()) + 20)

    assert await status(sharing, ahead) == 200


@pytest.mark.parametrize(
    "issuer",
    [
        "http://login.example",
        "https://user@login.example",
        "https://login.example?x",
        "ftp://login.example",
        "login.example",
        "",
    ],
)
def test_an_issuer_that_is_not_safely_reached_stops_the_start(issuer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said = {
        "POSTGRES": "db:5432",
        "SECRETS": "/s",
        "POLICIES": "/p",
        "PUBLIC_URL": "http://127.0.0.1:8080",
        "ISSUER": issuer,
    }
    for name, value in said.items():
        monkeypatch.setenv(f"KETEN_{name}", value)

    with pytest.raises(SettingsRefused, match="KETEN_ISSUER"):
        load_settings()


@pytest.mark.parametrize("algorithms", ["none", "HS256", "ES256,HS256", "ES256,", ""])
def test_no_algorithm_that_anybody_could_sign_with(algorithms: str) -> None:
    with pytest.raises(ValueError, match="issuer_algorithms"):
        Settings.model_validate(
            {
                "postgres": "db:5432",
                "secrets": "/s",
                "policies": "/p",
                "public_url": "http://127.0.0.1:8080",
                "issuer_algorithms": algorithms,
            }
        )
