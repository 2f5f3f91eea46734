from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ...answers import Answer
from ...models.client_group_answer import ClientGroupAnswer
from ...models.client_group_named import ClientGroupNamed
from ...platform import Keten


async def client_groups_rename_group(
    keten: Keten,
    group_id: UUID,
    *,
    body: ClientGroupNamed,
    if_match: str,
) -> Answer[ClientGroupAnswer]:
    """Give a group another name."""
    headers: dict[str, str] = {}
    headers["If-Match"] = if_match

    _kwargs: dict[str, Any] = {}
    _kwargs["json"] = body.to_dict()

    path = "/dossier/v1/client-groups/{group_id}".format(
        group_id=quote(str(group_id), safe=""),
    )
    answer = await keten.send("PATCH", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> ClientGroupAnswer:
    if response.status_code == 200:
        response_200 = ClientGroupAnswer.from_dict(response.json())

        return response_200

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
