"""Guessing is stopped, for everybody but whom it is about; and a forgotten password, which is the other way back in."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from contracts.ids import new_id
from identity import passwords, proving, sessions, tries
from identity.sign_in.housekeeping import MAILS_KEPT, Forgetting
from identity.testing import PASSWORD, URL, IdentityUnderTest, Somebody, an_email
from keten.sign_in import SignInRefused, read_form, sign_in, submit

SignedIn = Callable[..., Awaitable[httpx.AsyncClient]]

WRONG = "een heel ander wachtwoord"
NEW = "nog een zin die niemand raadt"
AT = "/identity/v1"


async def try_in(browser: httpx.AsyncClient, email: str, password: str) -> httpx.Response:
    return await submit(browser, await browser.get("/identity/sign-in"), email=email, password=password)


async def guess(identity: IdentityUnderTest, email: str, times: int) -> list[httpx.Response]:
    """All at once, in a browser that nobody knows."""
    browser = identity.browser()
    page = await browser.get("/identity/sign-in")
    return await asyncio.gather(
        *(submit(browser, page, email=email, password=f"gok nummer {n:04}") for n in range(times))
    )


def shown(answer: httpx.Response, email: str) -> tuple[int, str]:
    """What a page says, without what is each browser's own."""
    token = read_form(answer.text).fields["formToken"]
    return answer.status_code, answer.text.replace(email, "…").replace(token, "…")


@pytest.fixture(autouse=True)
def own_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """All tests come from one address; what the one uses up is not to be missed by the next."""
    monkeypatch.setattr(proving, "NETWORK", tries.Budget(f"network {new_id()}", 200, timedelta(hours=1)))


async def test_many_guesses_at_once_are_stopped_and_not_only_slowed(identity: IdentityUnderTest, hashing: Any) -> None:
    who = await identity.open_account()
    hashing.steps.clear()

    answers = await guess(identity, who.email, 60)
    right = await try_in(identity.browser(), who.email, PASSWORD)

    assert hashing.steps == ["verify"] * tries.PASSWORDS.times
    assert {answer.status_code for answer in [*answers, right]} == {400}
    assert "The e-mail address or the password is not right." in right.text


async def test_an_address_that_nobody_has_is_treated_alike(identity: IdentityUnderTest, hashing: Any) -> None:
    known, unknown, invited = (await identity.open_account()).email, an_email(), an_email()
    await identity.sign_up(invited)
    hashing.steps.clear()

    told, steps = [], []
    for email in (known, unknown, invited):
        answers = [await try_in(identity.browser(), email, WRONG) for _ in range(13)]
        told.append([shown(answer, email) for answer in answers])
        steps.append(list(hashing.steps))
        hashing.steps.clear()

    assert told[0] == told[1] == told[2]
    assert steps == [["verify"] * 10] * 3


async def test_whom_it_is_about_goes_on_where_he_was_before(identity: IdentityUnderTest) -> None:
    who, own = await identity.open_account(), identity.browser()
    assert (await try_in(own, who.email, PASSWORD)).status_code == 303

    await guess(identity, who.email, 30)
    elsewhere = await try_in(identity.browser(), who.email, PASSWORD)
    typing_error = await try_in(own, who.email, WRONG)
    at_home = await try_in(own, who.email, PASSWORD)

    assert (elsewhere.status_code, typing_error.status_code, at_home.status_code) == (400, 400, 303)


async def test_a_known_browser_has_no_more_tries_than_others(identity: IdentityUnderTest, hashing: Any) -> None:
    """Whoever stole a cookie guesses no further than without: its own tries, then those of everybody."""
    who, own = await identity.open_account(), identity.browser()
    await try_in(own, who.email, PASSWORD)
    page = await own.get("/identity/sign-in")
    hashing.steps.clear()

    await asyncio.gather(*(submit(own, page, email=who.email, password=f"gok {n}") for n in range(60)))

    assert len(hashing.steps) == 2 * tries.PASSWORDS.times
    identity.clock.ahead = timedelta(hours=1, seconds=1)
    assert (await try_in(own, who.email, PASSWORD)).status_code == 303


