from typing import Any
from uuid import UUID

import httpx

from ...answers import Answer
from ...models.slice_client_row import SliceClientRow
from ...platform import Keten
from ...types import UNSET, Unset


async def clients_list_clients(
    keten: Keten,
    *,
    group: None | Unset | UUID = UNSET,
    cursor: None | Unset | UUID = UNSET,
    limit: int | Unset = 50,
) -> Answer[SliceClientRow]:
    """The dossiers you reach, by name. A name is shown where you may read the profile; elsewhere the initials are."""
    headers: dict[str, str] = {}
    params: dict[str, Any] = {}

    json_group: None | str | Unset
    if isinstance(group, Unset):
        json_group = UNSET
    elif isinstance(group, UUID):
        json_group = str(group)
    else:
        json_group = group
    params["group"] = json_group

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
    path = "/dossier/v1/clients"
    answer = await keten.send("GET", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> SliceClientRow:
    if response.status_code == 200:
        response_200 = SliceClientRow.from_dict(response.json())

        return response_200

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
