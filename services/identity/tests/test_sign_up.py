"""Coming in by mail: accounts, colleagues and addresses; and that no answer tells who is known."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from contracts.ids import new_id
from identity import emails, tries
from identity.testing import PASSWORD, URL, IdentityUnderTest, an_email
from keten.sign_in import SignInRefused, sign_in

SignedIn = Callable[..., Awaitable[httpx.AsyncClient]]

AT = "/identity/v1"


def told(answer: httpx.Response) -> tuple[int, dict[str, str], str]:
    """All of an answer but times, and the signed position of what was written."""
    body = {name: value for name, value in answer.json().items() if name != "expiresAt"}
    own = ("keten-position", "location", "etag", "content-length")
    headers = {name: value for name, value in answer.headers.items() if name not in own}
    return answer.status_code, headers, json.dumps(body)


async def templates(identity: IdentityUnderTest, email: str) -> list[str]:
    return [mail["template"] for mail in await identity.mails(email)]


async def test_an_account_is_opened_by_the_link_that_was_mailed(identity: IdentityUnderTest) -> None:
    email = an_email()

    asked = await identity.sign_up(email, organisation="Kracht", name="Tess Bakker")
    [mail] = await identity.mails(email)
    before = await identity.rows("select 1 from app_user where email = :email", email=email)
    opened = await identity.follow(mail["values"]["link"], password=PASSWORD)

    assert (asked.status_code, list(asked.json())) == (202, ["expiresAt"])
    assert (mail["to"], mail["language"], mail["template"]) == (email, "nl", "sign-up")
    assert {**mail["values"], "link": ""} == {"name": "Tess Bakker", "organisation": "Kracht", "link": ""}
    assert before == []
    assert opened.status_code == 200
    assert "keten-position" in opened.headers
    assert (await sign_in(URL, email, PASSWORD, transport=identity.transport)).access_token


async def test_looking_at_a_link_opens_nothing(identity: IdentityUnderTest) -> None:
    email = an_email()
    await identity.sign_up(email)
    link = await identity.link(email)

    looked = [(await identity.browser().get(link)).status_code for _ in range(2)]

    assert looked == [200, 200]
    assert await identity.rows("select 1 from app_user where email = :email", email=email) == []


async def test_a_link_that_somebody_else_asked_for_makes_no_account_of_his(identity: IdentityUnderTest) -> None:
    """He knows the password and not the mailbox; who has the mailbox does not know the password."""
    email = an_email()
    await identity.sign_up(email)

    answer = await identity.follow(await identity.link(email), password="mijn eigen lange wachtwoord")

    assert answer.status_code == 400
    assert "not the password that was chosen" in answer.text
    assert await identity.rows("select 1 from app_user where email = :email", email=email) == []


async def test_the_chosen_password_is_not_guessed_by_who_has_the_link(
    identity: IdentityUnderTest, hashing: Any
) -> None:
    email = an_email()
    await identity.sign_up(email)
    link = await identity.link(email)
    hashing.steps.clear()

    answers = await asyncio.gather(*(identity.follow(link, password=f"gok nummer {n}") for n in range(30)))

    assert {answer.status_code for answer in answers} == {400}
    assert hashing.steps == ["verify"] * tries.PASSWORDS.times


@pytest.mark.rule("SHR-8")
async def test_a_link_opens_once_also_for_two_at_the_same_moment(identity: IdentityUnderTest) -> None:
    email = an_email()
    await identity.sign_up(email)
    await identity.sign_up(email)
    links = [mail["values"]["link"] for mail in await identity.mails(email)]

    answers = await asyncio.gather(*(identity.follow(link, password=PASSWORD) for link in [*links, *links]))

    assert sorted(answer.status_code for answer in answers)[0] == 200
    assert {answer.status_code for answer in answers} <= {200, 409, 410}
    assert len(await identity.rows("select 1 from app_user where email = :email", email=email)) == 1
    assert (await identity.follow(links[0], password=PASSWORD)).status_code == 410


async def test_a_forged_or_old_link_opens_nothing(identity: IdentityUnderTest) -> None:
    email = an_email()
    await identity.sign_up(email)
    link = await identity.link(email)
    request_id, _, signature = link.partition("link=")[2].partition(".")

    forged = [
        link.replace(request_id, str(new_id())),
        link.replace(signature, signature[:-2] + "AA"),
        link.replace("/identity/sign-up", "/identity/sign-in/new-password"),
        link.replace("/identity/sign-up", "/identity/verify-address"),
        f"{URL}/identity/sign-up?link={request_id}",
        f"{URL}/identity/sign-up?link=%00",
        f"{URL}/identity/sign-up",
    ]

    assert [(await identity.browser().get(one)).status_code for one in forged] == [410] * len(forged)
    identity.clock.ahead = timedelta(hours=24, minutes=1)
    assert (await identity.browser().get(link)).status_code == 410


@pytest.mark.rule("SHR-8")
async def test_a_sign_up_tells_nobody_whether_an_address_is_known(identity: IdentityUnderTest, hashing: Any) -> None:
    known, unknown = (await identity.open_account()).email, an_email()
    hashing.steps.clear()

    answers, steps = [], []
    for email in (known, unknown):
        answers.append(told(await identity.sign_up(f"  {email.upper()} ")))
        steps.append(list(hashing.steps))
        hashing.steps.clear()

    assert answers[0] == answers[1]
    assert steps == [["hash"], ["hash"]]
    [mail] = await identity.mails(known)
    assert (mail["template"], mail["values"]["name"]) == ("sign-up-known", "Taco van den Bakker")
    assert mail["values"]["link"] == f"{URL}/identity/sign-in/forgotten"
    assert await templates(identity, unknown) == ["sign-up"]


async def test_the_log_carries_no_address_name_or_link(identity: IdentityUnderTest) -> None:
    email = an_email()
    await identity.sign_up(email, organisation="Bijzonder", name="Zonderling")
    link = await identity.link(email)

    rows = await identity.rows("select body from outbox where type like '%mail-requested%'")

    on_the_log = "".join(row.body for row in rows)
    assert not any(word in on_the_log for word in (email, "Bijzonder", "Zonderling", link.rpartition(".")[2]))
    assert '"purpose":"sign-up"' in on_the_log.replace(" ", "")


async def test_a_mailbox_is_not_filled(identity: IdentityUnderTest) -> None:
    email = an_email()

    answers = [await identity.sign_up(email) for _ in range(7)]

    assert {answer.status_code for answer in answers} == {202}
    assert len(await identity.mails(email)) == tries.MAILS.times


async def test_sign_ups_from_one_place_are_limited(
    identity: IdentityUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    budget = tries.Budget(f"few {new_id()}", 2, timedelta(hours=1))
    monkeypatch.setattr("identity.api.accounts.SIGN_UPS", budget)

    answers = [await identity.sign_up(an_email()) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert 3590 < int(answers[2].headers["retry-after"]) <= 3600


@pytest.mark.parametrize(
    "name",
    [
        "Tess\u200bBakker",
        "\u202eBakker",
        "Tess\u2066",
        "Te\u00adss",
        "\u3164",
        "Tess\u2028",
        "\ufeffTess",
        "\U000e0041",
    ],
)
async def test_a_name_holds_nothing_that_cannot_be_seen(identity: IdentityUnderTest, name: str) -> None:
    answer = await identity.sign_up(an_email(), name=f"{name} Bakker")

    assert answer.status_code == 400
    [fault] = answer.json()["faults"]
    assert (fault["location"], fault["code"]) == ("body.owner.name", "text_invisible")
    assert fault["message"] == "This holds invisible or control characters. Type it again."


async def test_a_name_is_kept_in_one_form(identity: IdentityUnderTest, signed_in: SignedIn) -> None:
    client = await signed_in(await identity.open_account(name="Zoe\u0308 d’Ancona"))

    assert (await client.get(f"{AT}/users/me")).json()["name"] == "Zo\u00eb d’Ancona"


async def test_a_new_colleague_sets_his_password_once(identity: IdentityUnderTest, signed_in: SignedIn) -> None:
    boss, browser, email = await signed_in(await identity.open_account("Zorg 4 You")), identity.browser(), an_email()

    added = await boss.post(f"{AT}/users", json={"name": "Noor", "email": email, "role": "member"})
    [mail] = await identity.mails(email)
    link = mail["values"]["link"]
    weak = await identity.follow(link, browser, password="kort")
    done = await identity.follow(link, browser, password=PASSWORD)
    again = await identity.follow(link, browser, password="een andere lange zin")

    assert "invitedUntil" in added.json()
    assert "link" not in added.text
    assert mail["template"] == "invitation"
    assert (mail["values"]["inviter"], mail["values"]["organisation"]) == ("Taco van den Bakker", "Zorg 4 You")
    assert "A password has 12 to 128 characters" in weak.text
    assert "Your password is set" in done.text
    assert (again.status_code, (await browser.get(link)).status_code) == (410, 410)
    assert (await sign_in(URL, email, PASSWORD, transport=identity.transport)).access_token


async def test_a_replaced_or_old_invitation_opens_nothing(identity: IdentityUnderTest, signed_in: SignedIn) -> None:
    boss, browser, email = await signed_in(await identity.open_account()), identity.browser(), an_email()
    added = (await boss.post(f"{AT}/users", json={"name": "Noor", "email": email, "role": "member"})).json()
    first = await identity.link(email)

    again = await boss.post(f"{AT}/users/{added['id']}/_invite")
    second = await identity.link(email)
    forged = second.replace(".2.", ".3.")

    assert again.status_code == 202
    assert [(await browser.get(link)).status_code for link in (first, forged, second)] == [410, 410, 200]
    identity.clock.ahead = timedelta(days=7, minutes=1)
    assert (await browser.get(second)).status_code == 410
    assert await identity.mails(email) == []


@pytest.mark.rule("SHR-4", "SHR-8")
async def test_adding_somebody_tells_nobody_that_he_is_known_elsewhere(
    identity: IdentityUnderTest, signed_in: SignedIn
) -> None:
    there, boss = await identity.open_account(), await signed_in(await identity.open_account("Elders"))
    unknown = an_email()

    answers = [
        await boss.post(f"{AT}/users", json={"name": "Noor", "email": email, "role": "member"})
        for email in (there.email, unknown)
    ]

    shown = [{**answer.json(), "id": "", "email": "", "invitedUntil": ""} for answer in answers]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert shown[0] == shown[1]
    [mail] = await identity.mails(there.email)
    assert (mail["template"], "link" in mail["values"]) == ("invitation-known", False)
    assert await templates(identity, unknown) == ["invitation"]
    rows = (await boss.get(f"{AT}/users")).json()["items"]
    assert sorted((row["verified"], row["activated"]) for row in rows) == [(False, False), (False, False), (True, True)]


@pytest.mark.rule("SHR-8")
async def test_an_address_is_claimed_by_who_proves_it(identity: IdentityUnderTest, signed_in: SignedIn) -> None:
    email = an_email()
    bosses = [await signed_in(await identity.open_account(name)) for name in ("Kracht", "Elders")]
    for boss in bosses:
        await boss.post(f"{AT}/users", json={"name": "Noor", "email": email, "role": "member"})
    await identity.sign_up(email)
    links = [mail["values"]["link"] for mail in await identity.mails(email)]

    before = await bosses[0].post(f"{AT}/users/_find", json={"email": email})
    answers = [await identity.follow(link, password=PASSWORD) for link in links]
    found = await bosses[0].post(f"{AT}/users/_find", json={"email": email})

    assert before.status_code == 404
    assert [answer.status_code for answer in answers] == [200, 409, 410]
    assert "You have an account already" in answers[1].text
    assert found.json()["organisation"] == "Kracht"


@pytest.mark.rule("SHR-8")
async def test_a_colleague_is_in_an_account_once(identity: IdentityUnderTest, signed_in: SignedIn) -> None:
    boss, email = await signed_in(await identity.open_account()), an_email()
    body = {"name": "Noor", "email": email, "role": "member"}

    answers = await asyncio.gather(*(boss.post(f"{AT}/users", json=body) for _ in range(3)))

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]


async def test_an_address_changes_when_the_new_one_is_proven(identity: IdentityUnderTest, signed_in: SignedIn) -> None:
    who, new = await identity.open_account(), an_email()
    client = await signed_in(who)

    wrong = await client.post(f"{AT}/email-verifications", json={"email": new, "password": "not the password"})
    asked = await client.post(f"{AT}/email-verifications", json={"email": new, "password": PASSWORD})
    before = (await client.get(f"{AT}/users/me")).json()["email"]
    done = await identity.follow(await identity.link(new))

    assert (wrong.status_code, wrong.json()["type"]) == (403, "/problems/password-wrong")
    assert (asked.status_code, before) == (202, who.email)
    assert (done.status_code, (await client.get(f"{AT}/users/me")).json()["email"]) == (200, new)
    [notice] = await identity.mails(who.email)
    assert (notice["to"], notice["template"], notice["values"]) == (
        who.email,
        "address-changed",
        {"name": "Taco van den Bakker"},
    )
    assert (await sign_in(URL, new, PASSWORD, transport=identity.transport)).access_token
    with pytest.raises(SignInRefused):
        await sign_in(URL, who.email, PASSWORD, transport=identity.transport)


async def test_an_address_change_tells_nobody_that_the_address_is_known(
    identity: IdentityUnderTest, signed_in: SignedIn
) -> None:
    there, client = await identity.open_account(), await signed_in(await identity.open_account())
    unknown = an_email()

    answers = [
        told(await client.post(f"{AT}/email-verifications", json={"email": email, "password": PASSWORD}))
        for email in (there.email, unknown)
    ]

    assert answers[0] == answers[1]
    assert await identity.mails(there.email) == []
    assert await templates(identity, unknown) == ["address-change"]


async def test_an_address_that_was_proven_by_another_meanwhile_stays_his(
    identity: IdentityUnderTest, signed_in: SignedIn
) -> None:
    who, email = await identity.open_account(), an_email()
    await (await signed_in(who)).post(f"{AT}/email-verifications", json={"email": email, "password": PASSWORD})
    link = await identity.link(email)
    await identity.sign_up(email)
    await identity.follow(await identity.link(email), password=PASSWORD)

    answer = await identity.follow(link)

    assert answer.status_code in (409, 410)
    assert (await sign_in(URL, who.email, PASSWORD, transport=identity.transport)).access_token


async def test_only_a_peer_is_told_what_to_mail(identity: IdentityUnderTest) -> None:
    who = await identity.open_account()
    await identity.sign_up(an_email())
    [request] = await identity.rows("select id from mail_request order by id desc limit 1")
    internal = httpx.ASGITransport(app=identity.service.internal)
    stranger = httpx.AsyncClient(transport=internal, base_url="http://identity")

    answers = [await stranger.get(path) for path in (f"/mail-contents/{request.id}", f"/addressees/{who.user_id}")]
    outside = await identity.browser().get(f"/identity/v1/mail-contents/{request.id}")
    await stranger.aclose()

    assert [answer.status_code for answer in answers] == [401, 401]
    assert outside.status_code in (401, 404)
    assert (await identity.peer.get(f"/mail-contents/{new_id()}")).status_code == 404


async def test_mail_is_not_sent_to_who_may_not_be_reached(identity: IdentityUnderTest, signed_in: SignedIn) -> None:
    owner = await identity.open_account("Kracht", "Tess Bakker")
    boss = await signed_in(owner)
    suspended, removed = await identity.colleague(boss), await identity.colleague(boss)
    invited = (await boss.post(f"{AT}/users", json={"name": "N", "email": an_email(), "role": "member"})).json()
    await boss.post(f"{AT}/users/{suspended.user_id}/_suspend")
    await boss.post(f"{AT}/users/{removed.user_id}/_remove")

    asked = (suspended.user_id, removed.user_id, invited["id"], new_id(), owner.user_id)
    answers = [await identity.peer.get(f"/addressees/{user_id}") for user_id in asked]

    assert [answer.status_code for answer in answers] == [404, 404, 404, 404, 200]
    assert answers[-1].json() == {
        "email": owner.email,
        "language": "nl",
        "name": "Tess Bakker",
        "initials": "TB",
        "organisation": "Kracht",
    }


async def test_what_was_too_late_or_is_spent_is_gone(identity: IdentityUnderTest) -> None:
    email = an_email()
    await identity.sign_up(email)
    [request] = await identity.rows("select id from mail_request where email = :email", email=email)

    await identity.follow(await identity.link(email), password=PASSWORD)
    spent = await identity.peer.get(f"/mail-contents/{request.id}")
    await identity.sign_up(other := an_email())
    identity.clock.ahead = timedelta(hours=24, minutes=1)
    [late] = await identity.rows("select id from mail_request where email = :email", email=other)

    assert spent.status_code == 410
    assert (await identity.peer.get(f"/mail-contents/{late.id}")).status_code == 410


async def test_deeds_by_a_link_stand_in_the_access_log(identity: IdentityUnderTest, signed_in: SignedIn) -> None:
    who = await identity.open_account()
    colleague = await identity.colleague(await signed_in(who))

    logged = await identity.rows(
        "select action, client, reasons from access_log_line where client = 'sign-in' and actor_id in (:a, :b) order by seq",
        a=who.user_id,
        b=colleague.user_id,
    )

    assert [(row.action, row.reasons) for row in logged] == [
        ("account.open", [{"rule": "link"}]),
        ("user.activate", [{"rule": "link"}]),
    ]


async def test_a_name_that_is_mailed_to_strangers_leads_nowhere(identity: IdentityUnderTest) -> None:
    answers = [
        await identity.sign_up(an_email(), organisation=name)
        for name in ("Win at https://evil.example", "WWW.evil.example", "Zorg@Home / Carinova.nl")
    ]

    assert [answer.status_code for answer in answers] == [400, 400, 202]
    assert answers[0].json()["faults"][0]["code"] == "text_web_address"


def test_an_address_never_becomes_that_of_another() -> None:
    assert emails.normal(" Jan@Strasse.EXAMPLE ") == "jan@strasse.example"
    assert emails.normal("jan@Straße.example") != emails.normal("jan@strasse.example")
    with pytest.raises(emails.EmailNotValidError):
        emails.normal("weiß@voorbeeld.example")  # what cannot be mailed


async def test_mail_goes_to_a_domain_as_mail_servers_write_it(identity: IdentityUnderTest) -> None:
    email = an_email().replace("@", "@köln.")

    await identity.sign_up(email)

    [mail] = await identity.mails(email)
    assert mail["to"] == email.replace("köln", "xn--kln-sna")


async def test_nobody_is_added_and_removed_all_day(identity: IdentityUnderTest, signed_in: SignedIn) -> None:
    """Each time he would be another user, and get another mail."""
    boss, email = await signed_in(await identity.open_account()), an_email()
    body = {"name": "Lennart Smit", "email": email, "role": "member"}

    answers = []
    for _ in range(7):
        answers.append(await boss.post(f"{AT}/users", json=body))
        if answers[-1].is_success:
            await boss.post(f"{AT}/users/{answers[-1].json()['id']}/_remove")

    assert [answer.status_code for answer in answers] == [201] * 5 + [429] * 2


async def test_nobody_is_invited_all_day(identity: IdentityUnderTest, signed_in: SignedIn) -> None:
    boss, email = await signed_in(await identity.open_account()), an_email()
    added = (await boss.post(f"{AT}/users", json={"name": "Noor", "email": email, "role": "member"})).json()

    answers = [await boss.post(f"{AT}/users/{added['id']}/_invite") for _ in range(6)]

    assert [answer.status_code for answer in answers] == [202] * 4 + [429] * 2
    assert answers[-1].json()["type"] == "/problems/too-many-mails"
    assert (await identity.browser().get(await identity.link(email))).status_code == 200


async def test_the_release_before_goes_on_beside_this_one(identity: IdentityUnderTest, signed_in: SignedIn) -> None:
    """It knows none of the new columns; whom it adds counts as verified."""
    who, name = await identity.open_account(), an_email()
    written = [
        "insert into app_user (id, account_id, email, name, initials, sort_key, language, role, status, medical,"
        " password_hash, link_generation, link_expires_at, added_at, version) select gen_random_uuid(), account_id,"
        f" '{name}', 'Noor', 'N', 'noor', 'nl', 'member', 'active', false, password_hash, 1, null, now(), 1"
        " from app_user where id = :id",
        "insert into browser (id, secret_hash, user_id, signed_in_at, expires_at) values"
        " (gen_random_uuid(), gen_random_uuid()::text, :id, now(), now())",
        "update account set version = version + 1 where owner_id = :id",
    ]

    async with identity.service.runtime.made() as db, db.begin():
        for statement in written:
            await db.execute(text(statement), {"id": who.user_id})

    assert (await sign_in(URL, name, PASSWORD, transport=identity.transport)).access_token
    listed = (await (await signed_in(who)).get(f"{AT}/users")).json()["items"]
    assert {row["verified"] for row in listed} == {True}
