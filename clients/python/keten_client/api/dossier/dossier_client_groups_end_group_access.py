from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ...answers import Answer
from ...models.unconfirmed import Unconfirmed
from ...platform import Keten
from ...types import UNSET, Unset


async def client_groups_end_group_access(
    keten: Keten,
    group_id: UUID,
    user_id: UUID,
    *,
    idempotency_key: str | Unset = UNSET,
) -> Answer[Unconfirmed | None]:
    """Take a user's access to a group away."""
    headers: dict[str, str] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {}
    path = "/dossier/v1/client-groups/{group_id}/access/{user_id}".format(
        group_id=quote(str(group_id), safe=""),
        user_id=quote(str(user_id), safe=""),
    )
    answer = await keten.send("DELETE", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> Unconfirmed | None:
    if response.status_code == 202:
        response_202 = Unconfirmed.from_dict(response.json())

        return response_202

    if response.status_code == 204:
        return None
    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
