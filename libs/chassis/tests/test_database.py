"""The pool: what was closed while nobody used it is never handed out, and nobody is told."""

import asyncio
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.database import engine, is_outage
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


async def test_a_frozen_server_is_given_up_and_the_next_finds_another_connection(
    fresh_databases: Callable[..., Databases],
) -> None:
    databases = fresh_databases("dossier")
    pool = engine(databases.url("dossier", "api"), size=1, statement=0.5)
    frozen = await _backend(pool)

    os.kill(frozen, signal.SIGSTOP)
    try:
        async with asyncio.timeout(10):
            with pytest.raises((TimeoutError, DBAPIError)) as given_up:
                await _backend(pool)
            assert is_outage(given_up.value), repr(given_up.value)
            assert await _backend(pool) != frozen
    finally:
        os.kill(frozen, signal.SIGCONT)
    await pool.dispose()


async def test_a_statement_is_not_given_up_before_its_time(fresh_databases: Callable[..., Databases]) -> None:
    pool = engine(fresh_databases("dossier").url("dossier", "api"), size=1, statement=None)

    async with pool.connect() as connection:
        assert (await connection.execute(text("select 1 from pg_sleep(0.7)"))).scalar_one() == 1
    await pool.dispose()


async def test_a_host_that_vanishes_is_noticed_by_the_connection_itself(
    fresh_databases: Callable[..., Databases],
) -> None:
    pool = engine(fresh_databases("dossier").url("dossier", "api"), size=1)

    async with pool.connect() as connection:
        raw: Any = (await connection.get_raw_connection()).driver_connection
        held = raw._transport.get_extra_info("socket")
        silence = held.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
        is_watched = held.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        idle = held.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE)
    assert (0 < silence <= 30_000, bool(is_watched), idle) == (True, True, 10)
    await pool.dispose()


async def _backend(pool: AsyncEngine) -> int:
    async with pool.connect() as connection:
        return int((await connection.execute(text("select pg_backend_pid()"))).scalar_one())


async def _are_gone(admin: asyncpg.Connection, backends: set[int]) -> bool:
    return not await admin.fetchval("select count(*) from pg_stat_activity where pid = any($1)", list(backends))
