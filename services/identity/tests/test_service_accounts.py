"""Partner systems: added by an account's owner, with tokens by client credentials, and out at once when they must be."""

import asyncio
import base64
import json
from base64 import urlsafe_b64decode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from chassis.tokens import CLOCKS
from contracts.ids import new_id
from identity.sign_in import client_credentials
from identity.sign_in.housekeeping import Forgetting
from identity.testing import IdentityUnderTest, Somebody
from identity.tries import Budget

SignedIn = Callable[..., Awaitable[httpx.AsyncClient]]

AT = "/identity/v1/service-accounts"
TOKEN = "/identity/oauth2/token"


@dataclass
class Partner:
    """A partner system as it knows itself."""

    identity: IdentityUnderTest
    id: str
    secret_id: str
    secret: str

    async def ask(self, secret: str | None = None, client_id: str | None = None) -> httpx.Response:
        """For a token, by HTTP Basic."""
        said = (client_id or self.id, secret or self.secret)
        return await self.identity.browser().post(TOKEN, data={"grant_type": "client_credentials"}, auth=said)

    async def token(self) -> str:
        answer = await self.ask()
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["access_token"]
        return token

    async def status(self, token: str) -> int:
        return (await self.identity.browser(token).get(f"{AT}/me")).status_code


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrong secrets are counted per network, and all of these come from one."""
    monkeypatch.setattr(client_credentials, "_LONGEST", 0.001)


@pytest.fixture
async def owner(identity: IdentityUnderTest) -> Somebody:
    return await identity.open_account()


@pytest.fixture
async def boss(owner: Somebody, signed_in: SignedIn) -> httpx.AsyncClient:
    return await signed_in(owner)


@pytest.fixture
async def partner(identity: IdentityUnderTest, boss: httpx.AsyncClient) -> Partner:
    return await a_partner(identity, boss)


async def a_partner(identity: IdentityUnderTest, boss: httpx.AsyncClient, name: str = "Rooster van Kracht") -> Partner:
    answer = await boss.post(AT, json={"name": name, "description": "Haalt elke nacht roosters op."})
    assert answer.status_code == 201, answer.text
    told = answer.json()
    return Partner(identity, told["clientId"], told["secret"]["id"], told["secret"]["value"])


def claims(token: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(urlsafe_b64decode(token.split(".")[1] + "=="))
    return read


async def stated(identity: IdentityUnderTest, key: object) -> list[str]:
    rows = await identity.rows("select type from outbox where key = cast(:key as uuid) order by seq", key=str(key))
    return [row.type.removeprefix("nl.keten.identity.") for row in rows]


async def test_a_service_account_is_a_member_to_every_other_service(
    identity: IdentityUnderTest, owner: Somebody, partner: Partner
) -> None:
    rows = await identity.rows(
        "select topic, body from outbox where key = cast(:key as uuid) order by seq", key=partner.id
    )

    added, profile = (json.loads(row.body)["data"] for row in rows)
    assert [row.topic for row in rows] == ["keten.identity", "keten.identity.private"]
    assert added == {
        "userId": partner.id,
        "accountId": str(owner.account_id),
        "role": "member",
        "status": "active",
        "medical": False,
    }
    assert (profile["name"], profile["initials"]) == ("Rooster van Kracht", "RK")
    assert "Rooster" not in rows[0].body


async def test_its_token_says_which_system_it_is(owner: Somebody, partner: Partner) -> None:
    answer = await partner.ask()

    told = answer.json()
    assert (told["token_type"], told["expires_in"]) == ("Bearer", 300)
    assert set(told) == {"token_type", "expires_in", "access_token"}
    assert answer.headers["cache-control"] == "no-store"
    said = claims(told["access_token"])
    assert set(said) == {"iss", "aud", "sub", "account", "client", "sid", "acr", "iat", "exp", "jti"}
    assert (said["sub"], said["client"], said["account"]) == (partner.id, partner.id, str(owner.account_id))
    assert said["acr"] == "urn:keten:acr:client-secret"


async def test_by_form_as_well_and_never_with_a_refresh_token(partner: Partner) -> None:
    said = {"grant_type": "client_credentials", "client_id": partner.id, "client_secret": partner.secret}

    answer = await partner.identity.browser().post(TOKEN, data={**said, "scope": "openid offline_access"})

    assert answer.status_code == 200
    assert "refresh_token" not in answer.json()
    assert await partner.status(answer.json()["access_token"]) == 200


async def test_it_is_told_what_it_is(partner: Partner) -> None:
    me = (await partner.identity.browser(await partner.token()).get(f"{AT}/me")).json()

    assert (me["id"], me["name"], me["account"]["name"]) == (partner.id, "Rooster van Kracht", "Kracht")
    assert "client.register" in me["permissions"]
    assert not {"user.manage", "service_account.manage", "account.transfer"} & set(me["permissions"])


async def test_all_tokens_of_one_secret_are_one_session(partner: Partner) -> None:
    tokens = await asyncio.gather(*(partner.token() for _ in range(4)))

    assert len({claims(token)["sid"] for token in tokens}) == 1
    assert len({claims(token)["jti"] for token in tokens}) == 4


NOT_LET_IN: dict[str, dict[str, Any]] = {
    "a wrong secret": {"auth": ("{id}", "keten_secret_wrong")},
    "nobody": {"auth": (str(new_id()), "{secret}")},
    "no id": {"auth": ("rooster", "{secret}")},
    "a client for people": {"auth": ("keten-cli", "{secret}")},
    "nothing": {},
    "only an id": {"data": {"client_id": "{id}"}},
    "a wrong secret in the form": {"data": {"client_id": "{id}", "client_secret": "wrong"}},
    "another scheme": {"headers": {"Authorization": "Bearer {secret}"}},
    "no text": {"headers": {"Authorization": "Basic " + base64.b64encode(b"\xff\xfe:\xff").decode()}},
    "no base64": {"headers": {"Authorization": "Basic é"}},
    "a null": {"auth": ("{id}\0", "{secret}")},
}


@pytest.mark.parametrize("given", NOT_LET_IN.values(), ids=NOT_LET_IN.keys())
async def test_whoever_is_not_let_in_gets_the_same_answer(partner: Partner, given: dict[str, Any]) -> None:
    def fill(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: fill(one) for name, one in value.items()}
        if isinstance(value, tuple):
            return tuple(fill(one) for one in value)
        return value.replace("{id}", partner.id).replace("{secret}", partner.secret)

    sent = {name: fill(value) for name, value in given.items()}
    if "headers" in sent:
        sent["headers"] = {name: value.encode() for name, value in sent["headers"].items()}
    answer = await partner.identity.browser().post(
        TOKEN, **{**sent, "data": {"grant_type": "client_credentials", **sent.get("data", {})}}
    )

    assert answer.status_code == 401
    assert answer.json() == {"error": "invalid_client", "error_description": "The client or its secret is not right."}
    assert answer.headers["www-authenticate"].startswith("Basic ")


async def test_who_is_suspended_is_answered_like_a_stranger(partner: Partner, boss: httpx.AsyncClient) -> None:
    await boss.post(f"{AT}/{partner.id}/_suspend")

    answer, stranger = await partner.ask(), await partner.ask(client_id=str(new_id()))

    assert (answer.status_code, answer.json()) == (stranger.status_code, stranger.json())


async def test_who_keeps_trying_is_refused_and_the_right_secret_never(
    partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_credentials, "CLIENT_SECRETS", Budget("few", 2, timedelta(hours=1)))

    wrong = [await partner.ask("wrong") for _ in range(3)]
    unknown = await partner.ask("wrong", str(new_id()))

    assert [answer.status_code for answer in (*wrong, unknown)] == [401, 401, 429, 429]
    assert int(wrong[-1].headers["retry-after"]) > 3000
    assert wrong[-1].content == unknown.content
    assert (await partner.ask()).status_code == 200


async def test_every_wrong_secret_makes_the_next_wait_longer(
    identity: IdentityUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_credentials, "_LONGEST", 2.0)

    waits = [
        (await client_credentials.count_failure(identity.service.runtime, "2001:db8::/64")).delay for _ in range(8)
    ]

    assert waits == [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0]


async def test_a_program_for_people_and_one_for_systems_are_two_things(partner: Partner) -> None:
    browser = partner.identity.browser()

    code = {"grant_type": "authorization_code", "client_id": partner.id, "code": "x", "code_verifier": "v" * 50}
    for said in (code, {"grant_type": "refresh_token", "client_id": partner.id, "refresh_token": "x"}):
        answer = await browser.post(TOKEN, data=said)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client")
    asked = {"response_type": "code", "client_id": partner.id, "redirect_uri": "http://127.0.0.1/callback"}
    assert (await browser.get("/identity/oauth2/authorize", params=asked)).status_code == 400
    assert (await browser.get("/identity/oauth2/logout", params={"client_id": partner.id})).status_code == 200


async def test_no_secret_is_kept(partner: Partner) -> None:
    await partner.token()

    kept = await partner.identity.rows("select * from service_secret")
    outbox = await partner.identity.rows("select body from outbox")

    assert partner.secret.startswith("keten_secret_")
    assert partner.secret not in str([tuple(row) for row in [*kept, *outbox]])


async def test_its_secret_is_told_once_also_to_who_repeats_the_request(boss: httpx.AsyncClient) -> None:
    body, key = {"name": "Een koppeling"}, {"Idempotency-Key": str(new_id())}

    first = await boss.post(AT, json=body, headers=key)
    again = await boss.post(AT, json=body, headers=key)

    assert first.status_code == 201
    assert first.json()["secret"]["value"] not in again.text


async def test_two_secrets_open_side_by_side_until_the_old_one_is_dropped(
    partner: Partner, boss: httpx.AsyncClient
) -> None:
    old = await partner.token()

    fresh = (await boss.post(f"{AT}/{partner.id}/_rotate")).json()
    third = await boss.post(f"{AT}/{partner.id}/_rotate")
    new = (await partner.ask(fresh["value"])).json()["access_token"]
    side_by_side = [await partner.status(token) for token in (old, new, await partner.token())]
    dropped = await boss.delete(f"{AT}/{partner.id}/secrets/{partner.secret_id}")

    assert (third.status_code, third.json()["type"]) == (409, "/problems/two-secrets-already")
    assert side_by_side == [200, 200, 200]
    assert dropped.status_code == 204
    assert [await partner.status(token) for token in (old, new)] == [401, 200]
    assert ((await partner.ask()).status_code, (await partner.ask(fresh["value"])).status_code) == (401, 200)
    assert "session-ended.v1" in await stated(partner.identity, partner.id)
    assert (await boss.delete(f"{AT}/{partner.id}/secrets/{partner.secret_id}")).status_code == 404


async def test_who_drops_the_only_secret_can_make_a_new_one(partner: Partner, boss: httpx.AsyncClient) -> None:
    await boss.delete(f"{AT}/{partner.id}/secrets/{partner.secret_id}")

    fresh = (await boss.post(f"{AT}/{partner.id}/_rotate")).json()

    assert (await partner.ask()).status_code == 401
    assert (await partner.ask(fresh["value"])).status_code == 200


async def test_the_owner_sees_which_secret_is_still_used(partner: Partner, boss: httpx.AsyncClient) -> None:
    await partner.token()
    fresh = (await boss.post(f"{AT}/{partner.id}/_rotate")).json()

    shown = (await boss.get(f"{AT}/{partner.id}")).json()

    used = {secret["id"]: secret["lastUsedAt"] is not None for secret in shown["secrets"]}
    assert used == {partner.secret_id: True, fresh["id"]: False}
    assert partner.secret not in str(shown)


async def test_a_suspended_system_is_out_at_once_and_a_resumed_one_asks_anew(
    partner: Partner, boss: httpx.AsyncClient
) -> None:
    before = await partner.token()

    suspended = await boss.post(f"{AT}/{partner.id}/_suspend")
    out = (await partner.status(before), (await partner.ask()).status_code)
    again = await boss.post(f"{AT}/{partner.id}/_suspend")
    resumed = await boss.post(f"{AT}/{partner.id}/_resume")
    after = await partner.token()

    assert (suspended.status_code, resumed.status_code) == (204, 204)
    assert out[0] in (401, 403)
    assert out[1] == 401
    assert (again.status_code, again.json()["type"]) == (409, "/problems/service-account-already-suspended")
    assert [await partner.status(token) for token in (before, after)] == [401, 200]
    assert await stated(partner.identity, partner.id) == [
        "user-added.v1",
        "user-profile.v1",
        "session-ended.v1",
        "user-suspended.v1",
        "user-resumed.v1",
    ]


async def test_a_session_is_ended_as_long_as_some_clock_may_take_its_tokens(
    partner: Partner, boss: httpx.AsyncClient
) -> None:
    await partner.token()

    partner.identity.clock.ahead = timedelta(seconds=300 + CLOCKS - 10)
    await boss.post(f"{AT}/{partner.id}/_suspend")

    assert "session-ended.v1" in await stated(partner.identity, partner.id)


async def test_a_removed_system_is_out_for_good(partner: Partner, boss: httpx.AsyncClient) -> None:
    token = await partner.token()

    removed = await boss.post(f"{AT}/{partner.id}/_remove")

    assert removed.status_code == 204
    assert await partner.status(token) in (401, 403)
    assert (await partner.ask()).status_code == 401
    assert partner.id not in {row["id"] for row in (await boss.get(AT)).json()["items"]}
    for verb in ("_suspend", "_resume", "_remove", "_rotate"):
        answer = await boss.post(f"{AT}/{partner.id}/{verb}")
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/service-account-already-removed"), verb
    assert (await stated(partner.identity, partner.id))[-1] == "user-removed.v1"


async def test_who_asks_for_a_token_while_it_is_suspended_gets_none_that_opens(
    partner: Partner, boss: httpx.AsyncClient
) -> None:
    asked = await asyncio.gather(
        *(partner.ask() for _ in range(6)), boss.post(f"{AT}/{partner.id}/_suspend"), *(partner.ask() for _ in range(6))
    )

    tokens = [answer.json()["access_token"] for answer in asked if "access_token" in answer.text]
    assert [answer.status_code for answer in asked if answer.status_code not in (200, 401)] == [204]
    await boss.post(f"{AT}/{partner.id}/_resume")
    assert [token for token in tokens if await partner.status(token) == 200] == []


async def test_it_is_renamed_under_its_version(partner: Partner, boss: httpx.AsyncClient) -> None:
    shown = await boss.get(f"{AT}/{partner.id}")

    unseen = await boss.patch(f"{AT}/{partner.id}", json={"name": "Rooster 2"})
    renamed = await boss.patch(
        f"{AT}/{partner.id}", json={"name": "Rooster 2"}, headers={"If-Match": shown.headers["etag"]}
    )
    stale = await boss.patch(
        f"{AT}/{partner.id}", json={"description": "x"}, headers={"If-Match": shown.headers["etag"]}
    )
    described = await boss.patch(
        f"{AT}/{partner.id}", json={"description": "x"}, headers={"If-Match": renamed.headers["etag"]}
    )

    assert (unseen.status_code, renamed.status_code, stale.status_code) == (428, 204, 412)
    assert described.status_code == 204
    assert (await boss.get(f"{AT}/{partner.id}")).json()["name"] == "Rooster 2"
    assert await stated(partner.identity, partner.id) == ["user-added.v1", "user-profile.v1", "user-profile.v1"]


async def test_it_is_no_user(partner: Partner, boss: httpx.AsyncClient, owner: Somebody) -> None:
    """Not listed, read, changed, photographed, mailed, found, and never the owner."""
    users, mine = "/identity/v1/users", f"/identity/v1/users/{partner.id}"

    assert partner.id not in (await boss.get(users)).text
    for answer in (
        await boss.get(mine),
        await boss.patch(mine, json={"medical": True}, headers={"If-Match": '"1"'}),
        await boss.post(f"{mine}/_suspend"),
        await boss.post(f"{mine}/_invite"),
        await boss.post(f"{users}/_find", json={"email": "rooster@kracht.example"}),
        await partner.identity.peer.get(f"/addressees/{partner.id}"),
    ):
        assert answer.status_code == 404, answer.request.url
    to = {"userId": partner.id}
    transferred = await boss.post(f"/identity/v1/accounts/{owner.account_id}/_transfer", json=to)
    assert (transferred.status_code, transferred.json()["type"]) == (409, "/problems/new-owner-not-active")


async def test_what_a_person_has_of_his_own_it_has_not(partner: Partner) -> None:
    system = partner.identity.browser(await partner.token())
    code = {"password": "een zin die niemand raadt"}

    for answer in (
        await system.get("/identity/v1/users/me"),
        await system.patch("/identity/v1/users/me", json={"language": "en"}, headers={"If-Match": '"1"'}),
        await system.put(
            f"/identity/v1/users/{partner.id}/photo", content=b"\x89PNG", headers={"Content-Type": "image/png"}
        ),
        await system.post("/identity/v1/second-factors", json=code),
        await system.post("/identity/v1/email-verifications", json={"email": "a@b.example", **code}),
    ):
        assert 400 <= answer.status_code < 500, (answer.request.url, answer.text)
        assert answer.status_code != 401, answer.request.url


async def test_a_person_is_no_service_account(boss: httpx.AsyncClient, owner: Somebody) -> None:
    assert (await boss.get(f"{AT}/me")).status_code == 404
    assert (await boss.get(f"{AT}/{owner.user_id}")).status_code == 404


async def test_members_and_systems_manage_no_systems(
    identity: IdentityUnderTest, partner: Partner, boss: httpx.AsyncClient, signed_in: SignedIn
) -> None:
    member = await signed_in(await identity.colleague(boss))

    for who in (member, identity.browser(await partner.token())):
        assert (await who.get(AT)).status_code == 403
        assert (await who.post(AT, json={"name": "Nog een"})).status_code == 403
        assert (await who.post(f"{AT}/{partner.id}/_rotate")).status_code == 403
        assert (await who.get(f"{AT}/{partner.id}")).status_code == 403


async def test_nobody_elsewhere_learns_that_it_is_there(
    identity: IdentityUnderTest, partner: Partner, signed_in: SignedIn
) -> None:
    other = await signed_in(await identity.open_account("Zorg 4 You", "Noor"))

    for answer in (
        await other.get(f"{AT}/{partner.id}"),
        await other.post(f"{AT}/{partner.id}/_rotate"),
        await other.post(f"{AT}/{partner.id}/_remove"),
        await other.delete(f"{AT}/{partner.id}/secrets/{partner.secret_id}"),
    ):
        assert answer.status_code == 404
    assert (await other.get(AT)).json()["items"] == []


async def test_they_are_listed_by_name_a_page_at_a_time(identity: IdentityUnderTest, boss: httpx.AsyncClient) -> None:
    for name in ("Zorgplan", "Agenda", "Medicatie"):
        await a_partner(identity, boss, name)

    first = await boss.get(AT, params={"limit": 2})
    second = await boss.get(first.links["next"]["url"])

    assert [row["name"] for page in (first, second) for row in page.json()["items"]] == [
        "Agenda",
        "Medicatie",
        "Zorgplan",
    ]


async def test_what_it_does_is_in_the_access_log_under_its_id(identity: IdentityUnderTest, partner: Partner) -> None:
    system = identity.browser(await partner.token())
    await system.post("/identity/v1/users/_find", json={"email": "iemand@elders.example"})

    lines = await identity.rows(
        "select action, client from access_log_line where actor_id = cast(:id as uuid)", id=partner.id
    )

    assert [(line.action, line.client) for line in lines] == [("user.find", partner.id)]


async def test_ended_sessions_are_forgotten_after_a_day(partner: Partner, boss: httpx.AsyncClient) -> None:
    identity = partner.identity
    await partner.token()
    await boss.post(f"{AT}/{partner.id}/_suspend")
    await boss.post(f"{AT}/{partner.id}/_resume")
    await partner.token()

    identity.clock.ahead = timedelta(days=2)
    await Forgetting(identity.service.runtime.made, identity.clock).forget()

    left = await identity.rows(
        "select ended_at from service_session where service_account_id = :id", id=UUID(partner.id)
    )
    assert [row.ended_at for row in left] == [None]


async def test_dropped_secrets_are_forgotten_after_a_day(partner: Partner, boss: httpx.AsyncClient) -> None:
    identity = partner.identity
    await partner.token()
    fresh = (await boss.post(f"{AT}/{partner.id}/_rotate")).json()
    await boss.delete(f"{AT}/{partner.id}/secrets/{partner.secret_id}")

    identity.clock.ahead = timedelta(days=2)
    await Forgetting(identity.service.runtime.made, identity.clock).forget()

    left = await identity.rows("select id from service_secret where service_account_id = :id", id=UUID(partner.id))
    assert [str(row.id) for row in left] == [fresh["id"]]


async def test_the_discovery_document_says_how(identity: IdentityUnderTest) -> None:
    said = (await identity.browser().get("/identity/.well-known/openid-configuration")).json()

    assert "client_credentials" in said["grant_types_supported"]
    assert {"client_secret_basic", "client_secret_post"} <= set(said["token_endpoint_auth_methods_supported"])
