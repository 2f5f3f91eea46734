from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ...answers import Answer
from ...models.mail_under_way import MailUnderWay
from ...platform import Keten
from ...types import UNSET, Unset


async def users_invite_user(
    keten: Keten,
    user_id: UUID,
    *,
    idempotency_key: str | Unset = UNSET,
) -> Answer[MailUnderWay]:
    """Mail a new link to who has not set a password yet. The one before opens nothing any more."""
    headers: dict[str, str] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {}
    path = "/identity/v1/users/{user_id}/_invite".format(
        user_id=quote(str(user_id), safe=""),
    )
    answer = await keten.send("POST", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> MailUnderWay:
    if response.status_code == 202:
        response_202 = MailUnderWay.from_dict(response.json())

        return response_202

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
