"""What documents hears: who may do what (libs/access keeps that), what was shared, mail that identity asks for, and
what was erased."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from access.handlers import HANDLERS as ACCESS
from access.handlers import forget_accounts, forget_dossiers, forget_people, remember_grants
from chassis.consumer import Handlers
from chassis.work import open_job
from contracts.dossier import DossierErased
from contracts.events import Heard
from contracts.identity import AccountErased, MailErased, MailRequested, UserErased
from contracts.ids import new_id
from contracts.sharing import GrantGiven
from documents.domain.file import REMOVAL, FileStatus
from documents.domain.mail import NOBODY, RECALL, SENDING, SHARE, MailState, is_news
from documents.restored import HELD, restored_at
from documents.storage import object_name
from documents.tables import file, mail, mail_preference


async def tell_recipients(session: AsyncSession, heard: Sequence[Heard[GrantGiven]]) -> None:
    """Who received a dossier gets a mail (SHR-18), once per grant; whether he still reaches it is asked when it is sent."""
    await remember_grants(session, heard)
    await _make_mails(session, heard, _of_grant)


async def take_requests(session: AsyncSession, heard: Sequence[Heard[MailRequested]]) -> None:
    """What identity wants mailed. Its address and words are asked for when it is sent."""
    await _make_mails(session, heard, _of_request)


def _of_grant(one: Heard[GrantGiven]) -> dict[str, Any]:
    said = one.event
    return {
        "id": one.id,
        "purpose": SHARE,
        "account_id": one.account or said.account_id,
        "caused_by": said.given_by,
        "recipient_id": said.recipient_id,
        "dossier_id": said.dossier_id,
        "grant_id": said.grant_id,
    }


def _of_request(one: Heard[MailRequested]) -> dict[str, Any]:
    return {
        "id": one.event.request_id,
        "purpose": one.event.purpose,
        "account_id": one.account,
        "caused_by": one.actor,
        "recipient_id": None,
        "dossier_id": None,
        "grant_id": None,
    }


async def _make_mails(
    session: AsyncSession, heard: Sequence[Heard[Any]], of: Callable[[Heard[Any]], dict[str, Any]]
) -> None:
    """A row per mail, named by what it comes from: twice is once. One job for those of one person. What was stated before a
    restored backup may have been mailed, so it is held (`restored`)."""
    now = datetime.now(UTC)
    news = [one for one in heard if is_news(one.at, now)]
    restored = await restored_at(session) if news else now
    await _hold(session, [of(one) | {"made_at": one.at} for one in news if one.at <= restored], now)
    news = [one for one in news if one.at > restored]
    rows = [of(one) | {"made_at": one.at} for one in news]
    stems = {row["id"]: one.traceparent for row, one in zip(rows, news, strict=True)}
    for by in sorted({(row["account_id"] or NOBODY, row["caused_by"] or NOBODY) for row in rows}):
        mine = [row for row in rows if (row["account_id"] or NOBODY, row["caused_by"] or NOBODY) == by]
        await _make_and_open(session, mine, stems, now)


async def _hold(session: AsyncSession, rows: Sequence[dict[str, Any]], now: datetime) -> None:
    held = {"job_id": new_id(), "state": MailState.FAILED, "reason": HELD, "ended_at": now, "attempts": 0, "version": 1}
    if rows:
        await session.execute(insert(mail).values([row | held for row in rows]).on_conflict_do_nothing())


async def _make_and_open(
    session: AsyncSession, rows: Sequence[dict[str, Any]], stems: Mapping[UUID, str | None], now: datetime
) -> None:
    job_id = new_id()
    begun = {"job_id": job_id, "state": MailState.WAITING, "attempts": 0, "version": 1}
    insertion = insert(mail).values([row | begun for row in rows]).on_conflict_do_nothing().returning(mail.c.id)
    if made := list(await session.scalars(insertion)):
        await open_job(
            session,
            kind=SENDING,
            account_id=rows[0]["account_id"] or NOBODY,
            opened_by=rows[0]["caused_by"],
            items=[{"mail": str(id)} for id in made],
            at=now,
            key=job_id,
            traceparents=[stems[id] for id in made],
        )


async def erase_of_dossiers(session: AsyncSession, heard: Sequence[Heard[DossierErased]]) -> None:
    """Its files go with what they are called, and every mail about it."""
    await forget_dossiers(session, heard)
    for one in heard:
        await _erase_files(session, one)
    await _erase_mails(session, mail.c.dossier_id.in_([one.event.dossier_id for one in heard]))


async def erase_of_people(session: AsyncSession, heard: Sequence[Heard[UserErased]]) -> None:
    """Mails to somebody, and those that name him as who shared; and what he wanted to be mailed about."""
    await forget_people(session, heard)
    ids = [one.event.user_id for one in heard]
    await _erase_mails(session, mail.c.recipient_id.in_(ids) | mail.c.caused_by.in_(ids))
    await session.execute(delete(mail_preference).where(mail_preference.c.user_id.in_(ids)))


async def erase_of_accounts(session: AsyncSession, heard: Sequence[Heard[AccountErased]]) -> None:
    """Mails that tell which organisation shared. Its files go with its dossiers."""
    await forget_accounts(session, heard)
    await _erase_mails(session, mail.c.account_id.in_([one.event.account_id for one in heard]))


async def erase_requested(session: AsyncSession, heard: Sequence[Heard[MailErased]]) -> None:
    """Mails that identity asked for, to somebody who was erased."""
    await _erase_mails(session, mail.c.id.in_([one.event.request_id for one in heard]))


async def _erase_files(session: AsyncSession, one: Heard[DossierErased]) -> None:
    here = (file.c.dossier_id == one.event.dossier_id, file.c.status != FileStatus.REMOVED)
    objects = [found for found in await session.scalars(select(file.c.object_id).where(*here)) if found is not None]
    gone = {"status": FileStatus.REMOVED, "name": "", "digest": None, "removed_at": one.at}
    await session.execute(update(file).where(*here).values(gone | {"version": file.c.version + 1}))
    if items := [{"object": object_name(found)} for found in objects]:
        account_id = one.event.account_id
        await open_job(session, kind=REMOVAL, account_id=account_id, opened_by=None, items=items, at=one.at)


async def _erase_mails(session: AsyncSession, which: ColumnElement[bool]) -> None:
    """The row, and whatever was kept of the mail itself; what waits to be sent finds no row any more."""
    gone = await session.execute(delete(mail).where(which).returning(mail.c.id, mail.c.account_id))
    for account_id, rows in groupby(sorted(gone, key=_account_of), key=_account_of):
        items = [{"mail": str(row.id)} for row in rows]
        now = datetime.now(UTC)
        await open_job(session, kind=RECALL, account_id=account_id, opened_by=None, items=items, at=now)


def _account_of(row: Any) -> UUID:
    return row.account_id or NOBODY


HANDLERS: Handlers = {
    **ACCESS,
    GrantGiven: tell_recipients,
    MailRequested: take_requests,
    MailErased: erase_requested,
    DossierErased: erase_of_dossiers,
    UserErased: erase_of_people,
    AccountErased: erase_of_accounts,
}
