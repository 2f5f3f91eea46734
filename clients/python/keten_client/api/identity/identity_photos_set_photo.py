from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ...answers import Answer
from ...models.photo_awaited import PhotoAwaited
from ...platform import Keten
from ...types import File


async def photos_set_photo(
    keten: Keten,
    user_id: UUID,
    *,
    body: File,
) -> Answer[PhotoAwaited]:
    """Show yourself: a JPEG, PNG or WebP picture of at most 8 MB. The middle is cut out square, and nothing else
    that stands in the file is kept. What is sent later replaces what was sent before."""
    headers: dict[str, str] = {}

    _kwargs: dict[str, Any] = {}
    _kwargs["content"] = body.payload.read()
    headers["Content-Type"] = body.mime_type or "image/jpeg"
    path = "/identity/v1/users/{user_id}/photo".format(
        user_id=quote(str(user_id), safe=""),
    )
    answer = await keten.send("PUT", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> PhotoAwaited:
    if response.status_code == 202:
        response_202 = PhotoAwaited.from_dict(response.json())

        return response_202

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
