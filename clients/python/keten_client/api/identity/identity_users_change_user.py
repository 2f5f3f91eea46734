from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ...answers import Answer
from ...models.unconfirmed import Unconfirmed
from ...models.user_change import UserChange
from ...platform import Keten
from ...types import UNSET, Unset


async def users_change_user(
    keten: Keten,
    user_id: UUID,
    *,
    body: UserChange,
    if_match: str,
    idempotency_key: str | Unset = UNSET,
) -> Answer[Unconfirmed | None]:
    """Change a user's role or medical authorisation. Lowering is answered when it holds in every service."""
    headers: dict[str, str] = {}
    headers["If-Match"] = if_match
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {}
    _kwargs["json"] = body.to_dict()

    path = "/identity/v1/users/{user_id}".format(
        user_id=quote(str(user_id), safe=""),
    )
    answer = await keten.send("PATCH", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> Unconfirmed | None:
    if response.status_code == 202:
        response_202 = Unconfirmed.from_dict(response.json())

        return response_202

    if response.status_code == 204:
        return None
    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
