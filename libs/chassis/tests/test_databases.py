"""Who may connect to which database, what a role may do there, and how a database comes to its newest revision."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from chassis.databases import Databases, prepare
from chassis.migrations import MIGRATING, DatabaseNewerThanCode, migrate, refuse_unknown_head

Fresh = Callable[..., Databases]

_REVISION = """
from alembic import op
revision = "{revision}"
down_revision = {before}

def upgrade():
    op.execute("create table public.step_{revision} (number int)")
"""


async def test_a_service_connects_to_its_own_database_alone(fresh_databases: Fresh) -> None:
    databases = fresh_databases("orders", "stock")

    async with databases.connected("orders", "api") as orders:
        assert await orders.fetchval("select current_user") == "orders_api"
    for other in (databases.name("stock"), databases.name("log"), "postgres", "template1"):
        dsn = databases.dsn("orders", "api").replace(f"/{databases.name('orders')}", f"/{other}")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(dsn)


async def test_what_the_owner_makes_the_other_roles_can_use_but_not_change(fresh_databases: Fresh) -> None:
    databases = fresh_databases("orders")
    async with databases.connected("orders", "owner") as owner:
        await owner.execute("create table public.parcel (number int generated always as identity)")
        await owner.execute("create table projection.seen (number int)")

    for role in ("api", "worker"):
        async with databases.connected("orders", role) as connection:
            await connection.execute("insert into parcel default values; insert into seen values (1)")
            for forbidden in ("create table public.mine ()", "drop table parcel", "create schema mine"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(forbidden)


async def test_the_worker_alone_sees_past_row_level_security(fresh_databases: Fresh) -> None:
    databases = fresh_databases("orders")
    async with databases.connected("orders", "owner") as owner:
        await owner.execute("create table public.parcel (number int); alter table parcel enable row level security")
    async with databases.connected("orders", "worker") as worker:
        await worker.execute("insert into parcel values (1)")

    async with databases.connected("orders", "api") as api:
        assert await api.fetchval("select count(*) from parcel") == 0
    async with databases.connected("orders", "worker") as worker:
        assert await worker.fetchval("select count(*) from parcel") == 1


async def test_the_worker_swaps_a_projection_that_it_built_beside_the_live_one(fresh_databases: Fresh) -> None:
    databases = fresh_databases("orders")

    async with databases.connected("orders", "worker") as worker:
        await worker.execute("""
            set role orders_owner;
            create schema projection_shadow; create table projection_shadow.seen (number int);
            reset role;
            insert into projection_shadow.seen values (7);
            set role orders_owner;
            begin;
            alter schema projection rename to projection_old; alter schema projection_shadow rename to projection;
            drop schema projection_old cascade;
            commit;
        """)

    async with databases.connected("orders", "api") as api:
        assert await api.fetchval("select number from seen") == 7


async def test_preparing_again_changes_nothing(fresh_databases: Fresh) -> None:
    databases = fresh_databases("orders")

    await prepare(databases, ["orders"])

    async with databases.connected("log", "service") as log:
        assert await log.fetchval("select current_user") == "log_service"


async def test_migrating_again_changes_nothing(
    fresh_databases: Fresh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_service("depot", tmp_path, "a1", "b2")
    monkeypatch.syspath_prepend(str(tmp_path / "depot"))
    databases = fresh_databases("depot")

    for _ in range(3):
        await migrate(databases, "depot")
    await refuse_unknown_head(databases, "depot")

    async with databases.connected("depot", "api") as api:
        assert await api.fetchval("select version_num from public.alembic_version") == "b2"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await api.execute("delete from public.alembic_version")


async def test_a_runner_waits_for_another(
    fresh_databases: Fresh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_service("quay", tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path / "quay"))
    databases = fresh_databases("quay")
    add_revision(tmp_path / "quay", "a1", before=None)

    async with databases.connected("quay", "owner") as other:
        await other.execute("select pg_advisory_lock($1)", MIGRATING)
        runner = asyncio.create_task(migrate(databases, "quay"))
        done, _ = await asyncio.wait([runner], timeout=0.5)
        assert not done
    await asyncio.wait_for(runner, 10)


async def test_a_database_that_is_newer_than_the_code_is_refused(
    fresh_databases: Fresh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_service("wharf", tmp_path, "a1", "b2")
    monkeypatch.syspath_prepend(str(tmp_path / "wharf"))
    databases = fresh_databases("wharf")
    (tmp_path / "wharf/migrations/versions/b2.py").unlink()

    with pytest.raises(DatabaseNewerThanCode, match="revision b2"):
        await migrate(databases, "wharf")
    with pytest.raises(DatabaseNewerThanCode, match="revision b2"):
        await refuse_unknown_head(databases, "wharf")


def a_service(name: str, folder: Path, *revisions: str) -> None:
    """A service of the standard shape with these revisions, one after the other."""
    (folder / name / name).mkdir(parents=True)
    (folder / name / name / "__init__.py").touch()
    (folder / name / "migrations" / "versions").mkdir(parents=True)
    (folder / name / "migrations" / "env.py").write_text("from chassis.migrations import run\n\nrun()\n")
    for before, revision in zip((None, *revisions), revisions, strict=False):
        add_revision(folder / name, revision, before=before)


def add_revision(service: Path, revision: str, *, before: str | None) -> None:
    text = _REVISION.format(revision=revision, before=repr(before))
    (service / "migrations" / "versions" / f"{revision}.py").write_text(text)
