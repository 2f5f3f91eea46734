from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ...answers import Answer
from ...models.access_wanted import AccessWanted
from ...models.group_access_answer import GroupAccessAnswer
from ...models.unconfirmed import Unconfirmed
from ...platform import Keten
from ...types import UNSET, Unset


async def client_groups_set_group_access(
    keten: Keten,
    group_id: UUID,
    user_id: UUID,
    *,
    body: AccessWanted,
    idempotency_key: str | Unset = UNSET,
) -> Answer[GroupAccessAnswer | Unconfirmed]:
    """Give a user of the account access to a group, or another level. Doing it again changes nothing."""
    headers: dict[str, str] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {}
    _kwargs["json"] = body.to_dict()

    path = "/dossier/v1/client-groups/{group_id}/access/{user_id}".format(
        group_id=quote(str(group_id), safe=""),
        user_id=quote(str(user_id), safe=""),
    )
    answer = await keten.send("PUT", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> GroupAccessAnswer | Unconfirmed:
    if response.status_code == 200:
        response_200 = GroupAccessAnswer.from_dict(response.json())

        return response_200

    if response.status_code == 202:
        response_202 = Unconfirmed.from_dict(response.json())

        return response_202

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
