"""Erasing: what is left of a user, and an account whose time has come."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.clock import Clock
from chassis.erasure import forget
from chassis.unsaying import unsay
from chassis.work import Claim, Work, open_job
from contracts.actions import Role
from contracts.identity import AccountProfile, Retention, UserProfile, UserStatus
from identity.commands.erasure import forget_mails, open_ending
from identity.domain.account import SECOND_THOUGHTS, Account, AccountNotFound
from identity.domain.erasure import ENDING, ERASURE
from identity.domain.service_account import ServiceAccount
from identity.domain.user import AlreadyErased, OwnerStays, User
from identity.loading import found, known
from identity.photos import made, remove_later, upload
from identity.tables import (
    app_user,
    authorization_code,
    browser,
    refresh_token,
    search,
    second_factor,
    service_account,
    service_secret,
    service_session,
    session,
)

# What must go is tried for a week: a database that is away comes back.
_ATTEMPTS: Final = 1000


def works(clock: Clock) -> Sequence[Work]:
    erasing = _Erasing(clock)
    return [
        Work(kind=ERASURE, run=erasing.run, attempts=_ATTEMPTS, limit=120),
        Work(kind=ENDING, run=_Ending(clock).run, attempts=_ATTEMPTS),
    ]


class _Erasing:
    """One user or service account, in one transaction. A user who was erased by a command has lost his name with it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def run(self, claim: Claim) -> None:
        async with claim.finishing() as db:
            await (self._system if "system" in claim.item else self._user)(db, claim)

    async def _user(self, db: AsyncSession, claim: Claim) -> None:
        user = await db.get_one(User, UUID(claim.item["user"]), with_for_update=True)
        if user.erased_at is None:
            await self._name(db, claim, user)
        of_his = session.c.user_id == user.id
        for table in (authorization_code, refresh_token):
            sessions = select(session.c.id).where(of_his)
            await db.execute(delete(table).where(table.c.session_id.in_(sessions)))
        await db.execute(delete(session).where(of_his))
        for table in (browser, second_factor, search):
            await db.execute(delete(table).where(table.c.user_id == user.id))
        await forget(db, [user.id])

    async def _name(self, db: AsyncSession, claim: Claim, user: User) -> None:
        objects = [made(user.photo_id)] if user.photo_id else []
        objects += [upload(user.photo_awaited)] if user.photo_awaited else []
        if objects:
            await remove_later(db, objects, account_id=user.account_id, at=self._clock())
        for one in await forget_mails(db, user):
            claim.stage(one, version=1)
        user.leave()
        claim.stage(user.erase(at=self._clock()), version=user.version)
        await unsay(db, UserProfile, user.id, account_id=user.account_id, at=self._clock())
        await db.flush()

    async def _system(self, db: AsyncSession, claim: Claim) -> None:
        system = await db.get_one(ServiceAccount, UUID(claim.item["system"]), with_for_update=True)
        if system.name:
            claim.stage(system.erase(), version=system.version)
            await unsay(db, UserProfile, system.id, account_id=system.account_id, at=self._clock())
            await db.flush()
        for table in (service_session, service_secret):
            await db.execute(delete(table).where(table.c.service_account_id == system.id))
        await forget(db, [system.id])


class _Ending:
    """An account ends, unless it was kept: nobody of it can do anything any more, and each of its users is erased."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def run(self, claim: Claim) -> None:
        account_id = UUID(claim.item["account"])
        async with claim.finishing() as db:
            held = await db.get_one(Account, account_id, with_for_update=True)
            if held.erase_after is None or held.erase_after.isoformat() != claim.item["after"]:
                return
            claim.stage(held.erase(at=self._clock()), version=held.version)
            await unsay(db, AccountProfile, account_id, account_id=account_id, at=self._clock())
            await db.flush()
            await _shut(db, account_id)
            items = await _everybody(db, account_id)
            now = self._clock()
            await open_job(
                db, kind=ERASURE, account_id=account_id, opened_by=None, items=items, at=now, key=claim.chunk_id
            )
            await forget(db, [account_id])


async def erase_now(session: AsyncSession, user_id: UUID, *, at: datetime) -> None:
    """For who runs the platform: a user is removed, if he is not, and erased. Raises UserNotFound, OwnerStays,
    AlreadyErased."""
    user = known(await session.get(User, user_id, with_for_update=True))
    if user.erased_at is not None:
        raise AlreadyErased
    if user.role is Role.OWNER and user.status is not UserStatus.REMOVED:
        raise OwnerStays
    user.leave()
    await session.flush()
    items = [{"user": str(user.id)}]
    await open_job(session, kind=ERASURE, account_id=user.account_id, opened_by=None, items=items, at=at)


async def erase_account_now(session: AsyncSession, account_id: UUID, *, retention: Retention, at: datetime) -> None:
    """For who runs the platform: an account is erased without second thoughts. Raises AccountNotFound."""
    held = found(await session.get(Account, account_id, with_for_update=True))
    if held.erased_at is not None:
        raise AccountNotFound
    held.erase_after = None
    held.end(retention, at=at - SECOND_THOUGHTS)
    await session.flush()
    await open_ending(session, held, opened_by=None, at=at)


async def _shut(db: AsyncSession, account_id: UUID) -> None:
    for table in (app_user, service_account):
        here = (table.c.account_id == account_id, table.c.status != UserStatus.REMOVED)
        removed = {"status": UserStatus.REMOVED, "version": table.c.version + 1}
        await db.execute(update(table).where(*here).values(removed))


async def _everybody(db: AsyncSession, account_id: UUID) -> list[dict[str, str]]:
    users = await db.scalars(
        select(app_user.c.id).where(app_user.c.account_id == account_id, app_user.c.erased_at.is_(None))
    )
    systems = await db.scalars(select(service_account.c.id).where(service_account.c.account_id == account_id))
    return [*({"user": str(one)} for one in users), *({"system": str(one)} for one in systems)]
