"""After an erasure the disk: tables are written anew when they can be had, large ones at night."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import text

from chassis.clock import utc_now
from chassis.databases import Databases
from chassis.erasure import forget
from chassis.horizon import StillSeen
from chassis.rewriting import SMALL, Rewriting, is_time
from contracts.ids import new_id
from dossier.main import WIRING

from .builders import Place


@pytest.fixture
async def erased(place: Place) -> UUID:
    erased = new_id()
    async with place.as_worker() as session:
        await session.execute(text("update public.erased set rewritten_at = now()"))
        await forget(session, [erased])
    return erased


@pytest.fixture
def rewriting(place: Place) -> Rewriting:
    return Rewriting("dossier", place.service.databases, WIRING.content, log=None, clock=utc_now)


@pytest.fixture
async def owner(place: Place) -> AsyncIterator[asyncpg.Connection]:
    async with place.service.databases.connected("dossier", "owner") as connection:
        yield connection


async def is_rewritten(place: Place, erased: UUID) -> bool:
    async with place.as_worker() as session:
        asked = text("select rewritten_at is not null from public.erased where id = :id")
        return bool(await session.scalar(asked, {"id": erased}))


async def rewritten(rewriting: Rewriting) -> int:
    """Tried as often as it needs beside other tests, which write on the same server."""
    for _ in range(50):
        if done := await rewriting.rewrite():
            return done
        await asyncio.sleep(0.1)
    return 0


async def file_of(owner: asyncpg.Connection, table: str) -> str:
    return str(await owner.fetchval("select pg_relation_filepath(cast($1 as regclass))", table))


async def test_every_table_with_words_is_written_anew_once(
    place: Place, rewriting: Rewriting, erased: UUID, owner: asyncpg.Connection
) -> None:
    before = {table: await file_of(owner, table) for table in (*WIRING.content, "public.outbox")}

    assert await rewritten(rewriting) == 1

    assert await is_rewritten(place, erased)
    assert [table for table, file in before.items() if await file_of(owner, table) == file] == []
    assert await rewriting.rewrite() == 0


async def test_a_table_that_is_held_is_tried_again(
    place: Place, rewriting: Rewriting, erased: UUID, owner: asyncpg.Connection
) -> None:
    async with owner.transaction():
        await owner.execute("lock table public.report in access share mode")
        assert await rewriting.rewrite() == 0
    assert not await is_rewritten(place, erased)

    assert await rewritten(rewriting) == 1


@pytest.mark.parametrize("where", ["here", "elsewhere"])
async def test_nothing_is_called_rewritten_while_somebody_looks_at_what_was(
    place: Place, rewriting: Rewriting, erased: UUID, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For him the database writes what was deleted into the new file as well. So it does while somebody writes elsewhere on
    the server who began before: nobody's view begins later than he did."""
    monkeypatch.setattr("chassis.horizon.LOOKING", 0.2)
    word = f"mgdmwx{new_id().hex}"
    row = "insert into public.outbox (id, topic, key, type, body) values (:id, 'keten.dossier', :id, 'x', :word)"
    async with place.as_worker() as session:
        await session.execute(text(row), {"id": new_id(), "word": word})

    async with LOOKS[where](place.service.databases):
        async with place.as_worker() as session:
            await session.execute(text("delete from public.outbox where body = :word"), {"word": word})
        assert await rewriting.rewrite() == 0
        assert not await is_rewritten(place, erased)

    assert await rewritten(rewriting) == 1
    async with place.service.databases.administered(place.service.databases.name("dossier")) as admin:
        file = await admin.fetchval("select pg_read_binary_file(pg_relation_filepath('public.outbox'))")
    assert word.encode() not in file


@asynccontextmanager
async def reads(databases: Databases) -> AsyncIterator[None]:
    """As it was when this began."""
    async with (
        databases.connected("dossier", "owner") as reader,
        reader.transaction(isolation="repeatable_read", readonly=True),
    ):
        await reader.fetchval("select 1")
        yield


@asynccontextmanager
async def writes_elsewhere(databases: Databases) -> AsyncIterator[None]:
    """In another database of the server."""
    async with databases.administered() as writer, writer.transaction():
        await writer.fetchval("select pg_current_xact_id()::text")
        yield


LOOKS = {"here": reads, "elsewhere": writes_elsewhere}


async def test_what_was_said_before_leaves_for_the_log_first(place: Place, rewriting: Rewriting, erased: UUID) -> None:
    row = "insert into public.outbox (id, topic, key, type, body) values (:id, 'keten.dossier', :key, 'x', '{}')"
    async with place.as_worker() as session:
        await session.execute(text(row), {"id": new_id(), "key": erased})
    assert await rewriting.rewrite() == 0

    async with place.as_worker() as session:
        await session.execute(text("delete from public.outbox where key = :key"), {"key": erased})
    assert await rewritten(rewriting) == 1


async def test_what_is_erased_again_is_rewritten_again(place: Place, rewriting: Rewriting, erased: UUID) -> None:
    await rewritten(rewriting)

    async with place.as_worker() as session:
        await forget(session, [erased])

    assert not await is_rewritten(place, erased)
    assert await rewritten(rewriting) == 1


async def test_what_is_erased_again_while_the_disk_is_rewritten_is_rewritten_once_more(
    place: Place, rewriting: Rewriting, erased: UUID
) -> None:
    class Meanwhile:
        """A log whose files take so long that another erasure of the same ends before."""

        async def forget(self) -> None:
            async with place.as_worker() as session:
                await forget(session, [erased])

    log: Any = Meanwhile()
    overtaken = Rewriting("dossier", place.service.databases, WIRING.content, log=log, clock=utc_now)

    assert await overtaken.rewrite() == 0
    assert not await is_rewritten(place, erased)
    assert await rewritten(rewriting) == 1


async def test_what_the_log_cannot_forget_yet_is_tried_again(place: Place, rewriting: Rewriting, erased: UUID) -> None:
    class Looked:
        async def forget(self) -> None:
            raise StillSeen

    log: Any = Looked()
    waiting = Rewriting("dossier", place.service.databases, WIRING.content, log=log, clock=utc_now)

    assert await waiting.rewrite() == 0
    assert not await is_rewritten(place, erased)


@pytest.mark.parametrize(
    ("hour", "size", "now"),
    [(12, SMALL - 1, True), (12, SMALL, False), (1, SMALL, True), (0, SMALL, True), (5, SMALL, False)],
)
def test_a_large_table_waits_for_the_night_in_the_netherlands(hour: int, size: int, now: bool) -> None:
    assert is_time(datetime(2026, 1, 5, hour, tzinfo=UTC), size) is now
