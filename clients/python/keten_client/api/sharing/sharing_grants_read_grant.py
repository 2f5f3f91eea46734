from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ...answers import Answer
from ...models.grant_view import GrantView
from ...platform import Keten


async def grants_read_grant(
    keten: Keten,
    grant_id: UUID,
) -> Answer[GrantView]:
    """One grant, for its recipient as long as it lasts, and for who manages the dossier's members."""
    headers: dict[str, str] = {}

    _kwargs: dict[str, Any] = {}
    path = "/sharing/v1/grants/{grant_id}".format(
        grant_id=quote(str(grant_id), safe=""),
    )
    answer = await keten.send("GET", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> GrantView:
    if response.status_code == 200:
        response_200 = GrantView.from_dict(response.json())

        return response_200

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
