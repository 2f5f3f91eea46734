"""A password that was forgotten, and a browser that is to be known."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from chassis.staging import Staged
from contracts.identity import UserStatus
from identity import sessions
from identity.changes import Change
from identity.domain.mail import Purpose
from identity.domain.user import LinkSpent, User
from identity.mail import Stating, request_mail, spend_all, spend_link
from identity.tables import app_user, mail_request


async def ask_for_password(c: Stating, *, email: str) -> datetime:
    """Answers until when the link would be good; whether the address is known is not even looked up."""
    # open to everyone: the link goes to who has the address, if anybody has
    _, until = await request_mail(c, Purpose.PASSWORD_RESET, email=email)
    return until


async def choose_password(
    c: Change, request_id: UUID, *, password_hash: str, token_life: int
) -> tuple[User, list[Staged]]:
    """Ends all that somebody began with the password before; also returns the sessions that ended. Raises LinkSpent."""
    # open to everyone: who has the link has the address
    await spend_link(c, Purpose.PASSWORD_RESET, request_id)
    user = await mailed_user(c, request_id)
    user.choose_password(password_hash)
    await c.session.flush()  # whoever is signing in with the one before has done so by now, or will not
    c.log(user, "password.reset", rule="link")
    ended = await sessions.end_all_of_user(c.session, user.id, now=c.now, token_life=token_life)
    await spend_all(c, user_id=user.id, email=user.email)
    return user, ended


async def know_device(c: Change, request_id: UUID) -> User:
    """Lets a person sign in on a browser that is not known yet, whatever was tried elsewhere. Raises LinkSpent."""
    # open to everyone: who has the link has the address
    await spend_link(c, Purpose.NEW_DEVICE, request_id)
    user = await mailed_user(c, request_id)
    c.log(user, "device.trust", rule="link")
    return user


async def mailed_user(c: Change, request_id: UUID) -> User:
    """Who has the address that something was mailed to, if he can sign in. Raises LinkSpent."""
    # open to everyone: asked behind a link only
    address = select(mail_request.c.email).where(mail_request.c.id == request_id).scalar_subquery()
    active = (app_user.c.status == UserStatus.ACTIVE, app_user.c.verified)
    found = await c.session.scalars(select(User).where(app_user.c.email == address, *active))
    user = found.one_or_none()
    if user is None or not user.can_sign_in():
        raise LinkSpent
    return user
