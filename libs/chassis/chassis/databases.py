"""The databases of a platform: which exist, who may connect to them and as whom. Knows no table.

Per service a database and three roles: `<service>_owner` (migrations), `<service>_api` (requests; owns nothing, so that
row-level security binds it) and `<service>_worker` (consumers, relay, sealer). The event log has `log_owner` and
`log_service`.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from sqlalchemy.engine import URL

from chassis import log_postgres
from chassis.database import NOTICED_BY_SERVER, connect
from chassis.passwords import password_of
from chassis.postgres import ADMIN
from chassis.settings import Settings

LOG = "log"
_PREPARING = 0x4B657401  # an advisory lock's number: any, as long as no other lock has it


@dataclass(frozen=True)
class Databases:
    """Where the databases are. Roles: `owner`, `api` and `worker` of a service; `owner` and `service` of the log.

    `suffix` follows every database's name, so that several sets live on one server (tests); roles are shared.
    """

    address: str
    secrets: Path
    suffix: str = ""

    @classmethod
    def of(cls, settings: Settings) -> "Databases":
        """The databases that a process was told of."""
        return cls(settings.postgres, settings.secrets, settings.database_suffix)

    def name(self, service: str) -> str:
        """The database of a service, or of the log."""
        return service + self.suffix

    def url(self, service: str, role: str) -> str:
        """For SQLAlchemy."""
        return self._url("postgresql+asyncpg", self.name(service), f"{service}_{role}")

    def dsn(self, service: str, role: str) -> str:
        """For asyncpg."""
        return self._url("postgresql", self.name(service), f"{service}_{role}")

    @asynccontextmanager
    async def connected(self, service: str, role: str) -> AsyncIterator[asyncpg.Connection]:
        """A connection of its own, closed at the end; no transaction is opened."""
        async with _connected(self.dsn(service, role)) as connection:
            yield connection

    @asynccontextmanager
    async def administered(self, database: str = "postgres") -> AsyncIterator[asyncpg.Connection]:
        """A connection as the administrator, to the database of this (whole) name."""
        async with _connected(self._url("postgresql", database, ADMIN)) as connection:
            yield connection

    def _url(self, driver: str, database: str, role: str) -> str:
        host, _, port = self.address.rpartition(":")
        password = password_of(role, self.secrets)
        url = URL.create(driver, username=role, password=password, host=host, port=int(port), database=database)
        return url.render_as_string(hide_password=False)


async def prepare(databases: Databases, services: Sequence[str], *, log: bool = True) -> None:
    """Make what is missing: passwords, roles, databases, schemas, rights, and the tables of a `log`. Can be repeated."""
    async with databases.administered() as admin:
        await admin.execute("select pg_advisory_lock($1)", _PREPARING)
        await _close_to_public(admin, "postgres", "template1")
        for service in (*services, LOG) if log else services:
            await _make_roles(admin, databases, service)
            await _make_database(admin, databases, service)
            await open_to_roles(admin, databases, service)
        for service in services:
            async with databases.administered(databases.name(service)) as inside:
                await inside.execute(_schemas(service))
                # To drop the journal after an erasure.
                await inside.execute(f'grant execute on function pg_switch_wal() to "{service}_worker"')
        if log:
            async with databases.connected(LOG, "owner") as connection:
                await log_postgres.create(connection)


async def open_to_roles(admin: asyncpg.Connection, databases: Databases, service: str) -> None:
    """Let a service's roles, and nobody else, connect to its database. A copy of a database needs this again."""
    name = databases.name(service)
    await _close_to_public(admin, name)
    for role in _roles(service):
        await admin.execute(f'grant connect, temporary on database "{name}" to "{role}"')
        if service != LOG:
            await admin.execute(f'alter role "{role}" in database "{name}" set search_path = projection, public')


def _roles(service: str) -> Iterator[str]:
    return (f"{service}_{role}" for role in (("owner", "service") if service == LOG else ("owner", "api", "worker")))


async def _make_roles(admin: asyncpg.Connection, databases: Databases, service: str) -> None:
    for role in _roles(service):
        if not await admin.fetchval("select true from pg_roles where rolname = $1", role):
            await admin.execute(f'create role "{role}"')
        password = password_of(role, databases.secrets).replace("'", "''")
        # Not inherited: the worker has the owner's rights only while it says `set role`, to rebuild a projection.
        rights = "noinherit bypassrls" if role == f"{service}_worker" else "inherit nobypassrls"
        await admin.execute(f"alter role \"{role}\" login {rights} password '{password}'")
    if service != LOG:
        await admin.execute(f'grant "{service}_owner", pg_checkpoint to "{service}_worker"')


async def _make_database(admin: asyncpg.Connection, databases: Databases, service: str) -> None:
    name = databases.name(service)
    if not await admin.fetchval("select true from pg_database where datname = $1", name):
        await admin.execute(f'create database "{name}" owner "{service}_owner"')


async def _close_to_public(admin: asyncpg.Connection, *names: str) -> None:
    for name in names:
        await admin.execute(f'revoke all on database "{name}" from public')


def _schemas(service: str) -> str:
    """Default rights hold for every schema of the owner, thus also for one that is built beside `projection`."""
    owner, readers = f'"{service}_owner"', f'"{service}_api", "{service}_worker"'
    return f"""
        create schema if not exists projection authorization {owner};
        revoke all on schema public from public;
        grant usage on schema public to {readers};
        grant usage on schema projection to {readers};
        alter default privileges for role {owner} grant usage on schemas to {readers};
        alter default privileges for role {owner} grant select, insert, update, delete on tables to {readers};
        alter default privileges for role {owner} grant usage on sequences to {readers};
    """


@asynccontextmanager
async def _connected(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await connect(dsn, server_settings=NOTICED_BY_SERVER)
    try:
        yield connection
    finally:
        await connection.close()
