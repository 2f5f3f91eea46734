"""Signing in: the whole authorization code flow over the hosted page, and everything that must not work."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from chassis.problems import Unauthenticated
from chassis.tokens import Keys, TokenReader
from identity import passwords
from identity.sign_in.housekeeping import Forgetting
from identity.signing import SigningKeys
from identity.testing import URL, IdentityUnderTest, Somebody, an_email
from keten.sign_in import REDIRECT, SignInRefused, Tokens, challenge, read_form, refresh, sign_in, submit

SignedIn = Callable[..., Awaitable[httpx.AsyncClient]]

VERIFIER = "v" * 64
AUTHORIZE = "/identity/oauth2/authorize"
TOKEN = "/identity/oauth2/token"
ISSUER = f"{URL}/identity"


def a_request(**changed: str) -> dict[str, str]:
    asked = {
        "response_type": "code",
        "client_id": "keten-cli",
        "redirect_uri": "http://127.0.0.1:50123/callback",
        "scope": "openid offline_access",
        "state": "a state & more",
        "nonce": "a nonce",
        "code_challenge": challenge(VERIFIER),
        "code_challenge_method": "S256",
    }
    return {name: value for name, value in {**asked, **changed}.items() if value}


def a_redemption(code: str, **changed: str) -> dict[str, str]:
    said = {
        "grant_type": "authorization_code",
        "client_id": "keten-cli",
        "redirect_uri": "http://127.0.0.1:50123/callback",
        "code": code,
        "code_verifier": VERIFIER,
    }
    return {name: value for name, value in {**said, **changed}.items() if value}


def sent_to(answer: httpx.Response) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def claims(token: str | None, part: int = 1) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(urlsafe_b64decode((token or "").split(".")[part] + "=="))
    return read


async def a_code(browser: httpx.AsyncClient, who: Somebody, **changed: str) -> str:
    """By the page, in a browser that may be signed in already."""
    answer = await browser.get(AUTHORIZE, params=a_request(**changed), follow_redirects=False)
    if answer.headers["location"].startswith("/identity/sign-in"):
        page = await browser.get(answer.headers["location"])
        answer = await submit(browser, page, email=who.email, password=who.password)
        answer = await browser.get(answer.headers["location"])
    return sent_to(answer)["code"]


async def tokens_of(identity: IdentityUnderTest, who: Somebody) -> Tokens:
    return await sign_in(URL, who.email, who.password, transport=identity.transport)


async def status_of(identity: IdentityUnderTest, token: str) -> int:
    return (await identity.browser(token).get("/identity/v1/users/me")).status_code


async def test_a_person_signs_in_with_a_code_and_pkce(identity: IdentityUnderTest) -> None:
    who, browser = await identity.open_account(), identity.browser()

    to_page = await browser.get(AUTHORIZE, params=a_request())
    page = await browser.get(to_page.headers["location"])
    signed_in = await submit(browser, page, email=who.email.upper(), password=who.password)
    back = await browser.get(signed_in.headers["location"])
    answer = await browser.post(TOKEN, data=a_redemption(sent_to(back)["code"]))

    assert back.headers["location"].startswith("http://127.0.0.1:50123/callback?")
    assert (sent_to(back)["state"], sent_to(back)["iss"]) == ("a state & more", ISSUER)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    told = answer.json()
    assert (told["token_type"], told["expires_in"], told["scope"]) == ("Bearer", 300, "openid offline_access")
    assert await status_of(identity, told["access_token"]) == 200


async def test_an_access_token_says_no_more_than_is_needed(identity: IdentityUnderTest) -> None:
    who = await identity.open_account()

    tokens = await tokens_of(identity, who)

    said = claims(tokens.access_token)
    assert set(said) == {"iss", "aud", "sub", "account", "client", "sid", "acr", "iat", "exp", "jti"}
    assert (said["iss"], said["aud"], said["client"]) == (ISSUER, "keten", "keten-cli")
    assert (said["sub"], said["account"]) == (str(who.user_id), str(who.account_id))
    assert said["exp"] - said["iat"] == 300
    header = claims(tokens.access_token, 0)
    assert (header["typ"], header["alg"]) == ("at+jwt", "ES256")


async def test_an_id_token_is_for_its_client_and_carries_the_nonce(identity: IdentityUnderTest) -> None:
    who, browser = await identity.open_account(), identity.browser()

    code = await a_code(browser, who)
    told = (await browser.post(TOKEN, data=a_redemption(code))).json()

    said = claims(told["id_token"])
    assert (said["aud"], said["nonce"], said["sub"]) == ("keten-cli", "a nonce", str(who.user_id))
    assert who.email not in json.dumps(said)


async def test_an_id_token_does_not_open_the_api(identity: IdentityUnderTest) -> None:
    tokens = await tokens_of(identity, await identity.open_account())

    assert tokens.id_token is not None
    assert await status_of(identity, tokens.id_token) == 401


async def test_without_offline_access_there_is_no_refresh_token(identity: IdentityUnderTest) -> None:
    who = await identity.open_account()

    tokens = await sign_in(URL, who.email, who.password, scope="openid", transport=identity.transport)

    assert tokens.refresh_token is None


async def test_a_second_client_in_the_same_browser_asks_for_no_password(identity: IdentityUnderTest) -> None:
    who, browser = await identity.open_account(), identity.browser()
    await a_code(browser, who)

    second = await browser.get(AUTHORIZE, params=a_request(client_id="keten-demo"))
    again = await browser.get(AUTHORIZE, params=a_request(prompt="login"))
    identity.clock.ahead = timedelta(hours=13)
    next_day = await browser.get(AUTHORIZE, params=a_request())

    assert "code" in sent_to(second)
    assert again.headers["location"].startswith("/identity/sign-in")
    assert next_day.headers["location"].startswith("/identity/sign-in")


async def test_who_must_not_be_asked_and_is_not_signed_in_is_told_so(identity: IdentityUnderTest) -> None:
    answer = await identity.browser().get(AUTHORIZE, params=a_request(prompt="none"))

    said = sent_to(answer)
    assert (said["error"], said["state"], said["iss"]) == ("login_required", "a state & more", ISSUER)


async def test_a_code_that_comes_twice_ends_what_it_began(identity: IdentityUnderTest) -> None:
    who, browser = await identity.open_account(), identity.browser()
    code = await a_code(browser, who)
    first = (await browser.post(TOKEN, data=a_redemption(code))).json()

    second = await browser.post(TOKEN, data=a_redemption(code))

    assert (second.status_code, second.json()["error"]) == (400, "invalid_grant")
    assert await status_of(identity, first["access_token"]) == 401
    with pytest.raises(SignInRefused):
        await refresh(browser, "keten-cli", refresh_token=first["refresh_token"])


async def test_a_code_is_good_for_a_minute(identity: IdentityUnderTest) -> None:
    who, browser = await identity.open_account(), identity.browser()
    code = await a_code(browser, who)

    identity.clock.ahead = timedelta(seconds=61)
    answer = await browser.post(TOKEN, data=a_redemption(code))

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_verifier": "w" * 64}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_request"),
        ({"redirect_uri": "http://127.0.0.1:50124/callback"}, "invalid_grant"),
        ({"client_id": "keten-demo"}, "invalid_grant"),
        ({"client_id": "nobody"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
async def test_a_code_is_redeemed_as_it_was_asked_for(
    identity: IdentityUnderTest, changed: dict[str, str], error: str
) -> None:
    who, browser = await identity.open_account(), identity.browser()
    code = await a_code(browser, who)

    answer = await browser.post(TOKEN, data=a_redemption(code, **changed))

    assert (answer.status_code, answer.json()["error"]) == (400, error)


@pytest.mark.parametrize(
    "changed",
    [
        {"code_challenge_method": "plain"},
        {"code_challenge_method": ""},
        {"code_challenge": ""},
        {"code_challenge": "", "code_challenge_method": ""},
        {"code_challenge": "short"},
    ],
)
async def test_no_code_without_s256(identity: IdentityUnderTest, changed: dict[str, str]) -> None:
    answer = await identity.browser().get(AUTHORIZE, params=a_request(**changed))

    assert sent_to(answer)["error"] == "invalid_request"


@pytest.mark.parametrize(
    "changed",
    [
        {"redirect_uri": "https://elsewhere.example/callback"},
        {"redirect_uri": "http://127.0.0.1:50123/callback/more"},
        {"redirect_uri": "http://127.0.0.1:50123/callback?more"},
        {"redirect_uri": "http://127.0.0.1@elsewhere.example/callback"},
        {"redirect_uri": "http://127.0.0.1.elsewhere.example/callback"},
        {"redirect_uri": "http://localhost/callback"},
        {"redirect_uri": "https://127.0.0.1/callback"},
        {"redirect_uri": ""},
        {"client_id": "nobody"},
        {"client_id": ""},
        {"client_id": "keten-portal"},
    ],
)
async def test_nothing_is_sent_to_an_address_we_do_not_know(
    identity: IdentityUnderTest, changed: dict[str, str]
) -> None:
    answer = await identity.browser().get(AUTHORIZE, params=a_request(**changed))

    assert answer.status_code == 400
    assert "You cannot sign in this way" in answer.text
    assert "elsewhere.example" not in answer.text


async def test_the_portal_comes_back_to_this_platform(identity: IdentityUnderTest) -> None:
    asked = a_request(client_id="keten-portal", redirect_uri=f"{URL}/portal/callback")

    answer = await identity.browser().get(AUTHORIZE, params=asked)

    assert answer.headers["location"].startswith("/identity/sign-in")


async def test_a_parameter_sent_twice_is_refused(identity: IdentityUnderTest) -> None:
    twice = httpx.QueryParams(a_request()).add("state", "another")

    answer = await identity.browser().get(AUTHORIZE, params=twice)
    told = await identity.browser().post(
        TOKEN,
        content="grant_type=refresh_token&client_id=keten-cli&client_id=keten-cli&refresh_token=x",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )

    assert answer.status_code == 400
    assert told.json()["error"] == "invalid_request"


async def test_a_refresh_token_is_good_once(identity: IdentityUnderTest) -> None:
    tokens, browser = await tokens_of(identity, await identity.open_account()), identity.browser()

    fresh = await refresh(browser, "keten-cli", refresh_token=tokens.refresh_token or "")

    assert fresh.refresh_token not in (None, tokens.refresh_token)
    assert claims(fresh.access_token)["sid"] == claims(tokens.access_token)["sid"]
    assert await status_of(identity, fresh.access_token) == 200


async def test_a_refresh_token_that_comes_twice_ends_its_whole_family(identity: IdentityUnderTest) -> None:
    tokens, browser = await tokens_of(identity, await identity.open_account()), identity.browser()
    fresh = await refresh(browser, "keten-cli", refresh_token=tokens.refresh_token or "")

    with pytest.raises(SignInRefused, match="invalid_grant"):
        await refresh(browser, "keten-cli", refresh_token=tokens.refresh_token or "")

    with pytest.raises(SignInRefused, match="invalid_grant"):
        await refresh(browser, "keten-cli", refresh_token=fresh.refresh_token or "")
    assert await status_of(identity, fresh.access_token) == 401
    ended = await identity.rows("select body from outbox where type = 'nl.keten.identity.session-ended.v1'")
    assert claims(fresh.access_token)["sid"] in "".join(row.body for row in ended)


async def test_a_refresh_token_is_its_clients_own(identity: IdentityUnderTest) -> None:
    tokens, browser = await tokens_of(identity, await identity.open_account()), identity.browser()

    with pytest.raises(SignInRefused, match="invalid_grant"):
        await refresh(browser, "keten-demo", refresh_token=tokens.refresh_token or "")

    assert (await refresh(browser, "keten-cli", refresh_token=tokens.refresh_token or "")).access_token


async def test_a_revoked_token_ends_its_session(identity: IdentityUnderTest) -> None:
    browser = identity.browser()
    for name in ("refresh_token", "access_token"):
        tokens = await tokens_of(identity, await identity.open_account())

        said = {"token": getattr(tokens, name), "client_id": "keten-cli"}
        answer = await browser.post("/identity/oauth2/revoke", data=said)

        assert answer.status_code == 200
        assert await status_of(identity, tokens.access_token) == 401
    unknown = await browser.post("/identity/oauth2/revoke", data={"token": "nothing", "client_id": "keten-cli"})
    assert unknown.status_code == 200


async def test_signing_out_ends_the_browser_and_every_token_in_it(identity: IdentityUnderTest) -> None:
    who, browser = await identity.open_account(), identity.browser()
    token = (await browser.post(TOKEN, data=a_redemption(await a_code(browser, who)))).json()["access_token"]

    page = await browser.get("/identity/oauth2/logout")
    assert await status_of(identity, token) == 200
    answer = await submit(browser, page)

    assert "You are signed out" in answer.text
    assert await status_of(identity, token) == 401
    asked_again = await browser.get(AUTHORIZE, params=a_request())
    assert asked_again.headers["location"].startswith("/identity/sign-in")


async def test_signing_out_ends_what_was_begun_before_signing_in_once_more(identity: IdentityUnderTest) -> None:
    who, browser = await identity.open_account(), identity.browser()
    before = (await browser.post(TOKEN, data=a_redemption(await a_code(browser, who)))).json()
    cookie = browser.cookies["keten_browser"]
    again = await browser.get(AUTHORIZE, params=a_request(prompt="login"))
    await submit(browser, await browser.get(again.headers["location"]), email=who.email, password=who.password)

    await submit(browser, await browser.get("/identity/oauth2/logout"))

    assert await status_of(identity, before["access_token"]) == 401
    with pytest.raises(SignInRefused, match="invalid_grant"):
        await refresh(browser, "keten-cli", refresh_token=before["refresh_token"])
    browser.cookies.set("keten_browser", cookie)
    assert "code" not in sent_to(await browser.get(AUTHORIZE, params=a_request()))


async def test_what_no_text_column_holds_is_wrong_and_no_fault_of_ours(identity: IdentityUnderTest) -> None:
    browser = identity.browser()
    page = await browser.get((await browser.get(AUTHORIZE, params=a_request())).headers["location"])

    answers = [
        await submit(browser, page, email="a\0@b.example", password="a\0b"),
        await browser.get(AUTHORIZE, params=a_request(client_id="a\0b")),
        await browser.post(TOKEN, data=a_redemption("a\0b")),
        await browser.post("/identity/oauth2/revoke", data={"token": "a\0b", "client_id": "keten-cli"}),
    ]
    in_state = await browser.get(AUTHORIZE, params=a_request(nonce="a\0b"))
    after = await browser.get("/identity/oauth2/logout", params={"client_id": "a\0b"})

    assert [answer.status_code for answer in answers] == [400] * 4
    assert in_state.status_code in (303, 400)
    assert after.status_code == 200


async def test_an_unforeseen_fault_in_signing_in_is_logged_without_what_was_typed(
    identity: IdentityUnderTest, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def broken(password: str, kept: str | None) -> bool:
        raise RuntimeError(f"what was typed: {password}")

    monkeypatch.setattr(passwords, "matches", broken)
    gateway = httpx.ASGITransport(app=identity._gateway)  # raises what the server would print
    browser = httpx.AsyncClient(transport=gateway, base_url=URL)
    page = await browser.get("/identity/sign-in")

    answer = await submit(browser, page, email="tess@kracht.example", password="my secret")
    await browser.aclose()

    assert (answer.status_code, answer.json()["type"]) == (500, "/problems/unexpected")
    assert "request_failed" in (said := capsys.readouterr().out)
    assert "my secret" not in said


async def test_signing_out_goes_back_to_the_portal_and_nowhere_else(identity: IdentityUnderTest) -> None:
    browser, asked = identity.browser(), {"client_id": "keten-portal", "state": "s"}

    back = await browser.get("/identity/oauth2/logout", params={**asked, "post_logout_redirect_uri": f"{URL}/portal/"})
    stays = await browser.get(
        "/identity/oauth2/logout", params={**asked, "post_logout_redirect_uri": "https://elsewhere.example/"}
    )

    assert back.headers["location"] == f"{URL}/portal/?state=s"
    assert stays.status_code == 200


async def test_nobody_is_signed_out_or_in_by_another_sites_form(identity: IdentityUnderTest) -> None:
    who, browser = await identity.open_account(), identity.browser()
    await a_code(browser, who)

    out = await browser.post("/identity/oauth2/logout", data={"formToken": "forged"})
    forged = await browser.post("/identity/sign-in", data={"email": who.email, "password": who.password})

    assert (out.status_code, forged.status_code) == (400, 400)
    assert "code" in sent_to(await browser.get(AUTHORIZE, params=a_request()))


@pytest.mark.rule("SHR-2")
async def test_a_suspended_user_neither_signs_in_nor_refreshes(
    identity: IdentityUnderTest, signed_in: SignedIn
) -> None:
    owner = await identity.open_account()
    colleague = await identity.colleague(await signed_in(owner))
    tokens, browser = await tokens_of(identity, colleague), identity.browser()
    await a_code(browser, colleague)

    suspended = await (await signed_in(owner)).post(f"/identity/v1/users/{colleague.user_id}/_suspend")

    assert suspended.status_code == 204
    with pytest.raises(SignInRefused):
        await tokens_of(identity, colleague)
    with pytest.raises(SignInRefused, match="invalid_grant"):
        await refresh(browser, "keten-cli", refresh_token=tokens.refresh_token or "")
    assert await status_of(identity, tokens.access_token) == 403
    in_browser = await browser.get(AUTHORIZE, params=a_request())
    assert in_browser.headers["location"].startswith("/identity/sign-in")


@pytest.mark.rule("SHR-2")
async def test_who_is_resumed_signs_in_anew(identity: IdentityUnderTest, signed_in: SignedIn) -> None:
    owner = await identity.open_account()
    boss = await signed_in(owner)
    colleague = await identity.colleague(boss)
    before = await tokens_of(identity, colleague)

    await boss.post(f"/identity/v1/users/{colleague.user_id}/_suspend")
    await boss.post(f"/identity/v1/users/{colleague.user_id}/_resume")

    assert await status_of(identity, before.access_token) == 401
    assert await status_of(identity, (await tokens_of(identity, colleague)).access_token) == 200


async def test_the_page_does_not_tell_who_has_an_account(identity: IdentityUnderTest, signed_in: SignedIn) -> None:
    who = await identity.open_account()
    invited = an_email()
    await (await signed_in(who)).post("/identity/v1/users", json={"name": "Nieuw", "email": invited, "role": "member"})

    told = []
    for email in (who.email, an_email(), invited):
        browser = identity.browser()
        page = await browser.get((await browser.get(AUTHORIZE, params=a_request())).headers["location"])
        answer = await submit(browser, page, email=email, password="een heel ander wachtwoord")
        told.append((answer.status_code, answer.text.replace(email, "…").replace(form_token(answer), "…")))

    assert told[0] == told[1] == told[2]
    assert "The e-mail address or the password is not right." in told[0][1]


async def test_sign_ins_that_are_over_are_forgotten_after_a_day(identity: IdentityUnderTest) -> None:
    used, kept = await identity.open_account(), await identity.open_account()
    tokens, browser = await tokens_of(identity, used), identity.browser()
    await browser.post("/identity/oauth2/revoke", data={"token": tokens.refresh_token or "", "client_id": "keten-cli"})
    still = await tokens_of(identity, kept)
    forgetting = Forgetting(identity.service.runtime.made, identity.clock)

    identity.clock.ahead = timedelta(days=1, hours=13)
    await forgetting.forget()

    left = await identity.rows("select id from session")
    assert claims(tokens.access_token)["sid"] not in {row.id for row in left}
    assert claims(still.access_token)["sid"] in {row.id for row in left}


def test_the_next_key_is_published_before_it_signs() -> None:
    keys = [ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": "ES256"}, private=True) for kid in "ab"]

    signing = SigningKeys(lambda: KeySet([*keys]))
    token = signing.access_token({"sub": "somebody"})

    assert claims(token, 0)["kid"] == "a"
    assert [key["kid"] for key in signing.public()["keys"]] == ["a", "b"]
    assert not any("d" in key for key in signing.public()["keys"])


def form_token(page: httpx.Response) -> str:
    return read_form(page.text).fields["formToken"]


async def test_the_page_is_plain_dutch_or_english_and_runs_no_script(identity: IdentityUnderTest) -> None:
    dutch = identity.browser(**{"Accept-Language": "nl"})

    page = await dutch.get((await dutch.get(AUTHORIZE, params=a_request())).headers["location"])

    assert '<html lang="nl">' in page.text
    assert "Inloggen" in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "form-action 'self' http://127.0.0.1:50123;" in policy
    cookie = page.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()


async def test_what_is_typed_is_shown_as_text(identity: IdentityUnderTest) -> None:
    browser = identity.browser()
    page = await browser.get((await browser.get(AUTHORIZE, params=a_request())).headers["location"])

    answer = await submit(browser, page, email='"><script>alert(1)</script>', password="x")

    assert "<script>" not in answer.text


async def test_discovery_names_what_is_there(identity: IdentityUnderTest) -> None:
    browser = identity.browser()

    told = (await browser.get("/identity/.well-known/openid-configuration")).json()
    keys = (await browser.get(told["jwks_uri"])).json()["keys"]

    assert told["issuer"] == ISSUER
    assert (told["code_challenge_methods_supported"], told["response_types_supported"]) == (["S256"], ["code"])
    assert "password" not in told["grant_types_supported"]
    assert [set(key) & {"d", "k", "p"} for key in keys] == [set()]


async def test_tokens_are_checked_for_real(identity: IdentityUnderTest) -> None:
    who = await identity.open_account()
    real = (await tokens_of(identity, who)).access_token
    keys = (await identity.browser().get("/identity/oauth2/jwks")).json()
    reader = TokenReader(Keys(lambda: _later(keys)), issuer=ISSUER)
    kid, said = keys["keys"][0]["kid"], claims(real)
    public = ECKey.import_key(keys["keys"][0]).as_pem(private=False)
    header = {"typ": "at+jwt", "kid": kid}
    stranger = ECKey.generate_key("P-256", {"kid": kid}, private=True)

    forged = [
        ".".join([*_unsigned({**header, "alg": "none"}, said), ""]),
        _by_hmac({**header, "alg": "HS256"}, said, public),
        jwt.encode({**header, "alg": "ES256"}, said, stranger),
        ".".join([*real.split(".")[:2], "AAAA"]),
        ".".join([real.split(".")[0], _unsigned({}, {**said, "sub": str(who.account_id)})[1], real.split(".")[2]]),
    ]

    assert (await reader.actor(f"Bearer {real}")).user_id == who.user_id
    for token in forged:
        with pytest.raises(Unauthenticated):
            await reader.actor(f"Bearer {token}")


def _unsigned(header: dict[str, Any], said: dict[str, Any]) -> list[str]:
    return [_text(json.dumps(part).encode()) for part in (header, said)]


def _by_hmac(header: dict[str, Any], said: dict[str, Any], key: bytes) -> str:
    """By hand: the library refuses to take a public key for a shared one."""
    message = ".".join(_unsigned(header, said))
    return f"{message}.{_text(hmac.digest(key, message.encode(), hashlib.sha256))}"


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


async def _later(keys: dict[str, Any]) -> dict[str, Any]:
    return keys


def test_the_walker_reads_a_form_as_a_browser_does() -> None:
    form = read_form('<form action="/a?b=c&amp;d"><input name="x" value="&lt;1&gt;"><input type="submit"></form>')

    assert (form.action, form.fields) == ("/a?b=c&d", {"x": "<1>"})
    assert dict(parse_qsl(urlsplit(REDIRECT).query)) == {}
