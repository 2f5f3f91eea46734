"""Sending a failed mail again, and what a person wants to be mailed about."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from access import facts
from chassis.context import Command
from chassis.work import open_job
from documents.domain.mail import NOBODY, SENDING, Mail
from documents.facts import own_or, sent_for
from documents.loading import mail_of
from documents.tables import mail_preference


async def send_again(c: Command, mail_id: UUID) -> Mail:
    """A mail that failed is tried anew. Raises MailNotFailed."""
    mail = await mail_of(c.session, mail_id)
    await c.authorize(
        own_or("mail.retry", mail.caused_by, c.actor), sent_for(mail.account_id, caused_by=mail.caused_by)
    )
    job_id = await open_job(
        c.session,
        kind=SENDING,
        account_id=mail.account_id or NOBODY,
        opened_by=c.actor.user_id,
        items=[{"mail": str(mail.id)}],
        at=c.now,
    )
    mail.try_again(job_id)
    return mail


async def set_preferences(c: Command, *, mail_on_share: bool) -> None:
    """What one wants to be mailed about (ALL-4)."""
    user_id = c.actor.user_id
    await c.authorize("self.change", facts.account(c.actor.account_id, about=user_id))
    wanted = insert(mail_preference).values(user_id=user_id, mail_on_share=mail_on_share)
    changed = {"mail_on_share": wanted.excluded.mail_on_share}
    await c.session.execute(wanted.on_conflict_do_update(index_elements=["user_id"], set_=changed))
