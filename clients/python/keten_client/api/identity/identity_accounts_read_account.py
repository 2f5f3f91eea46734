from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ...answers import Answer
from ...models.account_detail import AccountDetail
from ...platform import Keten


async def accounts_read_account(
    keten: Keten,
    account_id: UUID,
) -> Answer[AccountDetail]:
    """An account and its owner."""
    headers: dict[str, str] = {}

    _kwargs: dict[str, Any] = {}
    path = "/identity/v1/accounts/{account_id}".format(
        account_id=quote(str(account_id), safe=""),
    )
    answer = await keten.send("GET", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> AccountDetail:
    if response.status_code == 200:
        response_200 = AccountDetail.from_dict(response.json())

        return response_200

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