async def test_a_device_cookie_is_a_persons_own_and_cannot_be_made(identity: IdentityUnderTest) -> None:
    who, other = await identity.open_account(), await identity.open_account()
    browser = identity.browser()
    answer = await try_in(browser, other.email, PASSWORD)
    [(name, morsel)] = [(n, m) for n, m in _cookies(answer).items() if n.startswith("keten_device_")]
    await guess(identity, who.email, 12)
    his = identity.service.api.state.setup.devices.name(who.user_id)

    answers = []
    for value in (morsel.value, f"{new_id().hex}.{morsel.value.partition('.')[2]}", "x", f"{new_id().hex}."):
        thief = identity.browser()
        thief.cookies.set(his, value)
        answers.append(await try_in(thief, who.email, PASSWORD))

    assert {answer.status_code for answer in answers} == {400}
    assert morsel["httponly"]
    assert (morsel["samesite"], morsel["path"]) == ("lax", "/identity")
    assert int(morsel["max-age"]) == timedelta(days=180).total_seconds()
    assert name != his


async def test_colleagues_share_a_computer(identity: IdentityUnderTest) -> None:
    people, browser = [await identity.open_account() for _ in range(2)], identity.browser()
    for who in people:
        await try_in(browser, who.email, PASSWORD)

    for who in people:
        await guess(identity, who.email, 12)

    assert [(await try_in(browser, who.email, PASSWORD)).status_code for who in people] == [303, 303]


async def test_who_is_locked_out_gets_one_mail_that_lets_him_in(identity: IdentityUnderTest) -> None:
    who, new = await identity.open_account(), identity.browser()
    await guess(identity, who.email, 30)
    identity.clock.ahead = timedelta(hours=2)
    await guess(identity, who.email, 30)

    [mail] = await identity.mails(who.email)
    before = await try_in(new, who.email, PASSWORD)
    looked = await new.get(mail["values"]["link"])
    pressed = await identity.follow(mail["values"]["link"], new)
    after = await try_in(new, who.email, PASSWORD)
    again = await identity.follow(mail["values"]["link"], identity.browser())

    assert (mail["template"], mail["values"]["name"]) == ("new-device", "Taco van den Bakker")
    assert (before.status_code, looked.status_code, pressed.status_code, after.status_code) == (400, 200, 200, 303)
    assert again.status_code == 410


async def test_nobody_is_mailed_about_an_address_that_nobody_has(identity: IdentityUnderTest) -> None:
    email = an_email()

    await guess(identity, email, 12)

    assert len(await identity.rows("select 1 from mail_request where email = :email", email=email)) == 1
    assert await identity.mails(email) == []


async def test_one_network_does_not_try_address_after_address(
    identity: IdentityUnderTest, hashing: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proving, "NETWORK", tries.Budget(f"few {new_id()}", 5, timedelta(hours=1)))
    who, known = await identity.open_account(), identity.browser()
    await try_in(known, who.email, PASSWORD)
    hashing.steps.clear()

    for _ in range(8):
        await try_in(identity.browser(), an_email(), WRONG)

    assert hashing.steps == ["verify"] * 5
    assert (await try_in(identity.browser(), who.email, PASSWORD)).status_code == 400
    assert (await try_in(known, who.email, PASSWORD)).status_code == 303


async def test_a_right_password_uses_nothing_up(identity: IdentityUnderTest) -> None:
    who = await identity.open_account()

    answers = [await try_in(identity.browser(), who.email, PASSWORD) for _ in range(15)]

    assert {answer.status_code for answer in answers} == {303}


async def test_tries_are_counted_by_all_processes_together(identity: IdentityUnderTest) -> None:
    who, budget = f"{new_id()}", tries.Budget("shared", 3, timedelta(hours=1))
    made, now = identity.service.runtime.made, identity.clock()

    taken = await asyncio.gather(*(tries.spend(made, (budget, who), now=now) for _ in range(9)))

    assert sorted(one.left for [one] in taken) == list(range(-6, 3))
    assert len(await identity.rows("select 1 from tries where key like :key", key=f"%{who}%")) == 0


async def test_a_forgotten_password_is_chosen_anew_by_the_link(identity: IdentityUnderTest) -> None:
    who, browser = await identity.open_account(), identity.browser()
    tokens = await sign_in(URL, who.email, PASSWORD, transport=identity.transport)

    page = await browser.get("/identity/sign-in/forgotten")
    sent = await submit(browser, page, email=f" {who.email.upper()}")
    link = await identity.link(who.email)
    weak = await identity.follow(link, browser, password="kort")
    done = await identity.follow(link, browser, password=NEW)
    again = await identity.follow(link, browser, password=PASSWORD)

    assert "Look in your mail" in sent.text
    assert (weak.status_code, done.status_code, again.status_code) == (400, 200, 410)
    assert (await identity.browser(tokens.access_token).get(f"{AT}/users/me")).status_code == 401
    assert (await sign_in(URL, who.email, NEW, transport=identity.transport)).access_token
    with pytest.raises(SignInRefused):
        await sign_in(URL, who.email, PASSWORD, transport=identity.transport)


