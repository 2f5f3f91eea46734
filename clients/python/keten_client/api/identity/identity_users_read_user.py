from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ...answers import Answer
from ...models.user_detail import UserDetail
from ...platform import Keten


async def users_read_user(
    keten: Keten,
    user_id: UUID,
) -> Answer[UserDetail]:
    """A user of your own account."""
    headers: dict[str, str] = {}

    _kwargs: dict[str, Any] = {}
    path = "/identity/v1/users/{user_id}".format(
        user_id=quote(str(user_id), safe=""),
    )
    answer = await keten.send("GET", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> UserDetail:
    if response.status_code == 200:
        response_200 = UserDetail.from_dict(response.json())

        return response_200

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
