"""The picture of a colleague, or of oneself."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.context import Query
from contracts.identity import UserStatus
from identity import facts
from identity.domain.photo import PhotoNotFound
from identity.photos import Photos
from identity.tables import app_user


@dataclass(frozen=True)
class Picture:
    """A photo, and until when its reader may keep it."""

    id: UUID
    content: bytes
    until: datetime


async def photo(q: Query, user_id: UUID, token: str, *, photos: Photos) -> Picture:
    await q.authorize("photo.read", facts.user(user_id))
    shown = select(app_user.c.photo_id).where(app_user.c.id == user_id, app_user.c.status == UserStatus.ACTIVE)
    photo_id = await q.session.scalar(shown)
    if photo_id is None:
        raise PhotoNotFound
    until = photos.check(token, photo_id, reader=q.actor.user_id, now=q.now)
    await q.let_go()
    return Picture(photo_id, await photos.read(photo_id), until)


async def shown_to_peers(session: AsyncSession, photo_id: UUID) -> None:
    """Raises PhotoNotFound for what nobody shows any more."""
    # open to everyone: asked by other services only, which have asked their own policy for their own reader
    shown = select(app_user.c.id).where(app_user.c.photo_id == photo_id, app_user.c.status == UserStatus.ACTIVE)
    if await session.scalar(shown) is None:
        raise PhotoNotFound
