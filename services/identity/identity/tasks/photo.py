"""Photos: made of what was sent, and removed when they are shown no more."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.clock import Clock
from chassis.confined import CRASHED, OUT_OF_MEMORY, OUT_OF_TIME, InputRefused, Limits, run_confined
from chassis.database import Sessions
from chassis.objects import ObjectMissing
from chassis.standstill import removing
from chassis.work import Claim, GivenUp, Work
from identity.domain.user import User
from identity.photos import KIND, MADE, MAKING, REMOVAL, UPLOADS, Photos, made, remove_later, upload
from identity.tables import app_user

# 25 million pixels of the hungriest kind take 600 MB for a second (measured); bytes of address space, and seconds.
LIMITS: Final = Limits(memory=704 * 1024 * 1024, seconds=20, answer=1024 * 1024)

# An object store that is away is waited for: about three quarters of an hour for a photo that somebody looks forward to, a
# week for one that must go.
_ATTEMPTS: Final = 14
_UNTIL_GONE: Final = 1000

# What ends a child or hides an upload may be the machine's trouble, once or twice; after that it is the picture's.
_PATIENCE: Final = 3
_TOLD: Final = {OUT_OF_MEMORY: "photo-too-large", OUT_OF_TIME: "photo-too-large", CRASHED: "photo-unreadable"}

# Seconds after an upload was put its commit follows. What is older and awaited by nobody was put for one that never came, as
# that of somebody who was erased meanwhile.
_UNFOLLOWED: Final = timedelta(hours=1)
_SWEEP_EVERY: Final = 3600.0

_logger = structlog.get_logger()


def works(photos: Photos, clock: Clock) -> Sequence[Work]:
    making = _Making(photos, clock)
    return [
        Work(kind=MAKING, run=making.run, failed=making.failed, attempts=_ATTEMPTS, limit=120),
        Work(kind=REMOVAL, run=_Removal(photos).run, attempts=_UNTIL_GONE, limit=60),
    ]


class _Making:
    """An upload becomes a photo: made apart, put under its id, and shown in the transaction that ends the work."""

    def __init__(self, photos: Photos, clock: Clock) -> None:
        self._photos, self._clock = photos, clock

    async def run(self, claim: Claim) -> None:
        user_id, photo_id = UUID(claim.item["user"]), UUID(claim.item["photo"])
        if await self._is_awaited(claim, user_id, photo_id):
            picture = await self._made(claim, photo_id)
            await self._photos.store.put(made(photo_id), picture, kind=KIND)
        async with claim.finishing() as session:
            user = await session.get_one(User, user_id)
            unneeded, before = [upload(photo_id)], user.photo_id
            if shown := user.show(photo_id):
                claim.stage(shown, version=user.version)
                unneeded += [made(before)] if before else []
            elif before != photo_id:
                unneeded.append(made(photo_id))
            await remove_later(session, unneeded, account_id=claim.account_id, at=self._clock())

    async def failed(self, session: AsyncSession, claim: Claim, reason: str) -> None:
        """He shows what he showed before. `reason` is told by the job."""
        user_id, photo_id = UUID(claim.item["user"]), UUID(claim.item["photo"])
        own = app_user.c.id == user_id
        await session.execute(
            update(app_user).where(own, app_user.c.photo_awaited == photo_id).values(photo_awaited=None)
        )
        is_shown = await session.scalar(select(app_user.c.photo_id).where(own)) == photo_id
        unneeded = [upload(photo_id)] if is_shown else [upload(photo_id), made(photo_id)]
        await remove_later(session, unneeded, account_id=claim.account_id, at=self._clock())

    async def _is_awaited(self, claim: Claim, user_id: UUID, photo_id: UUID) -> bool:
        async with claim.reading() as session:
            awaited = await session.scalar(select(app_user.c.photo_awaited).where(app_user.c.id == user_id))
        return awaited == photo_id

    async def _made(self, claim: Claim, photo_id: UUID) -> bytes:
        try:
            content = await self._photos.store.get(upload(photo_id))
            return await run_confined("identity.portrait:portrait", content, limits=LIMITS)
        except ObjectMissing:
            # It was put before the work was opened. A store that has just come back may not know what it holds.
            if claim.attempt < _PATIENCE:
                raise
            raise GivenUp("photo-unreadable") from None
        except InputRefused as refused:
            if refused.reason in _TOLD and claim.attempt < _PATIENCE:
                raise
            raise GivenUp(_TOLD.get(refused.reason, refused.reason)) from None


class _Removal:
    """One object goes."""

    def __init__(self, photos: Photos) -> None:
        self._photos = photos

    async def run(self, claim: Claim) -> None:
        async with removing(claim.at.made):
            await self._photos.store.remove(claim.item["object"])


class Sweeping:
    """Removes uploads that no commit followed, and what was made of them, once an hour."""

    def __init__(self, made_sessions: Sessions, photos: Photos) -> None:
        self._sessions, self._photos = made_sessions, photos

    async def run(self) -> None:
        """For ever."""
        while True:
            try:
                await self.sweep()
            except Exception as fault:
                _logger.warning("sweep_of_photos_interrupted", reason=type(fault).__name__)
            await asyncio.sleep(_SWEEP_EVERY)

    async def sweep(self, *, older_than: timedelta = _UNFOLLOWED) -> None:
        """One that is younger may still be on its way."""
        store = self._photos.store
        for name in await store.names(UPLOADS, older_than=older_than):
            photo_id = UUID(name.rpartition("/")[2])
            async with self._sessions() as session:
                if await session.scalar(select(app_user.c.id).where(app_user.c.photo_awaited == photo_id)):
                    continue
                is_shown = await session.scalar(select(app_user.c.id).where(app_user.c.photo_id == photo_id))
            async with removing(self._sessions):
                if is_shown is None:
                    await store.remove(f"{MADE}/{photo_id}")
                await store.remove(name)
