from typing import Any
from urllib.parse import quote
from uuid import UUID

from ...answers import Answer
from ...models.account_change import AccountChange
from ...platform import Keten


async def accounts_change_account(
    keten: Keten,
    account_id: UUID,
    *,
    body: AccountChange,
    if_match: str,
) -> Answer[None]:
    """Rename the organisation; demand a second factor of everybody in the account, or no longer."""
    headers: dict[str, str] = {}
    headers["If-Match"] = if_match

    _kwargs: dict[str, Any] = {}
    _kwargs["json"] = body.to_dict()

    path = "/identity/v1/accounts/{account_id}".format(
        account_id=quote(str(account_id), safe=""),
    )
    answer = await keten.send("PATCH", path, headers=headers, **_kwargs)
    return Answer.of(answer, None)
