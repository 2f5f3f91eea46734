"""Until nobody looks at what was: of the event log as of every service's database (services/dossier/tests/test_disk.py)."""

from collections.abc import Awaitable, Callable

import pytest

from chassis.databases import LOG, Databases
from chassis.horizon import StillSeen
from chassis.log_postgres import PostgresLog


async def test_the_log_forgets_nothing_while_somebody_looks_at_what_was(
    fresh_databases: Callable[..., Databases],
    eventually: Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    databases = fresh_databases("dossier")
    log = PostgresLog(databases.dsn(LOG, "service"))
    async with databases.connected(LOG, "service") as connection:
        file = "select pg_relation_filepath('record')"
        before = await connection.fetchval(file)

        async with (
            databases.connected(LOG, "owner") as reader,
            reader.transaction(isolation="repeatable_read", readonly=True),
        ):
            await reader.fetchval("select 1")
            await connection.execute("select pg_current_xact_id()")
            with monkeypatch.context() as impatient:
                impatient.setattr("chassis.horizon.LOOKING", 0.2)
                with pytest.raises(StillSeen):
                    await log.forget()
            assert await connection.fetchval(file) == before

        async def it_is_forgotten() -> bool:
            try:
                await log.forget()
            except StillSeen:
                return False  # other tests write on the same server
            return bool(await connection.fetchval(file) != before)

        await eventually(it_is_forgotten)
