from typing import Any
from urllib.parse import quote
from uuid import UUID

from ...answers import Answer
from ...models.service_account_change import ServiceAccountChange
from ...platform import Keten


async def service_accounts_change_service_account(
    keten: Keten,
    service_account_id: UUID,
    *,
    body: ServiceAccountChange,
    if_match: str,
) -> Answer[None]:
    """Change a service account's name or description."""
    headers: dict[str, str] = {}
    headers["If-Match"] = if_match

    _kwargs: dict[str, Any] = {}
    _kwargs["json"] = body.to_dict()

    path = "/identity/v1/service-accounts/{service_account_id}".format(
        service_account_id=quote(str(service_account_id), safe=""),
    )
    answer = await keten.send("PATCH", path, headers=headers, **_kwargs)
    return Answer.of(answer, None)
