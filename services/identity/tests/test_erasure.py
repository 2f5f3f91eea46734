"""Who somebody was is forgotten: a removed user, and an account with all its people once its time has come."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from chassis.work_crew import Crew
from contracts.ids import new_id
from identity.sign_in.housekeeping import Forgetting
from identity.testing import PASSWORD, IdentityUnderTest, Somebody, an_email

SignedIn = Callable[..., Awaitable[httpx.AsyncClient]]

ENDING = {"password": PASSWORD, "retention": "handed-over"}


@pytest.fixture
def word() -> str:
    """What people and organisations are called by in one test."""
    return f"W{new_id().hex[-12:]}".translate(str.maketrans("0123456789", "ghjklmnpqr"))


@pytest.fixture
async def taco(identity: IdentityUnderTest, word: str) -> Somebody:
    """Owns an account that is called by the word."""
    return await identity.open_account(word, f"Taco {word}")


@pytest.fixture
async def as_taco(taco: Somebody, signed_in: SignedIn) -> httpx.AsyncClient:
    return await signed_in(taco)


async def removed(identity: IdentityUnderTest, boss: httpx.AsyncClient, word: str = "Smit") -> tuple[Somebody, str]:
    """A colleague called by the word, who has left; and his ETag."""
    who = await identity.colleague(boss)
    await execute(identity, "update app_user set name = :name where id = :id", name=f"Lennart {word}", id=who.user_id)
    assert (await boss.post(f"/identity/v1/users/{who.user_id}/_remove")).status_code == 204
    return who, (await boss.get(f"/identity/v1/users/{who.user_id}")).headers["etag"]


@pytest.mark.rule("NET-13")
async def test_who_a_removed_user_was_is_forgotten_and_his_address_is_free(
    identity: IdentityUnderTest, as_taco: httpx.AsyncClient
) -> None:
    who, etag = await removed(identity, as_taco)
    path = f"/identity/v1/users/{who.user_id}"

    answer = await as_taco.post(f"{path}/_erase", headers={"If-Match": etag})
    assert answer.status_code == 202, answer.text
    await work(identity)

    assert (await as_taco.get(answer.headers["location"])).json()["state"] == "done"
    for sql in (
        "select 1 from app_user where id = :id and (name || email || initials || sort_key) <> ''",
        "select 1 from session where user_id = :id",
        "select 1 from browser where user_id = :id",
        "select 1 from mail_request where user_id = :id",
    ):
        assert await identity.rows(sql, id=who.user_id) == []
    assert await identity.rows("select 1 from mail_request where email = :email", email=who.email) == []
    shown = (await as_taco.get(path)).json()
    assert (shown["name"], shown["email"], shown["status"]) == ("erased person", "", "removed")
    in_dutch = (await as_taco.get(path, headers={"Accept-Language": "nl"})).json()
    assert in_dutch["name"] == "gewiste persoon"
    added = {"name": "Anna Smit", "email": who.email, "role": "member"}
    assert (await as_taco.post("/identity/v1/users", json=added)).status_code == 201


async def test_who_was_mailed_often_is_erased_as_well(identity: IdentityUnderTest, as_taco: httpx.AsyncClient) -> None:
    who, etag = await removed(identity, as_taco)
    more_than_a_position_names = """
        insert into mail_request (id, purpose, email, user_id, asked_at, expires_at)
        select gen_random_uuid(), 'password-reset', :email, :id, now(), now() from generate_series(1, 20)"""
    await execute(identity, more_than_a_position_names, email=who.email, id=who.user_id)

    answer = await as_taco.post(f"/identity/v1/users/{who.user_id}/_erase", headers={"If-Match": etag})

    assert answer.status_code == 202, answer.text
    assert await identity.rows("select 1 from mail_request where user_id = :id", id=who.user_id) == []


@pytest.mark.rule("NET-13")
async def test_others_hear_of_it_and_the_log_forgets_his_name(
    identity: IdentityUnderTest, word: str, as_taco: httpx.AsyncClient
) -> None:
    who, etag = await removed(identity, as_taco, word)
    mailed = {row.id for row in await identity.rows("select id from mail_request where user_id = :id", id=who.user_id)}

    await as_taco.post(f"/identity/v1/users/{who.user_id}/_erase", headers={"If-Match": etag})

    said = await identity.rows("select topic, type, body from outbox where key = :id order by seq", id=who.user_id)
    assert (said[-2].topic, said[-2].type, said[-2].body) == (
        "keten.identity.private",
        "nl.keten.identity.user-profile.v1",
        "",
    )
    assert said[-1].type == "nl.keten.identity.user-erased.v1"
    assert word not in said[-1].body
    erased = await identity.rows("select key from outbox where type = 'nl.keten.identity.mail-erased.v1'")
    assert mailed
    assert mailed <= {row.key for row in erased}


@pytest.mark.rule("NET-13")
async def test_only_who_was_removed_is_erased_once_and_by_who_may(
    identity: IdentityUnderTest, as_taco: httpx.AsyncClient, signed_in: SignedIn
) -> None:
    member = await identity.colleague(as_taco)
    path = f"/identity/v1/users/{member.user_id}"
    etag = (await as_taco.get(path)).headers["etag"]
    who, gone = await removed(identity, as_taco)
    of_gone = f"/identity/v1/users/{who.user_id}/_erase"

    assert problem(await as_taco.post(f"{path}/_erase", headers={"If-Match": etag})) == "not-removed"
    assert (await (await signed_in(member)).post(of_gone, headers={"If-Match": gone})).status_code == 403
    assert (await as_taco.post(of_gone)).status_code == 428
    erased = await as_taco.post(of_gone, headers={"If-Match": gone})

    again = {"If-Match": erased.headers["etag"]}
    assert problem(await as_taco.post(of_gone, headers=again)) == "already-erased"


async def test_what_was_mailed_to_somebody_else_at_the_same_address_is_left_alone(
    identity: IdentityUnderTest, as_taco: httpx.AsyncClient
) -> None:
    who, etag = await removed(identity, as_taco)
    added = await as_taco.post("/identity/v1/users", json={"name": "Anna Smit", "email": who.email, "role": "member"})
    await identity.browser().post("/identity/v1/password-resets", json={"email": who.email})

    await as_taco.post(f"/identity/v1/users/{who.user_id}/_erase", headers={"If-Match": etag})

    left = await identity.rows("select user_id, email from mail_request where email = :email", email=who.email)
    assert [row.email for row in left] == [who.email]
    mine = await identity.rows("select 1 from mail_request where user_id = :id", id=UUID(added.json()["id"]))
    assert len(mine) == 1


async def test_an_account_is_ended_by_its_owner_with_his_password_and_what_he_says_of_the_dossiers(
    identity: IdentityUnderTest, word: str, taco: Somebody, as_taco: httpx.AsyncClient, signed_in: SignedIn
) -> None:
    path = f"/identity/v1/accounts/{taco.account_id}"
    administrator = await signed_in(await identity.colleague(as_taco, "administrator"))

    assert (await administrator.post(f"{path}/_erase", json=ENDING)).status_code == 403
    assert (await as_taco.post(f"{path}/_erase", json={"password": PASSWORD})).status_code == 400
    assert problem(await as_taco.post(f"{path}/_erase", json=ENDING | {"password": "x"})) == "password-wrong"
    answer = await as_taco.post(f"{path}/_erase", json=ENDING)

    assert answer.status_code == 202, answer.text
    after = datetime.fromisoformat(answer.json()["eraseAfter"])
    assert timedelta(days=6, hours=23) < after - datetime.now(UTC) <= timedelta(days=7)
    assert (await as_taco.get(path)).json()["eraseAfter"] == answer.json()["eraseAfter"]
    assert problem(await as_taco.post(f"{path}/_erase", json=ENDING)) == "account-ending"
    await work(identity)
    assert (await as_taco.get(path)).status_code == 200


async def test_an_account_that_was_kept_goes_on_when_its_time_comes(
    identity: IdentityUnderTest, word: str, taco: Somebody, as_taco: httpx.AsyncClient
) -> None:
    path = f"/identity/v1/accounts/{taco.account_id}"
    assert problem(await as_taco.post(f"{path}/_keep")) == "account-not-ending"
    await as_taco.post(f"{path}/_erase", json=ENDING)

    assert (await as_taco.post(f"{path}/_keep")).status_code == 204
    await work(identity, overdue=True)

    shown = (await as_taco.get(path)).json()
    assert (shown["name"], shown["eraseAfter"]) == (word, None)


async def test_an_account_that_was_kept_and_ended_anew_waits_for_its_own_time(
    identity: IdentityUnderTest, word: str, taco: Somebody, as_taco: httpx.AsyncClient
) -> None:
    path = f"/identity/v1/accounts/{taco.account_id}"
    first = await as_taco.post(f"{path}/_erase", json=ENDING)
    await as_taco.post(f"{path}/_keep")
    await as_taco.post(f"{path}/_erase", json=ENDING)

    job = UUID(first.json()["jobId"])
    await execute(identity, "update chunk set due_at = now() where job_id = :job", job=job)
    await work(identity)

    assert (await as_taco.get(path)).json()["name"] == word


async def test_an_account_whose_time_has_come_leaves_nobodys_name(
    identity: IdentityUnderTest, word: str, taco: Somebody, as_taco: httpx.AsyncClient, signed_in: SignedIn
) -> None:
    other = await identity.open_account("Elders", "Iris Vos")
    await identity.colleague(as_taco)
    system = {"name": f"Systeem {word}", "description": word}
    assert (await as_taco.post("/identity/v1/service-accounts", json=system)).status_code == 201
    await identity.browser().post("/identity/v1/password-resets", json={"email": taco.email})
    await as_taco.post(f"/identity/v1/accounts/{taco.account_id}/_erase", json=ENDING)

    await work(identity, overdue=True)

    assert (await as_taco.get("/identity/v1/users/me")).status_code in (401, 403)
    assert await told(identity, word) == []
    assert await told(identity, taco.email) == []
    said = await identity.rows("select type, body from outbox where key = :id order by seq", id=taco.account_id)
    assert [row.type.split(".")[3] for row in said][-2:] == ["account-profile", "account-erased"]
    assert '"retention":"handed-over"' in said[-1].body
    erased = await identity.rows(
        "select 1 from outbox where type = 'nl.keten.identity.user-erased.v1' and body like :account",
        account=f"%{taco.account_id}%",
    )
    assert len(erased) == 3
    assert (await (await signed_in(other)).get("/identity/v1/users/me")).json()["name"] == "Iris Vos"


async def test_what_a_link_opened_is_forgotten_with_the_link_and_whom_it_went_to_is_known_for_as_long_as_mail_is_kept(
    identity: IdentityUnderTest,
    word: str,
) -> None:
    email = an_email()
    await identity.sign_up(email, organisation=word)
    asked = "select id from mail_request where email = :email"
    forgetting = Forgetting(identity.service.runtime.made, identity.clock)

    identity.clock.ahead = timedelta(days=3)
    await forgetting.forget()
    assert len(await identity.rows(asked, email=email)) == 1
    assert await identity.rows(f"select 1 from sign_up where id in ({asked})", email=email) == []

    identity.clock.ahead = timedelta(days=9)
    await forgetting.forget()
    assert await identity.rows(asked, email=email) == []


async def told(identity: IdentityUnderTest, word: str) -> list[str]:
    """Every table in which the word still stands; what waits for the log has tombstones behind it."""
    async with identity.service.work.made() as session:
        names = await session.scalars(
            text("select schemaname || '.' || tablename from pg_tables where schemaname in ('public', 'projection')")
        )
        asked = [
            (name, text(f"select exists (select from {name} t where lower(t::text) like :word)")) for name in names
        ]
        found = [name for name, one in asked if await session.scalar(one, {"word": f"%{word.lower()}%"})]
    return [name for name in found if name != "public.outbox"]


async def work(identity: IdentityUnderTest, *, overdue: bool = False) -> int:
    if overdue:
        await execute(identity, "update chunk set due_at = now() where state = 'waiting'")
    return await Crew([identity.service.work]).drain()


async def execute(identity: IdentityUnderTest, sql: str, **given: Any) -> None:
    async with identity.service.work.made() as session, session.begin():
        await session.execute(text(sql), given)


def problem(answer: httpx.Response) -> str:
    name: str = answer.json()["type"].removeprefix("/problems/")
    return name
