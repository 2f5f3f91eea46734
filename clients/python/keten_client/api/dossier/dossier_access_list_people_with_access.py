import datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ...answers import Answer
from ...models.slice_person_with_access import SlicePersonWithAccess
from ...platform import Keten
from ...types import UNSET, Unset


async def access_list_people_with_access(
    keten: Keten,
    dossier_id: UUID,
    *,
    at: datetime.datetime | None | Unset = UNSET,
    cursor: None | Unset | UUID = UNSET,
    limit: int | Unset = 50,
) -> Answer[SlicePersonWithAccess]:
    """Who has, or had, access: through what, since when, and by which reasons."""
    headers: dict[str, str] = {}
    params: dict[str, Any] = {}

    json_at: None | str | Unset
    if isinstance(at, Unset):
        json_at = UNSET
    elif isinstance(at, datetime.datetime):
        json_at = at.isoformat()
    else:
        json_at = at
    params["at"] = json_at

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
    path = "/dossier/v1/dossiers/{dossier_id}/access".format(
        dossier_id=quote(str(dossier_id), safe=""),
    )
    answer = await keten.send("GET", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> SlicePersonWithAccess:
    if response.status_code == 200:
        response_200 = SlicePersonWithAccess.from_dict(response.json())

        return response_200

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
