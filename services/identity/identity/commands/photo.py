"""What a person does with his photo, and an administrator with those of his account."""

from uuid import UUID

from chassis.context import Command
from chassis.work import open_job
from identity import facts
from identity.domain import photo
from identity.domain.user import User
from identity.loading import known, own_rights_change, stage
from identity.photos import MAKING, Photos, made, remove_later


async def set_photo(c: Command, user_id: UUID, content: bytes, *, photos: Photos) -> UUID:
    """The job that makes a photo of what was sent."""
    photo.check(content)
    user = await c.session.get(User, user_id)
    await c.authorize("photo.set", facts.user(user_id))
    user = known(user)
    await c.let_go()
    photo_id = await photos.keep_upload(content)
    user.await_photo(photo_id)
    own_rights_change(c)
    item = {"user": str(user.id), "photo": str(photo_id)}
    return await open_job(
        c.session, kind=MAKING, account_id=user.account_id, opened_by=c.actor.user_id, items=[item], at=c.now
    )


async def remove_photo(c: Command, user_id: UUID) -> None:
    user = await c.session.get(User, user_id)
    await c.authorize("photo.remove", facts.user(user_id))
    user = known(user)
    await take_down(c, user)
    if user.id == c.actor.user_id:
        own_rights_change(c)


async def take_down(c: Command, user: User) -> None:
    # open to everyone: part of what was allowed already
    shown = user.photo_id
    if hidden := user.hide_photo():
        stage(c, user, hidden)
    if shown is not None:
        await remove_later(c.session, [made(shown)], account_id=user.account_id, at=c.now)
