from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ...answers import Answer
from ...models.client_group_answer import ClientGroupAnswer
from ...platform import Keten


async def client_groups_read_group(
    keten: Keten,
    group_id: UUID,
) -> Answer[ClientGroupAnswer]:
    """One group."""
    headers: dict[str, str] = {}

    _kwargs: dict[str, Any] = {}
    path = "/dossier/v1/client-groups/{group_id}".format(
        group_id=quote(str(group_id), safe=""),
    )
    answer = await keten.send("GET", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> ClientGroupAnswer:
    if response.status_code == 200:
        response_200 = ClientGroupAnswer.from_dict(response.json())

        return response_200

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
