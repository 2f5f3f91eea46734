from typing import Any
from urllib.parse import quote
from uuid import UUID

from ...answers import Answer
from ...platform import Keten
from ...types import UNSET, Unset


async def accounts_keep_account(
    keten: Keten,
    account_id: UUID,
    *,
    idempotency_key: str | Unset = UNSET,
) -> Answer[None]:
    """Keep an account that was going to be erased."""
    headers: dict[str, str] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {}
    path = "/identity/v1/accounts/{account_id}/_keep".format(
        account_id=quote(str(account_id), safe=""),
    )
    answer = await keten.send("POST", path, headers=headers, **_kwargs)
    return Answer.of(answer, None)
