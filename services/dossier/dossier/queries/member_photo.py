"""The picture of one member of a dossier, asked for through the link that stood in the list."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from access import facts
from chassis.context import Query
from contracts.ids import DossierId
from dossier.photos import MemberPhotoNotFound, MemberPhotos
from dossier.queries.members import shown_photos


@dataclass(frozen=True)
class Picture:
    """A photo, and until when its reader may keep it."""

    id: UUID
    content: bytes
    until: datetime


async def member_photo(q: Query, dossier_id: DossierId, user_id: UUID, token: str, *, photos: MemberPhotos) -> Picture:
    """Whoever lost his access since the list was made learns nothing any more, whatever his link says."""
    await q.authorize("member_photo.read", facts.dossier(dossier_id))
    photo_id = (await shown_photos(q.session, dossier_id, {user_id}, now=q.now)).get(user_id)
    if photo_id is None:
        raise MemberPhotoNotFound
    until = photos.check(q, token, dossier_id, photo_id)
    await q.let_go()
    return Picture(photo_id, await photos.read(photo_id), until)
