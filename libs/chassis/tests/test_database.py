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

from chassis import database
from chassis.database import connect, engine, is_outage
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


async def test_who_takes_a_connection_and_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "CONNECTING", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}/nothing"
        pool = engine(f"postgresql+asyncpg://nobody@{address}", size=1)

        async with asyncio.timeout(10):
            with pytest.raises(TimeoutError) as by_pool:
                await _backend(pool)
            with pytest.raises(TimeoutError):
                await connect(f"postgresql://nobody@{address}")

    assert is_outage(by_pool.value)
    await pool.dispose()


async def test_a_statement_is_not_given_up_before_its_time(fresh_databases: Callable[..., Databases]) -> None:
    pool = engine(fresh_databases("dossier").url("dossier", "api"), size=1, statement=None)

    async with pool.connect() as connection:
        assert (await connection.execute(text("select 1 from pg_sleep(0.7)"))).scalar_one() == 1
    await pool.dispose()


async def test_the_server_lets_go_of_who_is_gone_while_he_waits(
    fresh_databases: Callable[..., Databases], eventually: Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]
) -> None:
    databases = fresh_databases("dossier")
    async with databases.connected("dossier", "worker") as waiting, databases.connected("dossier", "worker") as holder:
        await holder.execute("select pg_advisory_lock(1)")
        backend = waiting.get_server_pid()
        asked = asyncio.create_task(waiting.execute("select pg_advisory_lock(1)"))
        await eventually(lambda: _waits(holder, backend))

        waiting.terminate()

        await eventually(lambda: _are_gone(holder, {backend}))
        with pytest.raises(asyncpg.PostgresConnectionError):
            await asked


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
        from_there = await connection.scalar(text("show tcp_keepalives_idle"))
    assert (0 < silence <= 30_000, bool(is_watched), idle, from_there) == (True, True, 10, "10")
    await pool.dispose()


async def _backend(pool: AsyncEngine) -> int:
    async with pool.connect() as connection:
        return int((await connection.execute(text("select pg_backend_pid()"))).scalar_one())


async def _are_gone(admin: asyncpg.Connection, backends: set[int]) -> bool:
    return not await admin.fetchval("select count(*) from pg_stat_activity where pid = any($1)", list(backends))


async def _waits(admin: asyncpg.Connection, backend: int) -> bool:
    return bool(await admin.fetchval("select wait_event = 'advisory' from pg_stat_activity where pid = $1", backend))
