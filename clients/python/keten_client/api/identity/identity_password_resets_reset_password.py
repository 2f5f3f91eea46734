from typing import Any

import httpx

from ...answers import Answer
from ...models.forgotten import Forgotten
from ...models.mail_under_way import MailUnderWay
from ...platform import Keten
from ...types import UNSET, Unset


async def password_resets_reset_password(
    keten: Keten,
    *,
    body: Forgotten,
    idempotency_key: str | Unset = UNSET,
) -> Answer[MailUnderWay]:
    """Ask for a new password. If somebody has this address, a link goes to it; the answer is always the same."""
    headers: dict[str, str] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {}
    _kwargs["json"] = body.to_dict()

    path = "/identity/v1/password-resets"
    answer = await keten.send("POST", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> MailUnderWay:
    if response.status_code == 202:
        response_202 = MailUnderWay.from_dict(response.json())

        return response_202

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
