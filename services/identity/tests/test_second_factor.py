"""The second factor: set up, asked for, replayed, recovered, reset and demanded."""

import asyncio
import json
from base64 import urlsafe_b64decode
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pyotp
import pytest

from chassis.keyrings import Keyring
from contracts.ids import new_id
from identity import totp
from identity.testing import PASSWORD, URL, IdentityUnderTest, Somebody
from keten.sign_in import CLIENT, REDIRECT, SignInRefused, challenge, redeem, sign_in, submit

SignedIn = Callable[..., Awaitable[httpx.AsyncClient]]

AT = "/identity/v1"
VERIFIER = "v" * 64


class App:
    """An authenticator app: makes the codes of a secret."""

    def __init__(self, identity: IdentityUnderTest, secret: str) -> None:
        self._clock, self._codes = identity.clock, pyotp.TOTP(secret)

    def code(self, ahead: int = 0) -> str:
        return self._codes.at(self._clock() + timedelta(seconds=ahead))


async def an_app(identity: IdentityUnderTest, client: httpx.AsyncClient) -> tuple[App, list[str]]:
    """Somebody's second factor, and its recovery codes. The code of now is used up, that of the next step is not."""
    made = await client.post(f"{AT}/second-factors", json={"password": PASSWORD})
    assert made.status_code == 200, made.text
    app = App(identity, made.json()["secret"])
    confirmed = await client.post(f"{AT}/second-factors/_confirm", json={"code": app.code()})
    assert confirmed.status_code == 200, confirmed.text
    return app, confirmed.json()["recoveryCodes"]


async def second_step(browser: httpx.AsyncClient, who: Somebody) -> httpx.Response:
    """The page that follows a right password."""
    asked = {
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": REDIRECT,
        "scope": "openid",
        "state": "s",
        "prompt": "login",
        "code_challenge": challenge(VERIFIER),
        "code_challenge_method": "S256",
    }
    page = await browser.get("/identity/oauth2/authorize", params=asked, follow_redirects=True)
    answer = await submit(browser, page, email=who.email, password=who.password)
    return await browser.get(answer.headers["location"])


