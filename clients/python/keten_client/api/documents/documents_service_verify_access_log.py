from typing import Any

import httpx

from ...answers import Answer
from ...models.chain_check import ChainCheck
from ...platform import Keten
from ...types import UNSET, Unset


async def service_verify_access_log(
    keten: Keten,
    *,
    idempotency_key: str | Unset = UNSET,
) -> Answer[ChainCheck]:
    """Walk the chain of this service's access log from its first line to its head."""
    headers: dict[str, str] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {}
    path = "/documents/v1/access-log/_verify"
    answer = await keten.send("POST", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> ChainCheck:
    if response.status_code == 200:
        response_200 = ChainCheck.from_dict(response.json())

        return response_200

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
