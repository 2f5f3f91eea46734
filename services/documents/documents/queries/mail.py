"""What became of mails: one's own, or all of the account for who looks after them. No addresses."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, cast, select

from access import facts
from chassis.context import Context, Query
from chassis.keyset import continued
from chassis.models import Instant, Model
from chassis.paging import Page, Slice
from chassis.problems import Language
from chassis.tables import chunk
from documents.domain.mail import MailNotFound, MailState
from documents.facts import own_or, sent_for
from documents.queries.people import Named, Person, person_of
from documents.tables import mail, mail_preference


class MailView(Model):
    """What became of one mail. `reason` is a code: why it was dropped, failed, or has to wait. The job is what sends it, for
    as long as that is remembered."""

    id: UUID
    purpose: str
    state: MailState
    recipient: Person | None
    caused_by: Person | None
    dossier_id: UUID | None
    job_id: UUID
    attempts: int
    reason: str | None
    made_at: Instant
    ended_at: Instant | None
    version: int


class MailPreferences(Model):
    """What one wants to be mailed about."""

    mail_on_share: bool


async def mails_caused(q: Query, *, page: Page) -> Slice[MailView]:
    """Mails that the reader's own doing caused, the newest first."""
    await q.authorize("mail.own", facts.account(q.actor.account_id, about=q.actor.user_id))
    return await _page(q, _mails(q.language).where(mail.c.caused_by == q.actor.user_id), page)


async def mails_of_account(q: Query, *, page: Page) -> Slice[MailView]:
    """All mails that people of the account caused, the newest first."""
    await q.authorize("mail.read", facts.account(q.actor.account_id))
    return await _page(q, _mails(q.language).where(mail.c.account_id == q.actor.account_id), page)


async def mail_detail(q: Query, mail_id: UUID) -> MailView:
    row = (await q.session.execute(_mails(q.language).where(mail.c.id == mail_id))).one_or_none()
    if row is None:
        raise MailNotFound
    await q.authorize(own_or("mail.read", row.caused_by, q.actor), sent_for(row.account_id, caused_by=row.caused_by))
    return _view(row)


async def mail_as_changed(c: Context, mail_id: UUID) -> MailView:
    """What a command answers with."""
    # open to everyone: shows a command its own result, which that command was authorized for
    return _view((await c.session.execute(_mails(c.language).where(mail.c.id == mail_id))).one())


async def preferences(q: Query) -> MailPreferences:
    """Who has said nothing wants to be told."""
    await q.authorize("self.read", facts.account(q.actor.account_id, about=q.actor.user_id))
    said = select(mail_preference.c.mail_on_share).where(mail_preference.c.user_id == q.actor.user_id)
    return MailPreferences(mail_on_share=await q.session.scalar(said) is not False)


async def _page(q: Query, asked: Select[Any], page: Page) -> Slice[MailView]:
    shown = await continued(q.session, asked, page, order=(mail.c.id,), newest_first=True)
    return page.slice((await q.session.execute(shown)).all(), _view, key=lambda row: row.id)


def _mails(language: Language) -> Select[Any]:
    recipient, causer = Named("recipient", language), Named("causer", language)
    asked = select(
        mail,
        chunk.c.attempts.label("tried"),
        chunk.c.reason.label("waits_for"),
        *recipient.columns,
        *causer.columns,
    ).outerjoin(chunk, (chunk.c.job_id == mail.c.job_id) & (chunk.c.item["mail"].astext == cast(mail.c.id, Text)))
    return causer.beside(recipient.beside(asked, mail.c.recipient_id), mail.c.caused_by)


def _view(row: Any) -> MailView:
    is_waiting = row.state is MailState.WAITING
    return MailView(
        id=row.id,
        purpose=row.purpose,
        state=row.state,
        recipient=person_of(row, row.recipient_id, "recipient") if row.recipient_id else None,
        caused_by=person_of(row, row.caused_by, "causer") if row.caused_by else None,
        dossier_id=row.dossier_id,
        job_id=row.job_id,
        attempts=(row.tried or 0) if is_waiting else row.attempts,
        reason=row.waits_for if is_waiting else row.reason,
        made_at=row.made_at,
        ended_at=row.ended_at,
        version=row.version,
    )
