from typing import Any

import httpx

from ...answers import Answer
from ...models.file_request import FileRequest
from ...models.file_view import FileView
from ...platform import Keten
from ...types import UNSET, Unset


async def files_announce_file(
    keten: Keten,
    *,
    body: FileRequest,
    idempotency_key: str | Unset = UNSET,
) -> Answer[FileView]:
    """Announce a file. Send its content next: `PUT /files/{fileId}/content`. Without content it is forgotten in a
    day."""
    headers: dict[str, str] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {}
    _kwargs["json"] = body.to_dict()

    path = "/documents/v1/files"
    answer = await keten.send("POST", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> FileView:
    if response.status_code == 201:
        response_201 = FileView.from_dict(response.json())

        return response_201

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
