from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ...answers import Answer
from ...models.file_view import FileView
from ...platform import Keten


async def files_read_file(
    keten: Keten,
    file_id: UUID,
) -> Answer[FileView]:
    """One file, with a link to its content."""
    headers: dict[str, str] = {}

    _kwargs: dict[str, Any] = {}
    path = "/documents/v1/files/{file_id}".format(
        file_id=quote(str(file_id), safe=""),
    )
    answer = await keten.send("GET", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> FileView:
    if response.status_code == 200:
        response_200 = FileView.from_dict(response.json())

        return response_200

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
