from typing import Any

import httpx

from ...answers import Answer
from ...models.new_second_factor import NewSecondFactor
from ...models.set_up import SetUp
from ...platform import Keten
from ...types import UNSET, Unset


async def second_factors_set_up(
    keten: Keten,
    *,
    body: SetUp,
    idempotency_key: str | Unset = UNSET,
) -> Answer[NewSecondFactor]:
    """Set up a second factor. It counts when you confirm it by a code."""
    headers: dict[str, str] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {}
    _kwargs["json"] = body.to_dict()

    path = "/identity/v1/second-factors"
    answer = await keten.send("POST", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> NewSecondFactor:
    if response.status_code == 200:
        response_200 = NewSecondFactor.from_dict(response.json())

        return response_200

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
