from typing import Any
from uuid import UUID

import httpx

from ...answers import Answer
from ...models.slice_grant_view import SliceGrantView
from ...platform import Keten
from ...types import UNSET, Unset


async def grants_list_grants(
    keten: Keten,
    *,
    dossier_id: None | Unset | UUID = UNSET,
    cursor: None | Unset | UUID = UNSET,
    limit: int | Unset = 50,
) -> Answer[SliceGrantView]:
    """With `dossierId`: everybody with whom it is or was shared. Without: what is shared with you."""
    headers: dict[str, str] = {}
    params: dict[str, Any] = {}

    json_dossier_id: None | str | Unset
    if isinstance(dossier_id, Unset):
        json_dossier_id = UNSET
    elif isinstance(dossier_id, UUID):
        json_dossier_id = str(dossier_id)
    else:
        json_dossier_id = dossier_id
    params["dossierId"] = json_dossier_id

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
    path = "/sharing/v1/grants"
    answer = await keten.send("GET", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> SliceGrantView:
    if response.status_code == 200:
        response_200 = SliceGrantView.from_dict(response.json())

        return response_200

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