async def test_a_reset_tells_nobody_whether_an_address_is_known(identity: IdentityUnderTest, hashing: Any) -> None:
    known, unknown = (await identity.open_account()).email, an_email()
    hashing.steps.clear()

    over_http, on_page = [], []
    for email in (known, unknown):
        answer = await identity.browser().post(f"{AT}/password-resets", json={"email": email})
        over_http.append((answer.status_code, list(answer.json()), sorted(answer.headers)))
        browser = identity.browser()
        page = await browser.get("/identity/sign-in/forgotten")
        sent = await submit(browser, page, email=email)
        on_page.append((sent.status_code, sent.text))

    assert over_http[0] == over_http[1]
    assert on_page[0] == on_page[1]
    assert hashing.steps == []
    assert [mail["template"] for mail in await identity.mails(known)] == ["password-reset"] * 2
    assert await identity.mails(unknown) == []


async def test_a_password_that_is_reset_while_it_is_tried_begins_nothing(
    identity: IdentityUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    who, thief = await identity.open_account(), identity.browser()
    await identity.browser().post(f"{AT}/password-resets", json={"email": who.email})
    link, matches = await identity.link(who.email), passwords.matches

    async def slowly(password: str, kept: str | None) -> bool:
        found = await matches(password, kept)
        await identity.follow(link, password=NEW)
        return found

    monkeypatch.setattr(passwords, "matches", slowly)
    answer = await try_in(thief, who.email, PASSWORD)

    assert answer.headers["location"] == "/identity/sign-in"
    assert "keten_browser" not in _cookies(answer)
    assert await identity.rows("select 1 from browser where user_id = :id", id=who.user_id) == []


async def test_a_reset_waits_for_whoever_is_signing_in_or_getting_a_code(identity: IdentityUnderTest) -> None:
    """What begins beside it would otherwise outlive it, unseen."""
    who, browser, made = await identity.open_account(), identity.browser(), identity.service.runtime.made
    cookie = _cookies(await try_in(browser, who.email, PASSWORD))["keten_browser"].value
    [kept] = await identity.rows("select password_hash from app_user where id = :id", id=who.user_id)

    async with made() as one, one.begin():
        assert await sessions.is_still_let_in(one, who.user_id, password_hash=kept.password_hash)
        assert await _waits(identity, "update app_user set version = version where id = :id", who)
    async with made() as one, one.begin():
        assert await sessions.recognise(one, cookie, now=identity.clock(), held=True)
        assert await _waits(identity, "update browser set ended_at = now() where user_id = :id", who)


async def _waits(identity: IdentityUnderTest, sql: str, who: Somebody) -> bool:
    async with identity.service.runtime.made() as other, other.begin():
        await other.execute(text("set local lock_timeout = '50ms'"))
        try:
            await other.execute(text(sql), {"id": who.user_id})
        except DBAPIError as fault:
            return getattr(fault.orig, "sqlstate", None) == "55P03"
        return False


async def test_a_reset_spends_every_other_link_and_what_was_halfway(
    identity: IdentityUnderTest, signed_in: SignedIn
) -> None:
    who, new = await identity.open_account(), an_email()
    await (await signed_in(who)).post(f"{AT}/email-verifications", json={"email": new, "password": PASSWORD})
    to_new = await identity.link(new)
    for _ in range(2):
        await identity.browser().post(f"{AT}/password-resets", json={"email": who.email})
    first, second = [mail["values"]["link"] for mail in await identity.mails(who.email)]

    done = await identity.follow(second, password=NEW)

    assert done.status_code == 200
    assert [(await identity.follow(link, password=WRONG)).status_code for link in (first, to_new)] == [410, 410]
    assert await identity.mails(who.email) == []


async def test_a_reset_lets_a_person_in_who_was_locked_out(identity: IdentityUnderTest) -> None:
    who, browser = await identity.open_account(), identity.browser()
    await guess(identity, who.email, 12)
    await identity.browser().post(f"{AT}/password-resets", json={"email": who.email})
    [link] = [m["values"]["link"] for m in await identity.mails(who.email) if m["template"] == "password-reset"]

    await identity.follow(link, browser, password=NEW)

    assert (await try_in(browser, who.email, NEW)).status_code == 303
    assert (await try_in(identity.browser(), who.email, NEW)).status_code == 400


async def test_a_reset_is_for_who_may_sign_in(identity: IdentityUnderTest, signed_in: SignedIn) -> None:
    boss = await signed_in(await identity.open_account())
    colleague = await identity.colleague(boss)
    await identity.browser().post(f"{AT}/password-resets", json={"email": colleague.email})
    link = await identity.link(colleague.email)

    await boss.post(f"{AT}/users/{colleague.user_id}/_suspend")

    assert await identity.mails(colleague.email) == []
    assert (await identity.follow(link, password=NEW)).status_code == 410


@pytest.mark.parametrize("path", ["forgotten", "forgotten?request=x", "new-password?link=x", "new-device", "set-up"])
async def test_pages_are_plain_and_in_the_readers_language(identity: IdentityUnderTest, path: str) -> None:
    for language in ("nl", "en"):
        page = await identity.browser(**{"Accept-Language": language}).get(
            f"/identity/sign-in/{path}", follow_redirects=True
        )

        assert f'<html lang="{language}">' in page.text
        assert "<script" not in page.text
        assert "script-src" not in page.headers["content-security-policy"]
        assert page.headers["referrer-policy"] == "no-referrer"


async def test_another_sites_form_does_nothing(identity: IdentityUnderTest) -> None:
    who = await identity.open_account()
    await identity.browser().post(f"{AT}/password-resets", json={"email": who.email})
    link = await identity.link(who.email)
    said = {"link": link.partition("link=")[2], "password": NEW, "email": who.email, "code": "000000"}

    answers = [
        await identity.browser().post(f"/identity/{path}", data=said)
        for path in ("sign-in/new-password", "sign-in/forgotten", "sign-in/new-device", "sign-up", "verify-address")
    ]

    assert {answer.status_code for answer in answers} <= {400, 410}
    assert len(await identity.mails(who.email)) == 1
    assert (await sign_in(URL, who.email, PASSWORD, transport=identity.transport)).access_token


async def test_what_nobody_can_use_any_more_is_forgotten(identity: IdentityUnderTest, signed_in: SignedIn) -> None:
    who, asked = await identity.open_account(), an_email()
    client = await signed_in(who)
    await identity.sign_up(asked)
    await client.post(f"{AT}/second-factors", json={"password": PASSWORD})
    await guess(identity, asked, 2)
    forgetting = Forgetting(identity.service.runtime.made, identity.clock)

    await forgetting.forget()
    kept = await _left(identity, asked, who)
    identity.clock.ahead = timedelta(days=2, hours=1)
    await forgetting.forget()
    later = await _left(identity, asked, who)
    identity.clock.ahead = MAILS_KEPT + timedelta(hours=1)
    await forgetting.forget()

    assert (kept, later) == ((1, 1, 1), (1, 0, 0)), "whom a mail went to is known for as long as it may be kept"
    assert await _left(identity, asked, who) == (0, 0, 0)
    assert await identity.rows("select 1 from tries") == []


async def test_what_is_forgotten_is_looked_for_by_an_index(identity: IdentityUnderTest) -> None:
    """Deleting a row looks for whatever points to it."""
    slow = await identity.rows("""
        select pointing.conname from pg_constraint pointing
         where pointing.contype = 'f' and pointing.confrelid in ('session'::regclass, 'browser'::regclass,
               'mail_request'::regclass, 'second_factor'::regclass, 'service_secret'::regclass)
           and not exists (select from pg_index where indrelid = pointing.conrelid
                              and indkey[0] = pointing.conkey[1] and indpred is null)""")

    assert [row.conname for row in slow] == []


async def _left(identity: IdentityUnderTest, email: str, who: Somebody) -> tuple[int, int, int]:
    mails = await identity.rows("select 1 from mail_request where email = :email", email=email)
    asked = await identity.rows(
        "select 1 from sign_up s join mail_request m on m.id = s.id where m.email = :email", email=email
    )
    factors = await identity.rows("select 1 from second_factor where user_id = :id", id=who.user_id)
    return len(mails), len(asked), len(factors)


def _cookies(answer: httpx.Response) -> dict[str, Any]:
    jar = SimpleCookie()
    for line in answer.headers.get_list("set-cookie"):
        jar.load(re.sub(r"\s+", " ", line))
    return dict(jar)
