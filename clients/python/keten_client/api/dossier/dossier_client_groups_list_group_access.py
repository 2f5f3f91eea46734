from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ...answers import Answer
from ...models.slice_group_access_answer import SliceGroupAccessAnswer
from ...platform import Keten
from ...types import UNSET, Unset


async def client_groups_list_group_access(
    keten: Keten,
    group_id: UUID,
    *,
    cursor: None | Unset | UUID = UNSET,
    limit: int | Unset = 50,
) -> Answer[SliceGroupAccessAnswer]:
    """Who of the account was given access to a group. Owner and administrators reach every group without."""
    headers: dict[str, str] = {}
    params: dict[str, Any] = {}

    json_cursor: None | str | Unset
    if isinstance(cursor, Unset):
        json_cursor = UNSET
    elif isinstance(cursor, UUID):
        json_cursor = str(cursor)
    else:
        json_cursor = cursor
    params["cursor"] = json_cursor

    params["limit"] = limit

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {}
    _kwargs["params"] = params
    path = "/dossier/v1/client-groups/{group_id}/access".format(
        group_id=quote(str(group_id), safe=""),
    )
    answer = await keten.send("GET", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> SliceGroupAccessAnswer:
    if response.status_code == 200:
        response_200 = SliceGroupAccessAnswer.from_dict(response.json())

        return response_200

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
