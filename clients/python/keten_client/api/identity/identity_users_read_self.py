from typing import Any

import httpx

from ...answers import Answer
from ...models.me import Me
from ...platform import Keten


async def users_read_self(
    keten: Keten,
) -> Answer[Me]:
    """Who you are, and what you may do in your account."""
    headers: dict[str, str] = {}

    _kwargs: dict[str, Any] = {}
    path = "/identity/v1/users/me"
    answer = await keten.send("GET", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> Me:
    if response.status_code == 200:
        response_200 = Me.from_dict(response.json())

        return response_200

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
