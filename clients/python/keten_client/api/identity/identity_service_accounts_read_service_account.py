from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ...answers import Answer
from ...models.service_account_detail import ServiceAccountDetail
from ...platform import Keten


async def service_accounts_read_service_account(
    keten: Keten,
    service_account_id: UUID,
) -> Answer[ServiceAccountDetail]:
    """A service account, with the secrets that open it and when each was last used."""
    headers: dict[str, str] = {}

    _kwargs: dict[str, Any] = {}
    path = "/identity/v1/service-accounts/{service_account_id}".format(
        service_account_id=quote(str(service_account_id), safe=""),
    )
    answer = await keten.send("GET", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> ServiceAccountDetail:
    if response.status_code == 200:
        response_200 = ServiceAccountDetail.from_dict(response.json())

        return response_200

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
