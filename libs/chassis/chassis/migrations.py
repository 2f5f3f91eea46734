"""Migrations of a service's database: run once before the services, as the owner, one runner at a time.

A service's `migrations/env.py` is two lines: `from chassis.migrations import run` and `run()`.
"""

import importlib.util
from pathlib import Path
from typing import Any

from alembic import command, context, op
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from chassis.databases import Databases

# The schema `projection` is swapped as a whole when it is rebuilt; what was migrated must survive that.
_VERSIONS: dict[str, Any] = {"version_table": "alembic_version", "version_table_schema": "public"}
MIGRATING = 0x4B657402  # an advisory lock's number, within one database


class MigrationsMissing(Exception):
    """A service has no migrations beside its package."""


class DatabaseNewerThanCode(Exception):
    """A database has been migrated by a newer release."""

    def __init__(self, service: str, revision: str) -> None:
        super().__init__(
            f"The database of {service} is at revision {revision}, which this release does not know. "
            "Start the release that made it, or a newer one."
        )


async def migrate(databases: Databases, service: str) -> None:
    """Bring a service's database to the newest revision. Raises `MigrationsMissing`, `DatabaseNewerThanCode`."""
    config = _config(service)
    engine = create_async_engine(databases.url(service, "owner"), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.execute(text("select pg_advisory_lock(:number)"), {"number": MIGRATING})
            await connection.commit()  # the lock is the session's; the migrations get a transaction of their own
            await connection.run_sync(_upgrade, config, service)
            await connection.commit()
    finally:
        await engine.dispose()


async def refuse_unknown_head(databases: Databases, service: str, role: str = "api") -> None:
    """For a service's start: raises `DatabaseNewerThanCode` when its database is at a revision it does not know."""
    engine = create_async_engine(databases.url(service, role), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_refuse_unknown, _config(service), service)
    finally:
        await engine.dispose()


def refuse_unknown_revision(service: str, revision: str) -> None:
    """Raises `DatabaseNewerThanCode` for a revision that this release does not know."""
    _refuse(ScriptDirectory.from_config(_config(service)), service, revision)


def has_migrations(service: str) -> bool:
    """Whether migrations lie beside the service's package."""
    folder = _folder(service)
    return folder is not None and (folder / "env.py").exists()


def run(metadata: MetaData | None = None) -> None:
    """What Alembic runs as the environment of every service; `metadata` serves `alembic revision --autogenerate`."""
    connection: Connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=metadata, **_VERSIONS)
    with context.begin_transaction():
        context.run_migrations()


def execute_script(sql: str) -> None:
    """Within a migration: several statements as they stand, in the migration's own transaction."""
    bind = op.get_bind()
    bind.execute(text("select 1"))  # the driver's transaction begins with the first statement through SQLAlchemy
    driver: Any = bind.connection.dbapi_connection
    driver.run_async(lambda connection: connection.execute(sql))


def _upgrade(connection: Connection, config: Config, service: str) -> None:
    _refuse_unknown(connection, config, service)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    for role in ("api", "worker"):
        connection.execute(text(f'revoke insert, update, delete on public.alembic_version from "{service}_{role}"'))


def _refuse_unknown(connection: Connection, config: Config, service: str) -> None:
    scripts = ScriptDirectory.from_config(config)
    for revision in MigrationContext.configure(connection, opts=_VERSIONS).get_current_heads():
        _refuse(scripts, service, revision)
    connection.rollback()


def _refuse(scripts: ScriptDirectory, service: str, revision: str) -> None:
    try:
        scripts.get_revision(revision)
    except CommandError:
        raise DatabaseNewerThanCode(service, revision) from None


def _config(service: str) -> Config:
    if not has_migrations(service):
        raise MigrationsMissing(f"No migrations/env.py beside the package {service}.")
    config = Config()
    config.set_main_option("script_location", str(_folder(service)).replace("%", "%%"))
    return config


def _folder(service: str) -> Path | None:
    package = importlib.util.find_spec(service)
    return None if package is None or package.origin is None else Path(package.origin).parent.parent / "migrations"
