from typing import Any

import httpx

from ...answers import Answer
from ...models.arrival import Arrival
from ...models.position_token import PositionToken
from ...platform import Keten
from ...types import UNSET, Unset


async def service_check_position(
    keten: Keten,
    *,
    body: PositionToken,
    idempotency_key: str | Unset = UNSET,
) -> Answer[Arrival]:
    """Whether a write that was answered 202 has been confirmed by every service by now."""
    headers: dict[str, str] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {}
    _kwargs["json"] = body.to_dict()

    path = "/sharing/v1/positions/_check"
    answer = await keten.send("POST", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> Arrival:
    if response.status_code == 200:
        response_200 = Arrival.from_dict(response.json())

        return response_200

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