async def claims_after(browser: httpx.AsyncClient, answer: httpx.Response) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the access token and the id token say, once signing in is through."""
    back = await browser.get(answer.headers["location"])
    code = httpx.URL(back.headers["location"]).params["code"]
    tokens = await redeem(browser, CLIENT, code=code, verifier=VERIFIER)
    return claims(tokens.access_token), claims(tokens.id_token)


def claims(token: str | None) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(urlsafe_b64decode((token or "").split(".")[1] + "=="))
    return read


async def test_a_second_factor_is_set_up_with_the_password_and_confirmed_by_a_code(
    identity: IdentityUnderTest, signed_in: SignedIn
) -> None:
    who = await identity.open_account()
    client = await signed_in(who)

    wrong = await client.post(f"{AT}/second-factors", json={"password": "not the password"})
    made = (await client.post(f"{AT}/second-factors", json={"password": PASSWORD})).json()
    unconfirmed = (await client.get(f"{AT}/users/me")).json()["secondFactor"]
    app = App(identity, made["secret"])
    missed = await client.post(f"{AT}/second-factors/_confirm", json={"code": app.code(300)})
    done = await client.post(f"{AT}/second-factors/_confirm", json={"code": f"{app.code()[:3]} {app.code()[3:]}"})

    assert (wrong.status_code, missed.status_code, done.status_code) == (403, 403, 200)
    assert made["uri"].startswith("otpauth://totp/Keten:")
    assert made["picture"].startswith("data:image/svg+xml")
    assert unconfirmed is False
    assert (await client.get(f"{AT}/users/me")).json()["secondFactor"] is True
    codes = done.json()["recoveryCodes"]
    assert (len(set(codes)), {len(code) for code in codes}) == (10, {19})
    [mail] = await identity.mails(who.email)
    assert (mail["template"], mail["values"]["change"]) == ("second-factor-changed", "on")


async def test_nothing_of_a_second_factor_can_be_read_in_the_database_or_on_the_log(
    identity: IdentityUnderTest, signed_in: SignedIn
) -> None:
    who = await identity.open_account()
    client = await signed_in(who)
    secret = (await client.post(f"{AT}/second-factors", json={"password": PASSWORD})).json()["secret"]
    codes = (await client.post(f"{AT}/second-factors/_confirm", json={"code": App(identity, secret).code()})).json()[
        "recoveryCodes"
    ]

    kept = await identity.rows("select secret from second_factor where user_id = :id", id=who.user_id)
    hashes = await identity.rows("select hash from recovery_code where user_id = :id", id=who.user_id)
    said = await identity.rows("select body from outbox")
    stored = await identity.rows("select body from stored_answer")

    assert secret not in kept[0].secret
    everything = "".join([*(row.hash for row in hashes), *(row.body for row in [*said, *stored])])
    assert not any(word in everything for word in [secret, *codes, *(totp.as_typed(code) for code in codes)])


async def test_signing_in_asks_for_a_code_on_a_second_page(identity: IdentityUnderTest, signed_in: SignedIn) -> None:
    who, browser = await identity.open_account(), identity.browser()
    app, _ = await an_app(identity, await signed_in(who))

    page = await second_step(browser, who)
    missed = await submit(browser, page, code=app.code(300))
    done = await submit(browser, missed, code=app.code(30))
    access, personal = await claims_after(browser, done)

    assert "One more step" in page.text
    assert (missed.status_code, "This code is not right" in missed.text) == (400, True)
    assert access["acr"] == personal["acr"] == "urn:keten:acr:two-factor"
    assert personal["amr"] == ["pwd", "otp", "mfa"]


async def test_without_a_second_factor_tokens_say_so(identity: IdentityUnderTest) -> None:
    who, browser = await identity.open_account(), identity.browser()

    answer = await second_step(browser, who)  # there is none: this is the way back to the program already
    code = httpx.URL(answer.headers["location"]).params["code"]
    tokens = await redeem(browser, CLIENT, code=code, verifier=VERIFIER)

    said = claims(tokens.id_token)
    assert (said["acr"], said["amr"]) == ("urn:keten:acr:password", ["pwd"])


async def test_a_password_alone_signs_nobody_in(identity: IdentityUnderTest, signed_in: SignedIn) -> None:
    who, browser = await identity.open_account(), identity.browser()
    await an_app(identity, await signed_in(who))
    page = await second_step(browser, who)

    around = await browser.get(str(page.url).replace("/sign-in/second-factor?request=", "/oauth2/authorize?"))
    set_up = await browser.get("/identity/sign-in/set-up")
    identity.clock.ahead = timedelta(minutes=16)
    late = await submit(browser, page, code="000000")

    assert "code=" not in around.headers.get("location", "")
    assert set_up.headers["location"] == "/identity/sign-in"
    assert late.headers["location"].startswith("/identity/sign-in?")
    assert "keten_browser" not in browser.cookies


async def test_a_code_is_good_once_also_for_two_at_the_same_moment(
    identity: IdentityUnderTest, signed_in: SignedIn
) -> None:
    who = await identity.open_account()
    app, _ = await an_app(identity, await signed_in(who))
    browsers = [identity.browser() for _ in range(4)]
    pages = [await second_step(browser, who) for browser in browsers]
    code = app.code(30)

    answers = await asyncio.gather(
        *(submit(browser, page, code=code) for browser, page in zip(browsers, pages, strict=True))
    )

    assert sorted(answer.status_code for answer in answers) == [303, 400, 400, 400]


async def test_a_recovery_code_is_good_once_and_its_use_is_told(
    identity: IdentityUnderTest, signed_in: SignedIn
) -> None:
    who = await identity.open_account()
    _, codes = await an_app(identity, await signed_in(who))

    answers = []
    for typed in (codes[0].lower().replace("-", " "), codes[0], codes[1]):
        browser = identity.browser()
        answers.append(await submit(browser, await second_step(browser, who), code=typed))

    assert [answer.status_code for answer in answers] == [303, 400, 303]
    changes = [mail["values"]["change"] for mail in await identity.mails(who.email)]
    assert changes == ["on", "recovery-used", "recovery-used"]


async def test_codes_are_not_guessed_and_a_known_browser_goes_on(
    identity: IdentityUnderTest, signed_in: SignedIn
) -> None:
    who, own = await identity.open_account(), identity.browser()
    app, codes = await an_app(identity, await signed_in(who))
    await submit(own, await second_step(own, who), code=codes[0])
    thief = identity.browser()
    page = await second_step(thief, who)

    guesses = await asyncio.gather(*(submit(thief, page, code=f"{n:06}") for n in range(40)))
    right = await submit(thief, page, code=app.code(30))
    owners = await submit(own, await second_step(own, who), code=app.code(30))

    assert {answer.status_code for answer in guesses} == {400}
    assert (right.status_code, owners.status_code) == (400, 303)
    assert [mail["template"] for mail in await identity.mails(who.email)].count("new-device") == 1


async def test_new_recovery_codes_take_the_place_of_the_old(identity: IdentityUnderTest, signed_in: SignedIn) -> None:
    who = await identity.open_account()
    client = await signed_in(who)
    app, before = await an_app(identity, client)

    asked = {"password": PASSWORD, "code": app.code(30)}
    after = (await client.post(f"{AT}/second-factors/_renew", json=asked)).json()["recoveryCodes"]

    answers = []
    for code in (before[0], after[0]):
        browser = identity.browser()
        answers.append(await submit(browser, await second_step(browser, who), code=code))
    assert [answer.status_code for answer in answers] == [400, 303]


async def test_switching_off_takes_password_and_code(identity: IdentityUnderTest, signed_in: SignedIn) -> None:
    who = await identity.open_account()
    client = await signed_in(who)
    none_yet = await client.post(f"{AT}/second-factors/_remove", json={"password": PASSWORD, "code": "000000"})
    app, _ = await an_app(identity, client)

    answers = [
        await client.post(f"{AT}/second-factors/_remove", json=asked)
        for asked in (
            {"password": "not the password", "code": app.code(30)},
            {"password": PASSWORD, "code": "000000"},
            {"password": PASSWORD, "code": app.code(30)},
        )
    ]

    assert (none_yet.status_code, none_yet.json()["type"]) == (409, "/problems/no-second-factor")
    assert [answer.status_code for answer in answers] == [403, 403, 204]
    assert [mail["values"]["change"] for mail in await identity.mails(who.email)] == ["on", "off"]
    denied = await identity.rows(
        "select action from access_log_line where actor_id = :id and outcome = 'denied'", id=who.user_id
    )
    assert [row.action for row in denied] == ["second_factor.remove"] * 2


async def test_a_password_is_kept_with_no_answer_to_be_repeated(
    identity: IdentityUnderTest, signed_in: SignedIn
) -> None:
    """Not even in a plain hash of what was sent, which is guessed a million times faster than a password's own."""
    client, key = await signed_in(await identity.open_account()), {"Idempotency-Key": f"{new_id()}"}
    app, _ = await an_app(identity, client)

    asked = {"password": PASSWORD, "code": app.code(30)}
    answers = [await client.post(f"{AT}/second-factors/_remove", json=asked, headers=key) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [204, 409]


async def test_who_holds_a_token_does_not_guess_the_password_with_it(
    identity: IdentityUnderTest, signed_in: SignedIn
) -> None:
    client = await signed_in(await identity.open_account())

    answers = await asyncio.gather(
        *(client.post(f"{AT}/second-factors", json={"password": f"guess {n}"}) for n in range(25))
    )
    right = await client.post(f"{AT}/second-factors", json={"password": PASSWORD})

    assert sorted(answer.status_code for answer in answers) == [403] * 10 + [429] * 15
    assert (right.status_code, right.json()["type"]) == (429, "/problems/too-many-tries")


async def test_who_holds_a_token_does_not_guess_the_first_code_with_it(
    identity: IdentityUnderTest, signed_in: SignedIn
) -> None:
    """Who confirms is told the recovery codes."""
    client = await signed_in(await identity.open_account())
    app = App(identity, (await client.post(f"{AT}/second-factors", json={"password": PASSWORD})).json()["secret"])
    wrong = "000000" if app.code() != "000000" else "111111"

    answers = await asyncio.gather(
        *(client.post(f"{AT}/second-factors/_confirm", json={"code": wrong}) for _ in range(15))
    )
    right = await client.post(f"{AT}/second-factors/_confirm", json={"code": app.code()})

    assert sorted(answer.status_code for answer in answers) == [403] * 10 + [429] * 5
    assert right.status_code == 429


async def test_an_administrator_resets_it_for_a_colleague_and_not_for_himself(
    identity: IdentityUnderTest, signed_in: SignedIn
) -> None:
    owner, stranger = await identity.open_account(), await signed_in(await identity.open_account())
    boss = await signed_in(owner)
    colleague, other = await identity.colleague(boss), await identity.colleague(boss)
    for who in (owner, colleague):
        await an_app(identity, await signed_in(who))
    path = f"{AT}/second-factors/{colleague.user_id}"

    answers = [
        await stranger.delete(path),
        await (await signed_in(other)).delete(path),
        await boss.delete(path),
        await boss.delete(path),
        await boss.delete(f"{AT}/second-factors/{owner.user_id}"),
    ]

    assert [answer.status_code for answer in answers] == [404, 403, 204, 409, 409]
    assert answers[-1].json()["type"] == "/problems/own-second-factor"
    assert (await boss.get(f"{AT}/users/{colleague.user_id}")).json()["secondFactor"] is False
    changes = [mail["values"].get("change") for mail in await identity.mails(colleague.email)]
    assert changes == ["on", "off"]
    logged = await identity.rows(
        "select outcome from access_log_line where action = 'second_factor.reset' and actor_id = :id order by seq",
        id=owner.user_id,
    )
    assert [row.outcome for row in logged] == ["allowed"]


async def test_who_is_removed_leaves_no_secret_behind(identity: IdentityUnderTest, signed_in: SignedIn) -> None:
    boss = await signed_in(await identity.open_account())
    colleague = await identity.colleague(boss)
    await an_app(identity, await signed_in(colleague))

    await boss.post(f"{AT}/users/{colleague.user_id}/_remove")

    for table in ("second_factor", "recovery_code"):
        assert await identity.rows(f"select 1 from {table} where user_id = :id", id=colleague.user_id) == []


async def test_an_account_demands_it_of_everybody_at_the_next_sign_in(
    identity: IdentityUnderTest, signed_in: SignedIn
) -> None:
    owner, browser = await identity.open_account(), identity.browser()
    boss = await signed_in(owner)
    colleague = await identity.colleague(boss, "administrator")
    path, body = f"{AT}/accounts/{owner.account_id}", {"secondFactorDemanded": True}
    tag = (await boss.get(path)).headers["etag"]

    by_another = await (await signed_in(colleague)).patch(path, json=body, headers={"If-Match": tag})
    without = await boss.patch(path, json=body)
    done = await boss.patch(path, json=body, headers={"If-Match": tag})
    page = await second_step(browser, colleague)
    [kept] = await identity.rows("select secret from second_factor where user_id = :id", id=colleague.user_id)
    app = App(identity, identity.service.api.state.setup.second_factors.open(kept.secret, of=colleague.user_id))
    missed = await submit(browser, page, code="000000")
    shown = await submit(browser, missed, code=app.code())

    assert (by_another.status_code, without.status_code, done.status_code) == (403, 428, 204)
    assert (await boss.get(path)).json()["secondFactorDemanded"] is True
    assert "data:image/svg+xml" in page.text
    assert "img-src data:" in page.headers["content-security-policy"]
    assert missed.status_code == 400
    assert shown.text.count("<li><code>") == 10
    assert "keten_browser" in browser.cookies
    again = identity.browser()
    assert "One more step" in (await second_step(again, colleague)).text


def test_a_code_is_of_now_or_a_step_beside_it() -> None:
    secret, now = totp.new_secret(), datetime(2026, 11, 23, 12, tzinfo=UTC)
    codes = pyotp.TOTP(secret)

    found = [totp.step_of(secret, codes.at(now + timedelta(seconds=s)), at=now) for s in (-60, -30, 0, 30, 60)]

    step = int(now.timestamp()) // 30
    assert found == [None, step - 1, step, step + 1, None]
    assert totp.step_of(secret, "", at=now) is None


def test_a_secret_is_opened_for_its_own_person_only_and_after_a_new_key() -> None:
    mine, other = new_id(), new_id()
    first = Keyring("a", {"a": b"k" * 32})
    kept = totp.SecretBox(first).close("SECRET", of=mine)

    rotated = totp.SecretBox(Keyring("b", {"b": b"m" * 32, "a": b"k" * 32}))

    assert rotated.open(kept, of=mine) == "SECRET"
    with pytest.raises(ValueError, match="not a secret"):
        rotated.open(kept, of=other)
    with pytest.raises(ValueError, match="not a secret"):
        totp.SecretBox(Keyring("b", {"b": b"m" * 32})).open(kept, of=mine)


def test_a_recovery_code_is_read_as_people_type_it() -> None:
    assert totp.as_typed(" rfs6-vaud 25wh-KRS6\t") == "RFS6VAUD25WHKRS6"
    assert totp.as_typed("１２３４５６") == ""


async def test_the_command_line_asks_for_the_code(identity: IdentityUnderTest, signed_in: SignedIn) -> None:
    who = await identity.open_account()
    app, _ = await an_app(identity, await signed_in(who))

    with pytest.raises(SignInRefused, match="A code is asked for as well"):
        await sign_in(URL, who.email, PASSWORD, transport=identity.transport)
    tokens = await sign_in(URL, who.email, PASSWORD, code=lambda: app.code(30), transport=identity.transport)

    assert claims(tokens.access_token)["acr"] == "urn:keten:acr:two-factor"


def test_a_secret_is_closed_and_named_by_one_key_also_while_keys_follow_one_another() -> None:
    class Following(Keyring):
        """Another key is current at every look."""

        looks = 0

        def held(self) -> Any:
            self.looks += 1
            return ("old", "new")[self.looks % 2], {"old": b"o" * 32, "new": b"n" * 32}

    box, who = totp.SecretBox(Following("old", {})), new_id()

    assert box.open(box.close("JBSWY3DPEHPK3PXP", of=who), of=who) == "JBSWY3DPEHPK3PXP"
