from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ...answers import Answer
from ...models.profile_answer import ProfileAnswer
from ...platform import Keten


async def dossiers_read_profile(
    keten: Keten,
    dossier_id: UUID,
) -> Answer[ProfileAnswer]:
    """Who the client is and how to reach him."""
    headers: dict[str, str] = {}

    _kwargs: dict[str, Any] = {}
    path = "/dossier/v1/dossiers/{dossier_id}/profile".format(
        dossier_id=quote(str(dossier_id), safe=""),
    )
    answer = await keten.send("GET", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> ProfileAnswer:
    if response.status_code == 200:
        response_200 = ProfileAnswer.from_dict(response.json())

        return response_200

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
