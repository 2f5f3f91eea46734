"""What documents hears: who may do what (libs/access keeps that), what was shared, and mail that identity asks for."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from access.handlers import HANDLERS as ACCESS
from access.handlers import remember_grants
from chassis.consumer import Handlers
from chassis.work import open_job
from contracts.events import Heard
from contracts.identity import MailRequested
from contracts.ids import new_id
from contracts.sharing import GrantGiven
from documents.domain.mail import NOBODY, SENDING, SHARE, MailState, is_news
from documents.restored import HELD, restored_at
from documents.tables import mail


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


HANDLERS: Handlers = {**ACCESS, GrantGiven: tell_recipients, MailRequested: take_requests}
