"""Another e-mail address, which counts once it is proven."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from chassis.context import Command
from identity import facts
from identity.changes import Change
from identity.domain.mail import Purpose
from identity.domain.user import EmailInUse, User
from identity.loading import is_proven, known
from identity.mail import refuse_flood, request_mail, spend_all, spend_link
from identity.proving import Proving
from identity.tables import mail_request


async def ask_for_address(c: Command, proving: Proving, *, email: str, password: str) -> datetime:
    """Answers until when the link is good that goes to the new address; whether somebody else has it is not looked up."""
    await c.authorize("email.change", facts.user(c.actor.user_id))
    await proving.own_password(c, password)
    await refuse_flood(c, Purpose.ADDRESS_CHANGE, c.actor.user_id)
    _, until = await request_mail(c, Purpose.ADDRESS_CHANGE, email=email, user_id=c.actor.user_id)
    return until


async def change_address(c: Change, request_id: UUID) -> User:
    """Raises LinkSpent, and EmailInUse for an address that somebody else has proven meanwhile."""
    # open to everyone: who has the link has the new address, and it was asked for with the password
    await spend_link(c, Purpose.ADDRESS_CHANGE, request_id)
    asked = select(mail_request.c.user_id, mail_request.c.email).where(mail_request.c.id == request_id)
    row = (await c.session.execute(asked)).one()
    user = known(await c.session.get(User, row.user_id))
    if await is_proven(c.session, row.email, but=user.id):
        raise EmailInUse
    before = user.move(email=row.email)
    c.log(user, "email.change", rule="link")
    await spend_all(c, user_id=user.id, email=before)
    await request_mail(c, Purpose.ADDRESS_CHANGED, email=before, user_id=user.id)
    return user
