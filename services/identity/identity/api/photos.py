"""Photos over HTTP: a picture goes in as it is, and comes out through a link."""

import asyncio
from typing import Any, Final
from uuid import UUID

from fastapi import Request, Response
from starlette.requests import ClientDisconnect

from chassis.app import router as edge_router
from chassis.edge import CommandContext, QueryContext
from chassis.models import Model
from chassis.reading_links import BYTES, LinkToken, answer
from identity.commands import photo as commands
from identity.domain.photo import MOST_BYTES, PhotoTooSlow
from identity.photos import KIND
from identity.queries import photo as queries
from identity.setup import SetupContext

router = edge_router("photos")

BODY_LIMITS: Final = {("PUT", "/users/{user_id}/photo"): MOST_BYTES}

# 8 MB at 1 Mbit/s (seconds).
_PATIENCE: Final = 60

_SENT: Final = {
    "requestBody": {
        "required": True,
        "description": "The picture itself. What it is, is found from its content.",
        "content": dict.fromkeys(("image/jpeg", "image/png", "image/webp"), BYTES),
    }
}


class PhotoAwaited(Model):
    """The photo is being made. The job tells when it is shown, or by a code why it cannot be made: `photo-unreadable` or
    `photo-too-large`."""

    job_id: UUID


_BEGUN: Final[dict[int | str, dict[str, Any]]] = {
    202: {
        "description": "The photo is being made; `Location` is the job to watch.",
        "headers": {"Location": {"$ref": "#/components/headers/Location"}},
    },
    408: {
        "description": "It came too slowly.",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    },
}


@router.put("/users/{user_id}/photo", status_code=202, openapi_extra=_SENT, responses=_BEGUN)
async def set_photo(
    user_id: UUID, request: Request, response: Response, setup: SetupContext, command: CommandContext
) -> PhotoAwaited:
    """Show yourself: a JPEG, PNG or WebP picture of at most 8 MB. The middle is cut out square, and nothing else that
    stands in the file is kept. What is sent later replaces what was sent before."""
    content = await _received(request)
    job_id = await commands.set_photo(command, user_id, content, photos=setup.photos)
    response.headers["Location"] = f"/identity/v1/jobs/{job_id}"
    return PhotoAwaited(job_id=job_id)


@router.get(
    "/users/{user_id}/photo",
    response_class=Response,
    responses={200: {"description": "The picture.", "content": {KIND: BYTES}}},
)
async def read_photo(
    user_id: UUID, link: LinkToken, request: Request, setup: SetupContext, query: QueryContext
) -> Response:
    """The picture of a colleague or yourself, through the link that stands in the list of users."""
    found = await queries.photo(query, user_id, link, photos=setup.photos)
    return answer(request, found.content, kind=KIND, tag=str(found.id), until=found.until, now=query.now)


@router.delete("/users/{user_id}/photo", status_code=204)
async def remove_photo(user_id: UUID, command: CommandContext) -> None:
    """Show initials again. An administrator may do this for a colleague."""
    await commands.remove_photo(command, user_id)


async def _received(request: Request) -> bytes:
    try:
        async with asyncio.timeout(_PATIENCE):
            return await request.body()
    except (TimeoutError, ClientDisconnect):
        raise PhotoTooSlow from None
