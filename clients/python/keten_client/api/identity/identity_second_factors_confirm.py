from typing import Any

import httpx

from ...answers import Answer
from ...models.confirmation import Confirmation
from ...models.recovery_codes import RecoveryCodes
from ...platform import Keten
from ...types import UNSET, Unset


async def second_factors_confirm(
    keten: Keten,
    *,
    body: Confirmation,
    idempotency_key: str | Unset = UNSET,
) -> Answer[RecoveryCodes]:
    """Confirm by a code of your app: from now on signing in asks for one. Keep the recovery codes."""
    headers: dict[str, str] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {}
    _kwargs["json"] = body.to_dict()

    path = "/identity/v1/second-factors/_confirm"
    answer = await keten.send("POST", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> RecoveryCodes:
    if response.status_code == 200:
        response_200 = RecoveryCodes.from_dict(response.json())

        return response_200

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
