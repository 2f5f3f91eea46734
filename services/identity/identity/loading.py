"""What commands share: that a thing is there, saying what happened to it, and a change of one's own rights."""

from typing import Protocol
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.context import Command
from contracts.events import Event
from contracts.identity import UserStatus
from identity.domain.account import Account, AccountNotFound
from identity.domain.user import User, UserNotFound
from identity.tables import app_user


class Saying(Protocol):
    """Whoever says what happened: a command, or a change on a hosted page."""

    def stage(self, event: Event, *, version: int) -> None: ...


def known(user: User | None) -> User:
    """Raises UserNotFound."""
    if user is None:
        raise UserNotFound
    return user


def found(held: Account | None) -> Account:
    """Raises AccountNotFound."""
    if held is None:
        raise AccountNotFound
    return held


async def is_proven(session: AsyncSession, email: str, *, but: UUID | None = None) -> bool:
    """Whether somebody (else) has proven that this address is his (SHR-8)."""
    proven = (app_user.c.email == email, app_user.c.status != UserStatus.REMOVED, app_user.c.verified)
    others = (app_user.c.id != but,) if but else ()
    return bool(await session.scalar(select(exists().where(*proven, *others))))


def stage(c: Saying, of: Account | User, *events: Event) -> None:
    """Facts of one aggregate, at its version."""
    for event in events:
        c.stage(event, version=of.version)


def own_rights_change(c: Command) -> None:
    """The actor's own row is written here under its version, so a change meanwhile is a lost race already; looking once
    more would only find him without the right that he has just given away."""
    c.leaned.clear()
