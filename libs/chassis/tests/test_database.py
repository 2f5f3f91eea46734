"""The pool: what was closed while nobody used it is never handed out, and nobody is told."""

from collections.abc import Awaitable, Callable

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.database import engine
from chassis.databases import Databases


async def test_connections_that_were_closed_while_idle_are_replaced_unseen(
    fresh_databases: Callable[..., Databases], eventually: Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]
) -> None:
    databases = fresh_databases("dossier")
    pool = engine(databases.url("dossier", "api"), size=2)
    before = {await _backend(pool) for _ in range(3)}

    async with databases.administered() as admin:
        for backend in before:
            await admin.execute("select pg_terminate_backend($1)", backend)
        await eventually(lambda: _are_gone(admin, before))
    after = {await _backend(pool) for _ in range(3)}

    assert before
    assert not before & after
    await pool.dispose()


async def _backend(pool: AsyncEngine) -> int:
    async with pool.connect() as connection:
        return int((await connection.execute(text("select pg_backend_pid()"))).scalar_one())


async def _are_gone(admin: asyncpg.Connection, backends: set[int]) -> bool:
    return not await admin.fetchval("select count(*) from pg_stat_activity where pid = any($1)", list(backends))
