"""Connections to a service's database: one engine per role, sessions whose transaction the edge owns."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy import event, text
from sqlalchemy.exc import DataError, DBAPIError, DisconnectionError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

Sessions = async_sessionmaker[AsyncSession]


def engine(url: str, *, size: int) -> AsyncEngine:
    """A pool of at most `size` connections; a connection that died while idle is replaced unseen. What a statement was
    given stands in no error, for errors are logged."""
    made = create_async_engine(url, pool_size=size, max_overflow=0, pool_timeout=10, hide_parameters=True)
    event.listen(made.sync_engine, "checkout", _replace_closed)
    return made


def _replace_closed(connection: Any, _record: Any, _pooled: Any) -> None:
    """The driver knows of a closed socket; asking the database, as `pool_pre_ping` does, is three round trips more for
    every transaction."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def is_outage(fault: BaseException) -> bool:
    """Whether a server or the way to it is in trouble, and not what it was asked."""
    if isinstance(fault, DBAPIError) and not isinstance(fault, IntegrityError | DataError):
        state = getattr(fault.orig, "sqlstate", None) or ""
        # 08 connection, 40 serialisation and deadlock, 53 resources, 57 operator: the server's trouble, not the event's.
        return fault.connection_invalidated or state[:2] in {"", "08", "40", "53", "57"}
    driver = asyncpg.InterfaceError | asyncpg.InternalClientError
    return isinstance(fault, OSError | TimeoutError | PoolTimeout | driver)


def sessions(bound: AsyncEngine) -> Sessions:
    return async_sessionmaker(bound, expire_on_commit=False, autoflush=False)


def acting_for(user_id: str, *, session_id: str, staleness: float, account_id: str = "") -> Callable[..., None]:
    """For a session's `after_begin`: tell the database for whom each transaction works. Row-level security and the
    access facts read it; `staleness` (seconds) is how old the log's last word may be."""

    def tell(_session: Any, _transaction: Any, connection: Any) -> None:
        connection.exec_driver_sql(_TELL, (user_id, session_id, str(staleness), account_id))

    return tell


_TELL = """select set_config('keten.user', $1, true), set_config('keten.session', $2, true),
    set_config('keten.staleness', $3, true), set_config('keten.account', $4, true)"""


@asynccontextmanager
async def on_schema(made: Sessions, schema: str) -> AsyncIterator[AsyncSession]:
    """A session whose projections are those of `schema`, for the length of one transaction."""
    async with made() as session, session.begin():
        await session.execute(text("select set_config('search_path', :path, true)"), {"path": f"{schema}, public"})
        yield session
