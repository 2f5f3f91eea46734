from typing import Any

import httpx

from ...answers import Answer
from ...models.mail_under_way import MailUnderWay
from ...models.new_account import NewAccount
from ...platform import Keten
from ...types import UNSET, Unset


async def accounts_sign_up(
    keten: Keten,
    *,
    body: NewAccount,
    idempotency_key: str | Unset = UNSET,
) -> Answer[MailUnderWay]:
    """Ask for an account for an organisation. A link goes to the owner's address; who opens it owns the account. The
    answer does not tell whether the address is known. Ask again for another link."""
    headers: dict[str, str] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {}
    _kwargs["json"] = body.to_dict()

    path = "/identity/v1/accounts"
    answer = await keten.send("POST", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> MailUnderWay:
    if response.status_code == 202:
        response_202 = MailUnderWay.from_dict(response.json())

        return response_202

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
