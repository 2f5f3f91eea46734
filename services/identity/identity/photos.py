"""Where photos are kept, and how they are linked to. An object is never written or removed beside a commit: it is put under
a new id before, and removed by work that the commit opens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.keyrings import Keyring
from chassis.objects import ObjectMissing, ObjectStore, content_missing
from chassis.problems import Unavailable
from chassis.reading_links import ReadingLink, check, link
from chassis.work import open_job
from contracts.ids import new_id
from identity.domain.photo import PhotoNotFound

KIND: Final = "image/jpeg"

# The kinds of long work.
MAKING, REMOVAL = "photo", "photo-removal"

# Below these: what was sent and waits to be made into a photo, and what was made of it, both under the photo's id.
UPLOADS, MADE = "identity/uploads", "identity/photos"


@dataclass(frozen=True)
class Photos:
    """The photos of users, and the key of the links to them."""

    store: ObjectStore
    ring: Keyring

    async def keep_upload(self, content: bytes) -> UUID:
        """The id of the photo that is to be made of this. Raises Unavailable."""
        photo_id = new_id()
        try:
            await self.store.put(upload(photo_id), content, kind="application/octet-stream")
        except OSError:
            raise Unavailable from None
        return photo_id

    async def read(self, photo_id: UUID) -> bytes:
        """The picture. Raises PhotoNotFound, Unavailable."""
        try:
            return await self.store.get(made(photo_id))
        except ObjectMissing:
            content_missing("identity", photo_id)
            raise PhotoNotFound from None
        except OSError:
            raise Unavailable from None

    def link(self, user_id: UUID, photo_id: UUID | None, *, reader: UUID, now: datetime) -> ReadingLink | None:
        """For one reader; None where there is no photo."""
        if photo_id is None:
            return None
        return link(self.ring, f"/identity/v1/users/{user_id}/photo", _what(photo_id), reader=reader, now=now)

    def check(self, token: str, photo_id: UUID, *, reader: UUID, now: datetime) -> datetime:
        """When the link ends. Raises LinkExpired."""
        return check(self.ring, token, _what(photo_id), reader=reader, now=now)


def upload(photo_id: UUID) -> str:
    return f"{UPLOADS}/{photo_id}"


def made(photo_id: UUID) -> str:
    return f"{MADE}/{photo_id}"


async def remove_later(session: AsyncSession, names: Sequence[str], *, account_id: UUID, at: datetime) -> None:
    """Remove these objects once this is committed. Nobody waits for it, so nobody's name stands at the job."""
    items = [{"object": name} for name in names]
    await open_job(session, kind=REMOVAL, account_id=account_id, opened_by=None, items=items, at=at)


def _what(photo_id: UUID) -> str:
    return f"photo {photo_id}"
