"""Accounts and users over HTTP, on a real database, with tokens from a real sign-in."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import httpx
import pytest

from chassis.databases import Databases
from contracts.ids import new_id
from identity.testing import PASSWORD, URL, IdentityUnderTest, Somebody, an_email, running
from keten.sign_in import sign_in

SignedIn = Callable[..., Awaitable[httpx.AsyncClient]]

AT = "/identity/v1"


async def stated(identity: IdentityUnderTest, key: object) -> list[str]:
    """The types of the events about something, in their order."""
    rows = await identity.rows("select type from outbox where key = cast(:key as uuid) order by seq", key=str(key))
    return [row.type.removeprefix("nl.keten.identity.") for row in rows]


async def version(client: httpx.AsyncClient, path: str) -> str:
    return (await client.get(f"{AT}/{path}")).headers["etag"]


@pytest.mark.rule("SHR-2")
async def test_who_opens_an_account_owns_it(identity: IdentityUnderTest, signed_in: SignedIn) -> None:
    who = await identity.open_account("Kracht", "Taco van den Bakker")

    answer = await (await signed_in(who)).get(f"{AT}/accounts/{who.account_id}")

    account = answer.json()
    assert account["name"] == "Kracht"
    assert account["owner"] == {"userId": str(who.user_id), "name": "Taco van den Bakker", "initials": "TB"}
    assert await stated(identity, who.account_id) == ["account-opened.v1", "account-profile.v1"]
    assert await stated(identity, who.user_id) == ["user-added.v1", "user-profile.v1"]


async def test_no_name_or_address_stands_on_the_topic_of_facts(identity: IdentityUnderTest) -> None:
    who = await identity.open_account("Een Bijzondere Naam", "Iemand Zonderling")

    rows = await identity.rows("select topic, body from outbox")

    kept = "".join(row.body for row in rows if row.topic == "keten.identity")
    assert str(who.account_id) in kept
    assert not any(word in kept for word in ("Bijzondere", "Zonderling", who.email))


async def test_a_sign_up_tells_all_that_is_wrong_at_once_and_repeats_nothing(identity: IdentityUnderTest) -> None:
    body = {"name": "", "owner": {"name": "Taco", "email": "taco at kracht", "password": "welkom2026"}, "extra": 1}

    answer = await identity.browser().post(f"{AT}/accounts", json=body)

    assert answer.status_code == 400
    faults = {fault["location"]: fault["code"] for fault in answer.json()["faults"]}
    assert faults == {
        "body.name": "string_too_short",
        "body.owner.email": "email",
        "body.owner.password": "password_length",
        "body.extra": "extra_forbidden",
    }
    assert "welkom2026" not in answer.text
    assert "12 to 128 characters" in answer.text


async def test_a_password_keeps_its_spaces(identity: IdentityUnderTest) -> None:
    email, password = an_email(), "  twee spaties vooraf"
    owner = {"name": "Taco", "email": email, "password": password}
    await identity.browser().post(f"{AT}/accounts", json={"name": "Kracht", "owner": owner})

    await identity.follow(await identity.link(email), password=password)

    assert (await sign_in(URL, email, password, transport=identity.transport)).access_token


async def test_me_says_who_i_am_and_what_i_may(identity: IdentityUnderTest, signed_in: SignedIn) -> None:
    boss = await signed_in(await identity.open_account("Zorg 4 You"))
    member = await signed_in(await identity.colleague(boss))

    me = (await member.get(f"{AT}/users/me")).json()

    assert (me["name"], me["initials"], me["role"], me["account"]["name"]) == (
        "Lennart Smit",
        "LS",
        "member",
        "Zorg 4 You",
    )
    assert "user.find" in me["permissions"]
    assert "user.manage" not in me["permissions"]


@pytest.mark.rule("SHR-17")
async def test_a_person_changes_his_name_and_language(identity: IdentityUnderTest, signed_in: SignedIn) -> None:
    who = await identity.open_account()
    client = await signed_in(who)
    tag = await version(client, "users/me")

    without = await client.patch(f"{AT}/users/me", json={"name": "Noor de Wit"})
    done = await client.patch(
        f"{AT}/users/me", json={"name": "Noor de Wit", "language": "en"}, headers={"If-Match": tag}
    )
    stale = await client.patch(f"{AT}/users/me", json={"name": "Nora"}, headers={"If-Match": tag})

    assert (without.status_code, done.status_code, stale.status_code) == (428, 204, 412)
    me = (await client.get(f"{AT}/users/me")).json()
    assert (me["name"], me["initials"], me["language"]) == ("Noor de Wit", "NW", "en")
    assert (await stated(identity, who.user_id))[-1] == "user-profile.v1"


@pytest.mark.rule("SHR-2")
async def test_users_are_listed_by_name_page_by_page(identity: IdentityUnderTest, signed_in: SignedIn) -> None:
    boss = await signed_in(await identity.open_account(name="Zoë Zomer"))
    for name in ("Kees in 't Veld", "Anna van den Berg", "Émile Bos"):
        await boss.post(f"{AT}/users", json={"name": name, "email": an_email(), "role": "member"})
    await identity.open_account("Elders")

    first = await boss.get(f"{AT}/users", params={"limit": 3})
    second = await boss.get(f"{AT}/users", params={"limit": 3, "cursor": first.json()["next"]})

    names = [user["name"] for page in (first, second) for user in page.json()["items"]]
    assert names == ["Anna van den Berg", "Émile Bos", "Kees in 't Veld", "Zoë Zomer"]
    assert 'rel="next"' in first.headers["link"]
    assert second.json()["next"] is None


@pytest.mark.rule("SHR-4")
async def test_a_stranger_has_no_place_among_ones_own_users(identity: IdentityUnderTest, signed_in: SignedIn) -> None:
    """Where he would stand in a list of names that one made up tells his own name."""
    there, here = await identity.open_account(name="Mia Maas"), await signed_in(await identity.open_account())

    behind_him = await here.get(f"{AT}/users", params={"cursor": str(there.user_id)})
    behind_nobody = await here.get(f"{AT}/users", params={"cursor": str(new_id())})

    assert behind_him.status_code == 400
    assert behind_him.json() == behind_nobody.json()


@pytest.mark.rule("SHR-4")
async def test_nobody_sees_into_another_account(identity: IdentityUnderTest, signed_in: SignedIn) -> None:
    there, here = await identity.open_account(), await signed_in(await identity.open_account())
    at_all = new_id()

    answers = [
        await here.get(f"{AT}/accounts/{there.account_id}"),
        await here.get(f"{AT}/accounts/{at_all}"),
        await here.get(f"{AT}/users/{there.user_id}"),
        await here.get(f"{AT}/users/{at_all}"),
        await here.patch(f"{AT}/users/{there.user_id}", json={"role": "member"}),
        await here.post(f"{AT}/users/{there.user_id}/_suspend"),
        await here.post(f"{AT}/users/{there.user_id}/_remove"),
        await here.post(f"{AT}/users/{there.user_id}/_invite"),
        await here.post(f"{AT}/accounts/{there.account_id}/_transfer", json={"userId": str(there.user_id)}),
    ]

    assert {answer.status_code for answer in answers} == {404}


@pytest.mark.rule("SHR-2")
async def test_a_member_manages_nobody(identity: IdentityUnderTest, signed_in: SignedIn) -> None:
    owner = await identity.open_account()
    boss = await signed_in(owner)
    member = await signed_in(await identity.colleague(boss))
    third = await identity.colleague(boss)

    answers = [
        await member.post(f"{AT}/users", json={"name": "Vriend", "email": an_email(), "role": "member"}),
        await member.patch(f"{AT}/users/{third.user_id}", json={"role": "administrator"}),
        await member.patch(f"{AT}/users/{third.user_id}", json={"medical": True}),
        await member.post(f"{AT}/users/{third.user_id}/_suspend"),
        await member.post(f"{AT}/access-log/_verify"),
    ]

    assert {answer.status_code for answer in answers} == {403}
    assert answers[0].json()["reasons"] == [{"rule": "permission-missing", "permission": "user.manage"}]
    denied = await identity.rows("select action from access_log_line where outcome = 'denied'")
    assert {"user.add", "user.change", "medical.authorise", "user.suspend"} <= {row.action for row in denied}


@pytest.mark.rule("SHR-2", "ALL-1")
async def test_role_and_medical_authorisation_are_changed_under_their_version(
    identity: IdentityUnderTest, signed_in: SignedIn
) -> None:
    boss = await signed_in(await identity.open_account())
    colleague = await identity.colleague(boss)
    tag = await version(boss, f"users/{colleague.user_id}")
    change = {"role": "administrator", "medical": True}

    without = await boss.patch(f"{AT}/users/{colleague.user_id}", json=change)
    done = await boss.patch(f"{AT}/users/{colleague.user_id}", json=change, headers={"If-Match": tag})
    stale = await boss.patch(f"{AT}/users/{colleague.user_id}", json=change, headers={"If-Match": tag})

    assert (without.status_code, done.status_code, stale.status_code) == (428, 204, 412)
    user = (await boss.get(f"{AT}/users/{colleague.user_id}")).json()
    assert (user["role"], user["medical"]) == ("administrator", True)
    assert (await stated(identity, colleague.user_id))[-1] == "user-changed.v1"


@pytest.mark.rule("SHR-2")
async def test_an_administrator_lowers_himself_if_he_wants(identity: IdentityUnderTest, signed_in: SignedIn) -> None:
    boss = await signed_in(await identity.open_account())
    colleague = await identity.colleague(boss, "administrator")
    client = await signed_in(colleague)

    tag = await version(client, f"users/{colleague.user_id}")
    done = await client.patch(f"{AT}/users/{colleague.user_id}", json={"role": "member"}, headers={"If-Match": tag})

    assert done.status_code == 204
    assert (await client.get(f"{AT}/users/me")).json()["role"] == "member"


@pytest.mark.rule("SHR-2")
async def test_an_account_is_transferred_by_its_owner_only(identity: IdentityUnderTest, signed_in: SignedIn) -> None:
    owner = await identity.open_account()
    boss = await signed_in(owner)
    successor = await identity.colleague(boss, "administrator")
    path, body = f"{AT}/accounts/{owner.account_id}/_transfer", {"userId": str(successor.user_id)}

    by_another = await (await signed_in(successor)).post(path, json=body)
    done = await boss.post(path, json=body)
    again = await boss.post(path, json=body)

    assert (by_another.status_code, done.status_code, again.status_code) == (403, 204, 403)
    account = (await boss.get(f"{AT}/accounts/{owner.account_id}")).json()
    assert account["owner"]["userId"] == str(successor.user_id)
    assert (await boss.get(f"{AT}/users/me")).json()["role"] == "administrator"
    assert (await stated(identity, owner.account_id))[-1] == "account-transferred.v1"


@pytest.mark.rule("SHR-2")
async def test_an_account_does_not_go_to_a_stranger(identity: IdentityUnderTest, signed_in: SignedIn) -> None:
    owner, stranger = await identity.open_account(), await identity.open_account()
    boss = await signed_in(owner)

    answers = [
        await boss.post(f"{AT}/accounts/{owner.account_id}/_transfer", json={"userId": str(user_id)})
        for user_id in (stranger.user_id, new_id())
    ]

    assert [answer.json()["type"] for answer in answers] == ["/problems/new-owner-not-active"] * 2


@pytest.mark.rule("SHR-2")
async def test_the_owner_stays_and_nobody_suspends_himself(identity: IdentityUnderTest, signed_in: SignedIn) -> None:
    owner = await identity.open_account()
    administrator = await identity.colleague(await signed_in(owner), "administrator")
    client = await signed_in(administrator)

    of_owner = await client.post(f"{AT}/users/{owner.user_id}/_remove")
    of_self = await client.post(f"{AT}/users/{administrator.user_id}/_suspend")

    assert (of_owner.status_code, of_owner.json()["type"]) == (409, "/problems/owner-stays")
    assert (of_self.status_code, of_self.json()["type"]) == (409, "/problems/not-yourself")


@pytest.mark.rule("SHR-2")
async def test_a_suspension_ends_every_session_before_it_is_told(
    identity: IdentityUnderTest, signed_in: SignedIn
) -> None:
    boss = await signed_in(await identity.open_account())
    colleague = await identity.colleague(boss)
    for _ in range(20):  # more than one position may name
        await signed_in(colleague)

    answer = await boss.post(f"{AT}/users/{colleague.user_id}/_suspend")

    assert answer.status_code == 204
    said = await stated(identity, colleague.user_id)
    assert said[2:] == ["session-ended.v1"] * 20 + ["user-suspended.v1"]


@pytest.mark.rule("SHR-2")
async def test_two_administrators_who_suspend_each_other_do_not_both_win(
    identity: IdentityUnderTest, signed_in: SignedIn
) -> None:
    boss = await signed_in(await identity.open_account())
    first, second = [await identity.colleague(boss, "administrator") for _ in range(2)]
    clients = [await signed_in(who) for who in (first, second)]

    answers = await asyncio.gather(
        clients[0].post(f"{AT}/users/{second.user_id}/_suspend"),
        clients[1].post(f"{AT}/users/{first.user_id}/_suspend"),
    )

    assert sorted(answer.status_code for answer in answers) in ([204, 403], [204, 409])


@pytest.mark.rule("BEY-16")
async def test_what_takes_access_away_is_not_told_as_done_until_every_service_has_it(
    databases: Databases, identity: IdentityUnderTest
) -> None:
    async with running(databases, peers=["documents", "dossier"]) as alone:
        owner = await alone.open_account()
        tokens = await sign_in(URL, owner.email, PASSWORD, transport=alone.transport)
        boss = alone.browser(tokens.access_token)
        added = await boss.post(f"{AT}/users", json={"name": "Noor", "email": an_email(), "role": "administrator"})
        path = f"{AT}/users/{added.json()['id']}"

        raised = await boss.patch(path, json={"medical": True}, headers={"If-Match": '"1"'})
        lowered = await boss.patch(path, json={"role": "member"}, headers={"If-Match": '"2"'})
        suspended = await boss.post(f"{path}/_suspend")
        removed = await boss.post(f"{path}/_remove")

    assert raised.status_code == 204
    assert [answer.status_code for answer in (lowered, suspended, removed)] == [202, 202, 202]
    assert removed.json()["pending"] == ["sharing"]


@pytest.mark.rule("SHR-8")
async def test_who_was_removed_leaves_his_address_free(identity: IdentityUnderTest, signed_in: SignedIn) -> None:
    boss = await signed_in(await identity.open_account())
    colleague = await identity.colleague(boss)

    removed = await boss.post(f"{AT}/users/{colleague.user_id}/_remove")
    listed = [user["id"] for user in (await boss.get(f"{AT}/users")).json()["items"]]
    again = await boss.post(f"{AT}/users", json={"name": "Lennart", "email": colleague.email, "role": "member"})

    assert (removed.status_code, again.status_code) == (204, 201)
    assert str(colleague.user_id) not in listed
    assert (await boss.get(f"{AT}/users/{colleague.user_id}")).json()["status"] == "removed"


@pytest.mark.rule("SHR-8")
async def test_a_person_is_found_by_his_exact_address_in_any_account(
    identity: IdentityUnderTest, signed_in: SignedIn
) -> None:
    leon = await identity.open_account("Zorg 4 You", "Leon de Wit")
    taco = await signed_in(await identity.open_account())

    found = await taco.post(f"{AT}/users/_find", json={"email": leon.email.upper()})
    part = await taco.post(f"{AT}/users/_find", json={"email": leon.email.replace("voorbeeld", "voor")})

    assert found.json() == {
        "userId": str(leon.user_id),
        "name": "Leon de Wit",
        "initials": "LW",
        "accountId": str(leon.account_id),
        "organisation": "Zorg 4 You",
    }
    assert (part.status_code, part.json()["type"]) == (404, "/problems/user-not-found")


async def test_a_suspended_person_is_not_found(identity: IdentityUnderTest, signed_in: SignedIn) -> None:
    boss = await signed_in(await identity.open_account())
    colleague = await identity.colleague(boss)
    await boss.post(f"{AT}/users/{colleague.user_id}/_suspend")

    answer = await boss.post(f"{AT}/users/_find", json={"email": colleague.email})

    assert answer.status_code == 404


@pytest.mark.rule("ALL-2")
async def test_searches_are_counted_and_logged_whether_somebody_is_found_or_not(
    identity: IdentityUnderTest, signed_in: SignedIn
) -> None:
    who = await identity.open_account()
    client = await signed_in(who)

    statuses = [
        (await client.post(f"{AT}/users/_find", json={"email": email})).status_code
        for email in [who.email, an_email()] * 10
    ]
    over = await client.post(f"{AT}/users/_find", json={"email": who.email})

    assert statuses == [200, 404] * 10
    assert (over.status_code, over.json()["type"]) == (429, "/problems/too-many-searches")
    assert 3500 < int(over.headers["retry-after"]) <= 3600
    logged = await lines(identity, who, "user.find")
    assert logged == ["allowed"] * 20 + ["denied"]
    identity.clock.ahead = timedelta(hours=1, seconds=1)
    assert (await client.post(f"{AT}/users/_find", json={"email": who.email})).status_code == 200


async def test_searches_at_once_are_counted_too(identity: IdentityUnderTest, signed_in: SignedIn) -> None:
    client = await signed_in(await identity.open_account())

    answers = await asyncio.gather(*(client.post(f"{AT}/users/_find", json={"email": an_email()}) for _ in range(25)))

    assert sorted(answer.status_code for answer in answers) == [404] * 20 + [429] * 5


@pytest.mark.rule("ALL-2")
async def test_the_chain_of_the_access_log_can_be_checked(identity: IdentityUnderTest, signed_in: SignedIn) -> None:
    boss = await signed_in(await identity.open_account())

    answer = await boss.post(f"{AT}/access-log/_verify")

    assert answer.status_code == 200
    assert answer.json()["intact"] is True


async def test_nothing_but_sign_up_is_open_to_the_world(identity: IdentityUnderTest) -> None:
    nobody = identity.browser()
    document = (await nobody.get(f"{AT}/openapi.json")).json()

    opened = []
    for path, item in document["paths"].items():
        for method in item:
            address = AT + path.replace("{account_id}", str(new_id())).replace("{user_id}", str(new_id()))
            if (await nobody.request(method.upper(), address, json={})).status_code != 401:
                opened.append(f"{method} {path}")

    assert opened == ["post /accounts", "post /password-resets"]


async def lines(identity: IdentityUnderTest, who: Somebody, action: str) -> list[str]:
    """The outcomes in the access log, in their order."""
    rows = await identity.rows(
        "select outcome from access_log_line where actor_id = :actor and action = :action order by seq",
        actor=who.user_id,
        action=action,
    )
    return [row.outcome for row in rows]
