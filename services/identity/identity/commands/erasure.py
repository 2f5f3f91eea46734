"""Who somebody was is forgotten: a removed user, or an account with all its users (GDPR art. 17, NET-13)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.context import Command, check_version
from chassis.staging import put
from chassis.staging import stage as fact
from chassis.unsaying import unsay
from chassis.work import open_job
from contracts.identity import MailErased, Retention, UserProfile, UserStatus
from identity import facts
from identity.commands.second_factor import is_confirmed
from identity.domain.account import Account
from identity.domain.erasure import ENDING, ERASURE
from identity.domain.user import User
from identity.loading import found, known, stage
from identity.proving import Proving
from identity.tables import app_user, mail_request


async def erase_user(c: Command, user_id: UUID, *, expected: int | None) -> tuple[User, UUID]:
    """The user, and the job that takes the rest away. Raises NotRemoved, AlreadyErased."""
    user = await c.session.get(User, user_id)
    await c.authorize("user.erase", facts.user(user_id))
    user = known(user)
    check_version(user.version, expected)
    mails = await forget_mails(c.session, user)
    stage(c, user, user.erase(at=c.now))
    await _say_apart(c, mails)
    await unsay(c.session, UserProfile, user.id, account_id=user.account_id, at=c.now)
    items = [{"user": str(user.id)}]
    return user, await open_job(
        c.session, kind=ERASURE, account_id=user.account_id, opened_by=c.actor.user_id, items=items, at=c.now
    )


async def _say_apart(c: Command, mails: Sequence[MailErased]) -> None:
    """Beside the answer's position: nobody waits for these, and they may be more than a position names."""
    by = c.actor
    said = [
        fact(one, version=1, at=c.now, actor=by.user_id, account=by.account_id, traceparent=c.traceparent)
        for one in mails
    ]
    await put(c.session, said)


async def end_account(
    c: Command, proving: Proving, account_id: UUID, *, password: str, code: str | None, retention: Retention
) -> tuple[datetime, UUID]:
    """From when on it is erased, and the job that does it. Raises AccountEnding, PasswordWrong, CodeWrong, TooManyTries."""
    await c.authorize("account.erase", facts.account(account_id))
    await proving.own_password(c, password)
    if await is_confirmed(c, c.actor.user_id):
        await proving.own_code(c, code or "")
    held = found(await c.session.get(Account, account_id))
    after = held.end(retention, at=c.now)
    return after, await open_ending(c.session, held, opened_by=c.actor.user_id, at=c.now)


async def keep_account(c: Command, account_id: UUID) -> None:
    """Raises AccountNotEnding."""
    held = await c.session.get(Account, account_id)
    await c.authorize("account.erase", facts.account(account_id))
    found(held).keep()


async def open_ending(session: AsyncSession, held: Account, *, opened_by: UUID | None, at: datetime) -> UUID:
    """The job that erases an account when its time has come; the moment is part of the work, so that of one that was kept
    and ended anew only the last counts."""
    # open to everyone: part of what was allowed already
    assert held.erase_after is not None
    item = {"account": str(held.id), "after": held.erase_after.isoformat()}
    return await open_job(
        session,
        kind=ENDING,
        account_id=held.id,
        opened_by=opened_by,
        items=[item],
        at=at,
        due=held.erase_after,
    )


async def forget_mails(session: AsyncSession, user: User) -> list[MailErased]:
    """What was mailed to him, at whichever address he had; whoever kept the mails is told by these facts."""
    # open to everyone: part of what was allowed already
    addresses = {user.email, *await session.scalars(_addresses(user.id))} - {"", None}
    free = {one for one in addresses if not await session.scalar(_is_anothers(one, user.id))}
    which = or_(mail_request.c.user_id == user.id, mail_request.c.email.in_(free))
    gone = await session.scalars(delete(mail_request).where(which).returning(mail_request.c.id))
    return [MailErased(request_id=one) for one in gone]


def _addresses(user_id: UUID) -> Select[Any]:
    return select(mail_request.c.email).where(mail_request.c.user_id == user_id)


def _is_anothers(email: str, user_id: UUID) -> Select[Any]:
    """What was mailed there may be somebody else's by now: the address of who was removed is free."""
    theirs = (app_user.c.email == email, app_user.c.id != user_id, app_user.c.status != UserStatus.REMOVED)
    return select(exists().where(*theirs))
