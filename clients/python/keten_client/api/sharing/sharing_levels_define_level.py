from typing import Any

import httpx

from ...answers import Answer
from ...models.level_request import LevelRequest
from ...models.level_view import LevelView
from ...platform import Keten
from ...types import UNSET, Unset


async def levels_define_level(
    keten: Keten,
    *,
    body: LevelRequest,
    idempotency_key: str | Unset = UNSET,
) -> Answer[LevelView]:
    """Make a level of your own. It cannot be changed later: who received it keeps what he was given."""
    headers: dict[str, str] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {}
    _kwargs["json"] = body.to_dict()

    path = "/sharing/v1/levels"
    answer = await keten.send("POST", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> LevelView:
    if response.status_code == 201:
        response_201 = LevelView.from_dict(response.json())

        return response_201

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
