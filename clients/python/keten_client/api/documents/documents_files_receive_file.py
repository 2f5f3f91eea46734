from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ...answers import Answer
from ...models.file_view import FileView
from ...platform import Keten
from ...types import File


async def files_receive_file(
    keten: Keten,
    file_id: UUID,
    *,
    body: File,
) -> Answer[FileView]:
    """Send the content: PDF, Word (docx), Excel (xlsx), OpenDocument text (odt), PNG, JPEG or plain text; at most 25
    MB, and without macros. A file does not change: the same content again is well, another one is refused."""
    headers: dict[str, str] = {}

    _kwargs: dict[str, Any] = {}
    _kwargs["content"] = body.payload.read()
    headers["Content-Type"] = body.mime_type or "application/octet-stream"
    path = "/documents/v1/files/{file_id}/content".format(
        file_id=quote(str(file_id), safe=""),
    )
    answer = await keten.send("PUT", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> FileView:
    if response.status_code == 200:
        response_200 = FileView.from_dict(response.json())

        return response_200

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
