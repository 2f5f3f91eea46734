from typing import Any

import httpx

from ...answers import Answer
from ...models.proof import Proof
from ...models.recovery_codes import RecoveryCodes
from ...platform import Keten
from ...types import UNSET, Unset


async def second_factors_renew(
    keten: Keten,
    *,
    body: Proof,
    idempotency_key: str | Unset = UNSET,
) -> Answer[RecoveryCodes]:
    """Ten new recovery codes; those before open nothing any more."""
    headers: dict[str, str] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {}
    _kwargs["json"] = body.to_dict()

    path = "/identity/v1/second-factors/_renew"
    answer = await keten.send("POST", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> RecoveryCodes:
    if response.status_code == 200:
        response_200 = RecoveryCodes.from_dict(response.json())

        return response_200

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
