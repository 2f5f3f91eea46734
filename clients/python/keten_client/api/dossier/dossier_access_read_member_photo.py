from io import BytesIO
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ...answers import Answer
from ...platform import Keten
from ...types import UNSET, File


async def access_read_member_photo(
    keten: Keten,
    dossier_id: UUID,
    user_id: UUID,
    *,
    link: str,
) -> Answer[File]:
    """The picture of somebody who reaches this dossier, through the link that stands in the list."""
    headers: dict[str, str] = {}
    params: dict[str, Any] = {}

    params["link"] = link

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {}
    _kwargs["params"] = params
    path = "/dossier/v1/dossiers/{dossier_id}/members/{user_id}/photo".format(
        dossier_id=quote(str(dossier_id), safe=""),
        user_id=quote(str(user_id), safe=""),
    )
    answer = await keten.send("GET", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> File:
    if response.status_code == 200:
        response_200 = File(payload=BytesIO(response.content))

        return response_200

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
