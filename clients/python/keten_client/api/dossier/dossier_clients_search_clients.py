from typing import Any
from uuid import UUID

import httpx

from ...answers import Answer
from ...models.search import Search
from ...models.slice_client_row import SliceClientRow
from ...platform import Keten
from ...types import UNSET, Unset


async def clients_search_clients(
    keten: Keten,
    *,
    body: Search,
    idempotency_key: str | Unset = UNSET,
    cursor: None | Unset | UUID = UNSET,
    limit: int | Unset = 50,
) -> Answer[SliceClientRow]:
    """Find clients by name, among those whose name you may read. Every search is logged."""
    headers: dict[str, str] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key
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
    _kwargs["json"] = body.to_dict()

    path = "/dossier/v1/clients/_search"
    answer = await keten.send("POST", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> SliceClientRow:
    if response.status_code == 200:
        response_200 = SliceClientRow.from_dict(response.json())

        return response_200

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
