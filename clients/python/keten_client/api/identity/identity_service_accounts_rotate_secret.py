from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ...answers import Answer
from ...models.told_secret import ToldSecret
from ...platform import Keten
from ...types import UNSET, Unset


async def service_accounts_rotate_secret(
    keten: Keten,
    service_account_id: UUID,
    *,
    idempotency_key: str | Unset = UNSET,
) -> Answer[ToldSecret]:
    """A second secret. Both open until you drop the one before; the answer holds the new one, which is not told
    again."""
    headers: dict[str, str] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {}
    path = "/identity/v1/service-accounts/{service_account_id}/_rotate".format(
        service_account_id=quote(str(service_account_id), safe=""),
    )
    answer = await keten.send("POST", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> ToldSecret:
    if response.status_code == 200:
        response_200 = ToldSecret.from_dict(response.json())

        return response_200

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
