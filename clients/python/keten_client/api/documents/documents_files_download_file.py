from io import BytesIO
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ...answers import Answer
from ...platform import Keten
from ...types import UNSET, File


async def files_download_file(
    keten: Keten,
    file_id: UUID,
    *,
    link: str,
) -> Answer[File]:
    """The content, through the link that stands with the file. It is for saving, never shown as a page."""
    headers: dict[str, str] = {}
    params: dict[str, Any] = {}

    params["link"] = link

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {}
    _kwargs["params"] = params
    path = "/documents/v1/files/{file_id}/content".format(
        file_id=quote(str(file_id), safe=""),
    )
    answer = await keten.send("GET", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> File:
    if response.status_code == 200:
        response_200 = File(payload=BytesIO(response.content))

        return response_200

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
