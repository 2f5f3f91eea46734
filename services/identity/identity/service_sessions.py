"""What partner systems prove themselves with, and the sessions that their tokens belong to: one for each secret, as long as
it is used. Only fingerprints of secrets are kept."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.tokens import CLOCKS
from contracts.identity import SessionEnded
from contracts.ids import UserId, new_id
from identity.sessions import fingerprint, secret
from identity.tables import service_secret, service_session

# How a partner system proved what it is.
ACR: Final = "urn:keten:acr:client-secret"

# Whoever finds one in a file, a log or a repository knows what it is.
_PREFIX: Final = "keten_secret_"


class Secret(NamedTuple):
    """A secret as it is told, once."""

    id: UUID
    value: str


async def make_secret(made: AsyncSession, service_account_id: UUID, *, now: datetime) -> Secret:
    fresh = Secret(new_id(), _PREFIX + secret())
    row = {"id": fresh.id, "service_account_id": service_account_id, "hash": fingerprint(fresh.value), "made_at": now}
    await made.execute(insert(service_secret).values(row))
    return fresh


async def secrets_of(made: AsyncSession, service_account_id: UUID) -> Sequence[UUID]:
    """Those that still open something."""
    own = service_secret.c.service_account_id == service_account_id
    found = await made.scalars(select(service_secret.c.id).where(own, service_secret.c.ended_at.is_(None)))
    return found.all()


async def end_secret(made: AsyncSession, secret_id: UUID, *, now: datetime, token_life: int) -> list[SessionEnded]:
    """It opens nothing any more, and neither do the tokens that it was given for."""
    await _end_secrets(made, service_secret.c.id == secret_id, now)
    return await _end(made, service_session.c.secret_id == secret_id, now, token_life)


async def end_secrets(made: AsyncSession, service_account_id: UUID, *, now: datetime) -> None:
    """All of them, of who was removed."""
    await _end_secrets(made, service_secret.c.service_account_id == service_account_id, now)


async def end_sessions(
    made: AsyncSession, service_account_id: UUID, *, now: datetime, token_life: int
) -> list[SessionEnded]:
    """Everywhere at once. Returns what is to be stated: only of sessions whose tokens still live."""
    return await _end(made, service_session.c.service_account_id == service_account_id, now, token_life)


async def forget(made: AsyncSession, *, before: datetime) -> None:
    """What has been over since then."""
    await made.execute(delete(service_session).where(service_session.c.ended_at < before))
    has_session = exists().where(service_session.c.secret_id == service_secret.c.id)
    await made.execute(delete(service_secret).where(service_secret.c.ended_at < before, ~has_session))


async def _end_secrets(made: AsyncSession, which: ColumnElement[bool], now: datetime) -> None:
    await made.execute(update(service_secret).where(which, service_secret.c.ended_at.is_(None)).values(ended_at=now))


async def _end(made: AsyncSession, which: ColumnElement[bool], now: datetime, token_life: int) -> list[SessionEnded]:
    ended = await made.execute(
        update(service_session)
        .where(which, service_session.c.ended_at.is_(None))
        .values(ended_at=now)
        .returning(service_session.c.id, service_session.c.service_account_id, service_session.c.tokens_until)
    )
    until = now + timedelta(seconds=token_life)
    return [
        SessionEnded(user_id=UserId(row.service_account_id), session_id=row.id, tokens_expire_at=until)
        for row in ended
        if row.tokens_until + timedelta(seconds=CLOCKS) > now
    ]
