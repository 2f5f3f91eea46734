from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ...answers import Answer
from ...models.ending import Ending
from ...models.ending_begun import EndingBegun
from ...platform import Keten
from ...types import UNSET, Unset


async def accounts_end_account(
    keten: Keten,
    account_id: UUID,
    *,
    body: Ending,
    idempotency_key: str | Unset = UNSET,
) -> Answer[EndingBegun]:
    """Have the account erased in seven days, with all its users, dossiers, groups, files and mails, and every grant
    from and to it. Until then everything works on and you can keep it. Dossiers that the law has kept must be
    handed over first."""
    headers: dict[str, str] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {}
    _kwargs["json"] = body.to_dict()

    path = "/identity/v1/accounts/{account_id}/_erase".format(
        account_id=quote(str(account_id), safe=""),
    )
    answer = await keten.send("POST", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> EndingBegun:
    if response.status_code == 202:
        response_202 = EndingBegun.from_dict(response.json())

        return response_202

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
