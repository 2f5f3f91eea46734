"""What a restored backup must not bring back to life: whoever was signed in then has to sign in again."""

from datetime import datetime
from typing import Final

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from identity.tables import authorization_code, browser, refresh_token, service_session, session

# Codes and refresh tokens are gone as rows: one that comes back is a stranger's, not a replay that ends a session.
_GONE: Final = (authorization_code, refresh_token)


async def after_restore(made: AsyncSession, *, now: datetime) -> None:
    """End every session: some had been ended after the backup was made, and nobody can tell which. Links that were mailed,
    which may have been used since, die with the key that signed them."""
    for table in _GONE:
        await made.execute(delete(table))
    for table in (browser, session, service_session):
        await made.execute(update(table).where(table.c.ended_at.is_(None)).values(ended_at=now))
