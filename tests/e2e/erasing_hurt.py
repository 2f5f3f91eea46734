"""Erasing while rows are under way, and while whoever erases is killed: the same on either shape."""

import asyncio
import json
import re
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from chassis.staging import stage
from contracts.identity import UserProfile
from contracts.ids import AccountId, UserId
from contracts.services import SERVICES
from tests.e2e.erasing import Planted, a_client, an_organisation, done, erase_user, eventually_gone, found, seen
from tests.e2e.operating import Operator
from tests.e2e.people import Founder
from tests.e2e.waiting import eventually

# A lease ends after a minute, and then everything is seen to as ever (seconds).
PATIENCE: Final = 300.0

# Kills the process that erases, or the one that hears, of this service.
Kill = Callable[[str, str], None]

# Who hears private content.
_HEARERS: Final = ("dossier", "sharing", "documents")

# While somebody has this lock no relay publishes (`chassis.standstill`).
_RELAY_WAITS: Final = "select pg_advisory_xact_lock(x'4B657405'::int)"

# What work is about: an id, an object, a moment or a type of event.
_ID: Final = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_ABOUT: Final = re.compile(rf"({_ID}|[a-z]+/[a-z]+/{_ID}|\d{{4}}-\d\d-\d\dT[\d:.]+\+00:00|nl\.keten\.[a-z.-]+v\d)")


async def rows_under_way_go_too(operator: Operator, organisations: Founder) -> None:
    """Of one person a profile is parked that nobody could read, and that of another has not left the outbox, when they are
    erased."""
    planted = Planted()
    house, owner = await an_organisation(organisations, planted)
    await a_client(organisations, house, owner, planted)
    colleague, word = planted.ids["colleague"], planted.colleague.plant
    parked = word("profile that nobody can read")
    await operator.sql("identity", _unreadable(colleague, house, parked))
    await owner.post(f"/identity/v1/users/{colleague}/_remove")
    for service in _HEARERS:
        await stands(operator, service, "projection.dead_letter", parked)
        await stands(operator, service, "projection.dead_letter", f"{colleague}%user-removed")

    async with operator.holding("identity", _RELAY_WAITS):
        waits = word("profile that waits for the relay")
        invited = {"name": waits.title(), "email": f"{waits}@example.org", "role": "member"}
        other = (await owner.post("/identity/v1/users", invited))["id"]
        await owner.post(f"/identity/v1/users/{other}/_remove")
        erased = [await erase_user(owner, one) for one in (other, colleague)]
        await stands(operator, "identity", "public.outbox", waits)
        assert {"profile that nobody can read", "profile that waits for the relay"} <= seen(
            await found(operator, planted.colleague)
        )
    for answer in erased:
        await done(owner, answer)
    await eventually_gone(operator, planted.colleague, patience=PATIENCE)

    for service in SERVICES:
        items = json.loads(await operator.sql(service, _ITEMS))
        assert [one for one in items if not _ABOUT.fullmatch(one)] == [], (
            "work names what it is about, and holds no words"
        )
        assert items or service not in ("identity", "documents"), "there is work to look at"


async def who_erases_is_killed_and_the_rest_goes(operator: Operator, organisations: Founder, kill: Kill) -> None:
    """Each stands in the middle of its transaction when it is killed; whoever comes after it goes on."""
    planted = Planted()
    house, owner = await an_organisation(organisations, planted)
    await a_client(organisations, house, owner, planted)

    dossier = f"/dossier/v1/dossiers/{planted.ids['dossier']}"
    etag = (await owner.http.get(dossier)).headers["ETag"]
    deleted = await owner.ask("DELETE", dossier, **{"If-Match": etag})
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(operator.holding("dossier", "lock table public.task in exclusive mode"))
        await stack.enter_async_context(operator.holding("documents", "lock table public.file in exclusive mode"))
        ground = {"ground": "request-of-the-person"}
        erased = await owner.ask("POST", f"{dossier}/_erase", ground, **{"If-Match": deleted.headers["ETag"]})
        await is_held_up(operator, "dossier", "delete from public.task%")
        await is_held_up(operator, "documents", "update public.file%")
        await asyncio.to_thread(kill, "work", "dossier")
        await asyncio.to_thread(kill, "hear", "documents")
        assert {"report", "task", "file"} <= seen(await found(operator, planted.client))
    await eventually_gone(operator, planted.client, patience=PATIENCE)
    await done(owner, erased)

    erase = ["erase", "account", house, "--ground", "nothing-to-keep", "--reason", "request", "--yes"]
    async with operator.holding("identity", "lock table public.browser in exclusive mode"):
        running = asyncio.create_task(asyncio.to_thread(operator.keten, *erase))
        await is_held_up(operator, "identity", "delete from public.browser%")
        await asyncio.to_thread(kill, "work", "identity")
        assert "colleague" in seen(await found(operator, planted.colleague))
        assert not running.done(), "it waits for everybody of the account"
    ran = await running
    assert ran.returncode == 0, ran.stdout + ran.stderr
    await eventually_gone(operator, planted.all, patience=PATIENCE)


async def stands(operator: Operator, service: str, table: str, word: str) -> None:
    """Wait until this word stands in this table."""

    async def it_does() -> None:
        asked = f"select count(*) from {table} t where t::text ilike '%{word}%'"
        assert await operator.sql(service, asked) != "0", (service, table)

    await eventually(it_does)


async def is_held_up(operator: Operator, service: str, statement: str) -> None:
    """Wait until a statement of this kind waits for a lock."""

    async def it_waits() -> None:
        asked = f"select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query ilike '{statement}'"
        assert await operator.sql(service, asked) != "0", statement

    await eventually(it_waits, patience=PATIENCE)


def _unreadable(user: str, account: str, word: str) -> str:
    """Puts a profile into the outbox that lacks its initials."""
    said = {"name": word, "initials": "L", "sort_key": word, "language": "nl"}
    profile = UserProfile(user_id=UserId(UUID(user)), account_id=AccountId(UUID(account)), **said)
    record = stage(profile, version=99, at=datetime.now(UTC)).record()
    body = record.body.replace('"initials"', '"letters"')
    row = f"'{record.id}', '{record.topic}', '{record.key}', '{record.type}', '{body}'"
    return f"insert into public.outbox (id, topic, key, type, body) values ({row})"


_ITEMS: Final = """
select coalesce(json_agg(distinct said.value), '[]') from public.chunk, lateral jsonb_each_text(item) said"""
