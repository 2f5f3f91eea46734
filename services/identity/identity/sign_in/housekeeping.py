"""Forgetting what nobody can use any more: codes, refresh tokens, sessions and browsers; mail that was asked for, with
what its links opened; tries; second factors that were not confirmed."""

import asyncio
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy import delete, exists, or_

from chassis.clock import Clock
from chassis.database import Sessions
from identity import service_sessions
from identity.tables import (
    authorization_code,
    browser,
    mail_request,
    refresh_token,
    search,
    second_factor,
    session,
    sign_up,
    tries,
)

_EVERY: Final = 3600.0
# What is over is kept for a day, so that a code or token that comes twice is still recognised as such.
_KEPT: Final = timedelta(days=1)
# A day longer than one machine keeps its mail (documents).
MAILS_KEPT: Final = timedelta(days=8)

_logger = structlog.get_logger()


class Forgetting:
    """The clean-up of one identity service."""

    def __init__(self, made: Sessions, clock: Clock) -> None:
        self._made, self._clock = made, clock

    async def run(self) -> None:
        """For ever, once an hour."""
        while True:
            try:
                await self.forget()
            except Exception as fault:
                _logger.warning("forgetting_interrupted", reason=type(fault).__name__)
            await asyncio.sleep(_EVERY)

    async def forget(self) -> None:
        """Once, in one transaction."""
        before = self._clock() - _KEPT
        over = or_(session.c.ended_at < before, session.c.expires_at < before)
        async with self._made() as db, db.begin():
            for table in (authorization_code, refresh_token):
                gone = exists().where(session.c.id == table.c.session_id, over)
                await db.execute(delete(table).where(gone))
            await db.execute(delete(session).where(over))
            in_use = exists().where(session.c.browser_id == browser.c.id)
            await db.execute(delete(browser).where(browser.c.expires_at < before, ~in_use))
            await db.execute(delete(search).where(search.c.at < before))
            expired = mail_request.c.expires_at < before
            asked = exists().where(mail_request.c.id == sign_up.c.id, expired)
            await db.execute(delete(sign_up).where(asked))
            # As long as a mail may be kept somewhere, it is known here whom it went to.
            long_ago = mail_request.c.asked_at < self._clock() - MAILS_KEPT
            await db.execute(delete(mail_request).where(expired, long_ago))
            await db.execute(delete(tries).where(tries.c.since < before))
            unconfirmed = (second_factor.c.confirmed_at.is_(None), second_factor.c.begun_at < before)
            await db.execute(delete(second_factor).where(*unconfirmed))
            await service_sessions.forget(db, before=before)
