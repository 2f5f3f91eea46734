from typing import Any
from uuid import UUID

import httpx

from ...answers import Answer
from ...models.slice_service_account_row import SliceServiceAccountRow
from ...platform import Keten
from ...types import UNSET, Unset


async def service_accounts_list_service_accounts(
    keten: Keten,
    *,
    cursor: None | Unset | UUID = UNSET,
    limit: int | Unset = 50,
) -> Answer[SliceServiceAccountRow]:
    """The service accounts of your own account, by name."""
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
    path = "/identity/v1/service-accounts"
    answer = await keten.send("GET", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> SliceServiceAccountRow:
    if response.status_code == 200:
        response_200 = SliceServiceAccountRow.from_dict(response.json())

        return response_200

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
