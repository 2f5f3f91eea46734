"""Photos of a dossier's members: linked to here, for who may see the members; the pictures themselves are identity's."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

import httpx
from fastapi import Depends, Request

from chassis.context import Query
from chassis.keyrings import Keyring
from chassis.peers import Peers
from chassis.problems import NotFound, Unavailable
from chassis.reading_links import ReadingLink, check, link
from contracts.ids import DossierId

KIND: Final = "image/jpeg"


class MemberPhotoNotFound(NotFound):
    """Nobody with a photo reaches this dossier under that id, or you may not know of him."""

    nl = "Niemand met een foto heeft onder die id toegang tot dit dossier, of u mag hem niet kennen."


@dataclass(frozen=True)
class MemberPhotos:
    """The key of the links, and where the pictures are asked for."""

    ring: Keyring
    peers: Peers

    def link(self, q: Query, dossier_id: DossierId, user_id: UUID, photo_id: UUID | None) -> ReadingLink | None:
        """For who asks; None where there is no photo."""
        if photo_id is None:
            return None
        path = f"/dossier/v1/dossiers/{dossier_id}/members/{user_id}/photo"
        return link(self.ring, path, _what(dossier_id, photo_id), reader=q.actor.user_id, now=q.now)

    def check(self, q: Query, token: str, dossier_id: DossierId, photo_id: UUID) -> datetime:
        """When the link ends. Raises LinkExpired."""
        return check(self.ring, token, _what(dossier_id, photo_id), reader=q.actor.user_id, now=q.now)

    async def read(self, photo_id: UUID) -> bytes:
        """The picture. Raises MemberPhotoNotFound, Unavailable."""
        try:
            answer = await self.peers.ask("identity", f"/photos/{photo_id}")
        except ConnectionError:
            raise Unavailable from None
        if answer.status_code != httpx.codes.OK:
            # Removed or replaced since this service last heard of it.
            raise MemberPhotoNotFound
        return answer.content


def _what(dossier_id: DossierId, photo_id: UUID) -> str:
    return f"photo {photo_id} in {dossier_id}"


def _photos(request: Request) -> MemberPhotos:
    found: MemberPhotos = request.app.state.photos
    return found


PhotosContext = Annotated[MemberPhotos, Depends(_photos)]
