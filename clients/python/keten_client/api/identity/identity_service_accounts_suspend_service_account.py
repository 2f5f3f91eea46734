from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ...answers import Answer
from ...models.unconfirmed import Unconfirmed
from ...platform import Keten
from ...types import UNSET, Unset


async def service_accounts_suspend_service_account(
    keten: Keten,
    service_account_id: UUID,
    *,
    idempotency_key: str | Unset = UNSET,
) -> Answer[Unconfirmed | None]:
    """Shut a partner system out for the time being. Answered when it holds in every service."""
    headers: dict[str, str] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {}
    path = "/identity/v1/service-accounts/{service_account_id}/_suspend".format(
        service_account_id=quote(str(service_account_id), safe=""),
    )
    answer = await keten.send("POST", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> Unconfirmed | None:
    if response.status_code == 202:
        response_202 = Unconfirmed.from_dict(response.json())

        return response_202

    if response.status_code == 204:
        return None
    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
