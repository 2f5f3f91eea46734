"""Connections to a service's database: one engine per role, sessions whose transaction the edge owns."""

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy import event, text
from sqlalchemy.exc import DataError, DBAPIError, DisconnectionError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

Sessions = async_sessionmaker[AsyncSession]


# No statement of a service takes so long, however busy the database is; what may (a migration, the swap of a rebuild, an
# operator's questions) has connections of its own. A server that is frozen is given up then (seconds).
STATEMENT = 60.0

# In this time a database that is there lets a client in, and a pool has a connection free (seconds).
CONNECTING = 10.0

# A host that is gone acknowledges nothing. The system would go on sending to it for a quarter of an hour, and wait for it
# for ever where nothing is being sent (seconds, seconds, number, milliseconds).
_NOTICE_THE_DEAD = {
    socket.TCP_KEEPIDLE: 10,
    socket.TCP_KEEPINTVL: 5,
    socket.TCP_KEEPCNT: 3,
    socket.TCP_USER_TIMEOUT: 25_000,
}

# The same from the other side, for whatever waits in the server: what a client that is gone had locked is let go.
NOTICED_BY_SERVER = {
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "25000",
    "client_connection_check_interval": "2s",
}


def engine(url: str, *, size: int, statement: float | None = STATEMENT) -> AsyncEngine:
    """A pool of at most `size` connections; a connection that died while idle is replaced unseen. A `statement` that takes
    longer raises TimeoutError, and its connection is closed. What it was given stands in no error, for errors are logged."""
    made = create_async_engine(
        url,
        pool_size=size,
        max_overflow=0,
        pool_timeout=CONNECTING,
        hide_parameters=True,
        connect_args={"timeout": CONNECTING, "command_timeout": statement, "server_settings": NOTICED_BY_SERVER},
    )
    event.listen(made.sync_engine, "connect", _notice_the_dead)
    event.listen(made.sync_engine, "checkout", _replace_closed)
    return made


async def connect(dsn: str, **given: Any) -> asyncpg.Connection:
    """A connection without a pool, for what holds it long. Raises TimeoutError where nobody answers."""
    return await asyncpg.connect(dsn, timeout=CONNECTING, **given)


def _notice_the_dead(connection: Any, _record: Any) -> None:
    held = connection.driver_connection._transport.get_extra_info("socket")
    if held is not None and held.family in (socket.AF_INET, socket.AF_INET6):
        held.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in _NOTICE_THE_DEAD.items():
            held.setsockopt(socket.IPPROTO_TCP, option, value)


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
