from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ...answers import Answer
from ...models.unconfirmed import Unconfirmed
from ...platform import Keten
from ...types import UNSET, Unset


async def service_accounts_drop_secret(
    keten: Keten,
    service_account_id: UUID,
    secret_id: UUID,
    *,
    idempotency_key: str | Unset = UNSET,
) -> Answer[Unconfirmed | None]:
    """Drop a secret. It and the tokens it was given for open nothing any more; answered when that holds in every
    service."""
    headers: dict[str, str] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {}
    path = "/identity/v1/service-accounts/{service_account_id}/secrets/{secret_id}".format(
        service_account_id=quote(str(service_account_id), safe=""),
        secret_id=quote(str(secret_id), safe=""),
    )
    answer = await keten.send("DELETE", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> Unconfirmed | None:
    if response.status_code == 202:
        response_202 = Unconfirmed.from_dict(response.json())

        return response_202

    if response.status_code == 204:
        return None
    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
