from typing import Any

import httpx

from ...answers import Answer
from ...models.added_service_account import AddedServiceAccount
from ...models.new_service_account import NewServiceAccount
from ...platform import Keten
from ...types import UNSET, Unset


async def service_accounts_add_service_account(
    keten: Keten,
    *,
    body: NewServiceAccount,
    idempotency_key: str | Unset = UNSET,
) -> Answer[AddedServiceAccount]:
    """Let a partner system work in the account as a member of it: give it access to client groups as you do with
    people. Its secret stands in the answer, and is not told again."""
    headers: dict[str, str] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {}
    _kwargs["json"] = body.to_dict()

    path = "/identity/v1/service-accounts"
    answer = await keten.send("POST", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> AddedServiceAccount:
    if response.status_code == 201:
        response_201 = AddedServiceAccount.from_dict(response.json())

        return response_201

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
