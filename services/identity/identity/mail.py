"""Asking for a mail, in the transaction that it belongs to. Neither address nor link goes anywhere: whoever sends it asks
for them at the moment of sending (`queries/mail`)."""

from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.staging import Staged, stage
from contracts.identity import MailRequested
from contracts.ids import new_id
from identity.domain.mail import LIVES, MAILS_AN_HOUR, Purpose, TooManyMails
from identity.domain.user import LinkSpent
from identity.tables import app_user, mail_request


class Stating(Protocol):
    """Whatever changes something and says so."""

    @property
    def session(self) -> AsyncSession: ...
    @property
    def now(self) -> datetime: ...
    @property
    def staged(self) -> list[Staged]: ...


async def request_mail(
    c: Stating,
    purpose: Purpose,
    *,
    email: str | None = None,
    user_id: UUID | None = None,
    asked_by: UUID | None = None,
    change: str | None = None,
) -> tuple[UUID, datetime]:
    """To an address, known or not, or to a user at the address that he has by then. Returns the request and its end."""
    request_id, until = new_id(), c.now + LIVES[purpose]
    about = {"email": email, "user_id": user_id, "asked_by": asked_by, "change": change}
    row = {"id": request_id, "purpose": purpose, "asked_at": c.now, "expires_at": until}
    await c.session.execute(insert(mail_request).values(**row, **about))
    # Without the actor of the request: who asks for an address that he does not have yet is nobody.
    c.staged.append(stage(MailRequested(request_id=request_id, purpose=purpose), version=1, at=c.now))
    return request_id, until


async def refuse_flood(c: Stating, purpose: Purpose, *user_ids: UUID) -> None:
    """Nobody's mailbox is filled by pressing a button. Several ids are one person's, one after the other. Raises
    TooManyMails."""
    about = (mail_request.c.user_id.in_(user_ids), mail_request.c.purpose == purpose)
    lately = select(func.count()).where(*about, mail_request.c.asked_at > c.now - timedelta(hours=1))
    if (await c.session.scalar(lately) or 0) >= MAILS_AN_HOUR:
        raise TooManyMails(retryAfter=3600)


async def alone(c: Stating, email: str) -> None:
    """One link of a person at a time, or two would each wait for the other to be spent."""
    await c.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(email, 2))))


async def spend_link(c: Stating, purpose: Purpose, request_id: UUID) -> None:
    """A link opens once, also for two who click at the same moment. Raises LinkSpent."""
    his = select(func.coalesce(app_user.c.email, mail_request.c.email)).select_from(mail_request)
    asked = his.outerjoin(app_user, app_user.c.id == mail_request.c.user_id).where(mail_request.c.id == request_id)
    await alone(c, await c.session.scalar(asked) or "")
    open_one = (mail_request.c.id == request_id, mail_request.c.purpose == purpose, mail_request.c.spent_at.is_(None))
    spent = update(mail_request).where(*open_one, mail_request.c.expires_at > c.now).values(spent_at=c.now)
    if (await c.session.execute(spent.returning(mail_request.c.id))).one_or_none() is None:
        raise LinkSpent


async def spend_all(c: Stating, *, user_id: UUID, email: str) -> None:
    """Whatever else was under way to a person opens nothing any more."""
    await alone(c, email)
    his = or_(mail_request.c.user_id == user_id, mail_request.c.email == email)
    opening = mail_request.c.purpose.in_(
        [Purpose.SIGN_UP, Purpose.PASSWORD_RESET, Purpose.ADDRESS_CHANGE, Purpose.NEW_DEVICE]
    )
    spent = update(mail_request).where(his, opening, mail_request.c.spent_at.is_(None)).values(spent_at=c.now)
    await c.session.execute(spent)
