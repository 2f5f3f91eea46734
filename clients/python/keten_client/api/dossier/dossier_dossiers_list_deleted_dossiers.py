from typing import Any
from uuid import UUID

import httpx

from ...answers import Answer
from ...models.slice_deleted_dossier import SliceDeletedDossier
from ...platform import Keten
from ...types import UNSET, Unset


async def dossiers_list_deleted_dossiers(
    keten: Keten,
    *,
    cursor: None | Unset | UUID = UNSET,
    limit: int | Unset = 50,
) -> Answer[SliceDeletedDossier]:
    """The deleted dossiers of your account, the newest first, for who may erase them."""
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
    path = "/dossier/v1/deleted-dossiers"
    answer = await keten.send("GET", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> SliceDeletedDossier:
    if response.status_code == 200:
        response_200 = SliceDeletedDossier.from_dict(response.json())

        return response_200

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
