from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ...answers import Answer
from ...models.grant_change import GrantChange
from ...models.grant_view import GrantView
from ...models.unconfirmed import Unconfirmed
from ...platform import Keten
from ...types import UNSET, Unset


async def grants_change_grant(
    keten: Keten,
    grant_id: UUID,
    *,
    body: GrantChange,
    if_match: str,
    idempotency_key: str | Unset = UNSET,
) -> Answer[GrantView | Unconfirmed]:
    """Change the level or the other terms. It counts from the next request on; lowering is confirmed everywhere
    first."""
    headers: dict[str, str] = {}
    headers["If-Match"] = if_match
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {}
    _kwargs["json"] = body.to_dict()

    path = "/sharing/v1/grants/{grant_id}".format(
        grant_id=quote(str(grant_id), safe=""),
    )
    answer = await keten.send("PATCH", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> GrantView | Unconfirmed:
    if response.status_code == 200:
        response_200 = GrantView.from_dict(response.json())

        return response_200

    if response.status_code == 202:
        response_202 = Unconfirmed.from_dict(response.json())

        return response_202

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
