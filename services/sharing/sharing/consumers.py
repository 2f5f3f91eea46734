"""What sharing hears: who may do what (libs/access keeps that), its own facts included; and what was erased: grants end with
it, and lose their words."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from access.handlers import HANDLERS as ACCESS
from access.handlers import forget_accounts, forget_dossiers, forget_people, remember_grants
from chassis.consumer import Handlers
from chassis.staging import put, stage
from contracts.dossier import DossierErased
from contracts.events import Heard
from contracts.identity import AccountErased, UserErased
from contracts.sharing import GrantStatus
from sharing.domain.grant import Grant
from sharing.tables import dossier_grant, level


async def forget_why(session: AsyncSession, heard: Sequence[Heard[DossierErased]]) -> None:
    """Nobody reaches an erased dossier, and why it was shared is not told any more."""
    await forget_dossiers(session, heard)
    of = dossier_grant.c.dossier_id.in_([one.event.dossier_id for one in heard])
    await _end(session, of)
    await session.execute(update(dossier_grant).where(of).values(purpose="", consent_reference=None))


async def end_received(session: AsyncSession, heard: Sequence[Heard[UserErased]]) -> None:
    """Who was erased receives nothing any more; what the sharer wrote of why is about the client, and stays."""
    await forget_people(session, heard)
    await _end(session, dossier_grant.c.recipient_id.in_([one.event.user_id for one in heard]))


async def end_account(session: AsyncSession, heard: Sequence[Heard[AccountErased]]) -> None:
    """What an account received and gave ends, and its levels have no names any more."""
    await forget_accounts(session, heard)
    ids = [one.event.account_id for one in heard]
    held = dossier_grant.c
    await _end(session, held.recipient_account_id.in_(ids) | held.account_id.in_(ids))
    given = update(dossier_grant).where(held.account_id.in_(ids)).values(purpose="", consent_reference=None)
    await session.execute(given)
    await session.execute(update(level).where(level.c.account_id.in_(ids)).values(names={}))


async def _end(session: AsyncSession, which: ColumnElement[bool]) -> None:
    """End those that are live: one fact for each, heard here at once as sharing hears all of its own."""
    now = datetime.now(UTC)
    live = select(Grant).where(which, dossier_grant.c.status == GrantStatus.LIVE).with_for_update()
    ended = [(grant, grant.close(by=None, at=now)) for grant in await session.scalars(live)]
    staged = [stage(event, version=grant.version, at=now, account=grant.account_id) for grant, event in ended]
    await session.flush()
    await put(session, staged)
    if ended:
        facts = [Heard(e, s.id, s.version, s.at) for (_, e), s in zip(ended, staged, strict=True)]
        await remember_grants(session, facts)


HANDLERS: Handlers = {
    **ACCESS,
    DossierErased: forget_why,
    UserErased: end_received,
    AccountErased: end_account,
}
