"""What the service that sends mail asks, at the moment of sending: what is in one, and whom a user's mail goes to."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.models import Model
from chassis.problems import NotFound
from contracts.identity import Language, UserStatus
from identity.domain.mail import Purpose
from identity.domain.user import LinkSpent, User
from identity.emails import mailable
from identity.links import Links
from identity.loading import is_proven
from identity.tables import account, app_user, mail_request, sign_up


class MailContents(Model):
    """All that one mail needs. A link in it is a secret."""

    to: str
    language: Language
    template: str
    values: dict[str, str]


class Addressee(Model):
    """Whom a user's mail goes to."""

    email: str
    language: Language
    name: str
    initials: str
    organisation: str


class MailUnknown(NotFound):
    """Nobody asked for this mail, or there is nobody to send it to."""

    nl = "Om deze mail heeft niemand gevraagd, of er is niemand om hem aan te sturen."


async def mail_contents(session: AsyncSession, links: Links, request_id: UUID, *, now: datetime) -> MailContents:
    """Raises MailUnknown; and LinkSpent for what is too late, has been used, or is of no use any more."""
    # open to everyone: reached by the other services alone; who asked for the mail was asked then
    request = (await session.execute(select(mail_request).where(mail_request.c.id == request_id))).one_or_none()
    if request is None:
        raise MailUnknown
    if request.spent_at is not None or request.expires_at <= now:
        raise LinkSpent
    return await _CONTENTS[Purpose(request.purpose)](session, links, request, now)


async def addressee(session: AsyncSession, user_id: UUID) -> Addressee:
    """Raises MailUnknown for who is not active or has not proven his address."""
    # open to everyone: reached by the other services alone, for mail that they have decided to send
    found = await session.execute(
        select(app_user.c.email, app_user.c.language, app_user.c.name, app_user.c.initials, account.c.name)
        .join(account, account.c.id == app_user.c.account_id)
        .where(app_user.c.id == user_id, *_REACHABLE)
    )
    row = found.one_or_none()
    if row is None:
        raise MailUnknown
    email, language, name, initials, organisation = row
    return Addressee(email=mailable(email), language=language, name=name, initials=initials, organisation=organisation)


_REACHABLE: Final = (
    app_user.c.status == UserStatus.ACTIVE,
    app_user.c.verified,
    app_user.c.password_hash.is_not(None),
)


async def _sign_up(session: AsyncSession, links: Links, request: Row[Any], now: datetime) -> MailContents:
    """Who has an account already is told that somebody tried; by his own name, not by what a stranger wrote."""
    held = (app_user.c.email == request.email, app_user.c.status != UserStatus.REMOVED, app_user.c.verified)
    there = (await session.execute(select(app_user.c.name, app_user.c.language).where(*held))).one_or_none()
    if there is not None:
        return _mail(there, request.email, "sign-up-known", name=there.name, link=links.forgotten)
    asked = (await session.execute(select(sign_up).where(sign_up.c.id == request.id))).one()
    link = links.mailed(Purpose.SIGN_UP, request.id)
    return _mail(asked, request.email, "sign-up", name=asked.name, organisation=asked.organisation, link=link)


async def _invitation(session: AsyncSession, links: Links, request: Row[Any], now: datetime) -> MailContents:
    user = await session.get(User, request.user_id)
    if user is None or user.password_hash is not None or not user.can_activate(user.link_generation, at=now):
        raise LinkSpent
    inviter = app_user.alias()
    named = (
        select(inviter.c.name, account.c.name.label("organisation"))
        .select_from(account)
        .outerjoin(inviter, inviter.c.id == request.asked_by)
        .where(account.c.id == user.account_id)
    )
    by, organisation = (await session.execute(named)).one()
    told = {"name": user.name, "inviter": by or organisation, "organisation": organisation}
    if await is_proven(session, user.email, but=user.id):
        return _mail(user, user.email, "invitation-known", **told)
    return _mail(user, user.email, "invitation", link=links.activation(user), **told)


async def _password_reset(session: AsyncSession, links: Links, request: Row[Any], now: datetime) -> MailContents:
    user = await _one(session, app_user.c.email == request.email)
    link = links.mailed(Purpose.PASSWORD_RESET, request.id)
    return _mail(user, user.email, Purpose.PASSWORD_RESET, name=user.name, link=link)


async def _address_change(session: AsyncSession, links: Links, request: Row[Any], now: datetime) -> MailContents:
    user = await _one(session, app_user.c.id == request.user_id)
    if await is_proven(session, request.email, but=user.id):
        raise MailUnknown
    link = links.mailed(Purpose.ADDRESS_CHANGE, request.id)
    return _mail(user, request.email, Purpose.ADDRESS_CHANGE, name=user.name, link=link)


async def _address_changed(session: AsyncSession, links: Links, request: Row[Any], now: datetime) -> MailContents:
    user = await _one(session, app_user.c.id == request.user_id)
    return _mail(user, request.email, Purpose.ADDRESS_CHANGED, name=user.name)


async def _new_device(session: AsyncSession, links: Links, request: Row[Any], now: datetime) -> MailContents:
    user = await _one(session, app_user.c.email == request.email)
    return _mail(
        user, user.email, Purpose.NEW_DEVICE, name=user.name, link=links.mailed(Purpose.NEW_DEVICE, request.id)
    )


async def _second_factor_changed(session: AsyncSession, links: Links, request: Row[Any], now: datetime) -> MailContents:
    user = await _one(session, app_user.c.id == request.user_id)
    return _mail(user, user.email, Purpose.SECOND_FACTOR_CHANGED, name=user.name, change=request.change)


async def _one(session: AsyncSession, which: ColumnElement[bool]) -> Row[Any]:
    found = select(app_user.c.id, app_user.c.email, app_user.c.name, app_user.c.language).where(which, *_REACHABLE)
    row: Row[Any] | None = (await session.execute(found)).one_or_none()  # type: ignore[assignment]
    if row is None:
        raise MailUnknown
    return row


def _mail(who: Any, to: str, template: str, **values: str) -> MailContents:
    return MailContents(to=mailable(to), language=who.language, template=str(template), values=values)


_CONTENTS: Final[Mapping[Purpose, Callable[..., Awaitable[MailContents]]]] = {
    Purpose.SIGN_UP: _sign_up,
    Purpose.INVITATION: _invitation,
    Purpose.PASSWORD_RESET: _password_reset,
    Purpose.ADDRESS_CHANGE: _address_change,
    Purpose.ADDRESS_CHANGED: _address_changed,
    Purpose.NEW_DEVICE: _new_device,
    Purpose.SECOND_FACTOR_CHANGED: _second_factor_changed,
}
