"""What a restored backup must not do by itself: send mail. What waited when it was made may have been sent since: it is
held, shown as failed, and sent when somebody asks for it."""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.tables import chunk, job
from chassis.work import open_job
from contracts.ids import new_id
from documents.domain.mail import NOBODY, SENDING, Mail, MailState
from documents.tables import mail, restoration

# Why such a mail failed.
HELD: Final = "restored"

_OPEN: Final = ("waiting", "claimed")


async def after_restore(session: AsyncSession, *, now: datetime) -> None:
    """Hold every mail that waits, and remember when: what is still heard of the time before waits likewise."""
    await session.execute(insert(restoration).values(at=now))
    ended = {"state": "failed", "reason": HELD}
    sending = (chunk.c.kind == SENDING, chunk.c.state.in_(_OPEN))
    jobs = select(chunk.c.job_id).where(*sending).scalar_subquery()
    await session.execute(
        update(job).where(job.c.id.in_(jobs), job.c.state == "open").values(state="failed", finished_at=now)
    )
    await session.execute(update(chunk).where(*sending).values(**ended, lease_until=None))
    waiting = mail.c.state == MailState.WAITING
    held = {"state": MailState.FAILED, "reason": HELD, "ended_at": now, "version": mail.c.version + 1}
    await session.execute(update(mail).where(waiting).values(held))


async def restored_at(session: AsyncSession) -> datetime:
    """When a backup was last restored; long ago when none was."""
    found: datetime | None = await session.scalar(select(func.max(restoration.c.at)))
    return found or datetime.fromtimestamp(0, UTC)


async def held_mails(session: AsyncSession) -> int:
    """How many there are."""
    return await session.scalar(select(func.count()).where(*_HELD)) or 0


async def send_held(session: AsyncSession, *, now: datetime) -> int:
    """Let all of them wait for being sent; each is looked at again then, as any mail is. Returns how many."""
    mails = (await session.scalars(select(Mail).where(*_HELD).with_for_update())).all()
    for account_id in sorted({one.account_id or NOBODY for one in mails}):
        of_account = [one for one in mails if (one.account_id or NOBODY) == account_id]
        job_id = new_id()
        items = [{"mail": str(one.id)} for one in of_account]
        await open_job(session, kind=SENDING, account_id=account_id, opened_by=None, items=items, at=now, key=job_id)
        for one in of_account:
            one.try_again(job_id)
    return len(mails)


_HELD = (mail.c.state == MailState.FAILED, mail.c.reason == HELD)
