"""With an issuer of somebody else's, identity issues nothing, and its API is open to that issuer's tokens."""

from collections.abc import AsyncIterator, Iterator

import pytest

from chassis.databases import Databases
from chassis.testing.provider import ForeignProvider, foreign_provider
from identity.testing import IdentityUnderTest, Somebody, running


@pytest.fixture
def provider() -> Iterator[ForeignProvider]:
    with foreign_provider() as given:
        yield given


@pytest.fixture
async def owner(identity: IdentityUnderTest) -> Somebody:
    """Who was there before."""
    return await identity.open_account()


@pytest.fixture
async def led(databases: Databases, provider: ForeignProvider) -> AsyncIterator[IdentityUnderTest]:
    """The same service, led by another issuer."""
    async with running(databases, issuer=provider.issuer) as under_test:
        yield under_test


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/identity/oauth2/authorize"),
        ("POST", "/identity/oauth2/token"),
        ("POST", "/identity/oauth2/revoke"),
        ("GET", "/identity/oauth2/jwks"),
        ("GET", "/identity/oauth2/logout"),
        ("GET", "/identity/.well-known/openid-configuration"),
        ("GET", "/identity/sign-in"),
        ("POST", "/identity/sign-in"),
    ],
)
async def test_nobody_signs_in_here(led: IdentityUnderTest, method: str, path: str, provider: ForeignProvider) -> None:
    answer = await led.browser().request(method, path)

    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.json()["type"] == "/problems/sign-in-elsewhere"
    assert provider.issuer in answer.json()["detail"]


async def test_their_tokens_open_what_the_user_may(
    led: IdentityUnderTest, owner: Somebody, provider: ForeignProvider
) -> None:
    browser = led.browser(provider.token(owner.user_id, owner.account_id))

    me = await browser.get("/identity/v1/users/me")
    added = await browser.post("/identity/v1/service-accounts", json={"name": "Rooster"})

    assert (me.json()["id"], added.status_code) == (str(owner.user_id), 201)


async def test_a_service_account_is_a_client_there(
    led: IdentityUnderTest, owner: Somebody, provider: ForeignProvider
) -> None:
    """Its own secret opens nothing here; the issuer's client carries the service account's id."""
    boss = led.browser(provider.token(owner.user_id, owner.account_id))
    system = (await boss.post("/identity/v1/service-accounts", json={"name": "Rooster"})).json()

    token = provider.token(system["id"], owner.account_id, sid=None, client_id="rooster")
    before = await led.browser(token).get("/identity/v1/service-accounts/me")
    await boss.post(f"/identity/v1/service-accounts/{system['id']}/_suspend")
    after = await led.browser(token).get("/identity/v1/service-accounts/me")

    assert before.json()["name"] == "Rooster"
    assert after.status_code in (401, 403)


async def test_our_own_tokens_open_nothing(
    led: IdentityUnderTest, identity: IdentityUnderTest, owner: Somebody
) -> None:
    boss = await identity.open_account("Zorg 4 You", "Noor")
    claims = {"iss": "http://127.0.0.1:8080/identity", "aud": "keten", "sub": str(boss.user_id), "exp": 4_000_000_000}
    token = led.service.api.state.setup.signing.access_token({**claims, "account": str(boss.account_id), "sid": "x"})

    assert (await led.browser(token).get("/identity/v1/users/me")).status_code == 401
