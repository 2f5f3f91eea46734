from typing import Any
from urllib.parse import quote
from uuid import UUID

from ...answers import Answer
from ...platform import Keten
from ...types import UNSET, Unset


async def service_accounts_resume_service_account(
    keten: Keten,
    service_account_id: UUID,
    *,
    idempotency_key: str | Unset = UNSET,
) -> Answer[None]:
    """Let a suspended partner system back in. Its secrets are as they were."""
    headers: dict[str, str] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {}
    path = "/identity/v1/service-accounts/{service_account_id}/_resume".format(
        service_account_id=quote(str(service_account_id), safe=""),
    )
    answer = await keten.send("POST", path, headers=headers, **_kwargs)
    return Answer.of(answer, None)
