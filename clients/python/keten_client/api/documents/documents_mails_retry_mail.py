from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ...answers import Answer
from ...models.mail_view import MailView
from ...platform import Keten
from ...types import UNSET, Unset


async def mails_retry_mail(
    keten: Keten,
    mail_id: UUID,
    *,
    idempotency_key: str | Unset = UNSET,
) -> Answer[MailView]:
    """Send a mail that failed once more."""
    headers: dict[str, str] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {}
    path = "/documents/v1/mails/{mail_id}/_retry".format(
        mail_id=quote(str(mail_id), safe=""),
    )
    answer = await keten.send("POST", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> MailView:
    if response.status_code == 202:
        response_202 = MailView.from_dict(response.json())

        return response_202

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
