from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ...answers import Answer
from ...models.mail_view import MailView
from ...platform import Keten


async def mails_read_mail(
    keten: Keten,
    mail_id: UUID,
) -> Answer[MailView]:
    """One mail and what became of it."""
    headers: dict[str, str] = {}

    _kwargs: dict[str, Any] = {}
    path = "/documents/v1/mails/{mail_id}".format(
        mail_id=quote(str(mail_id), safe=""),
    )
    answer = await keten.send("GET", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> MailView:
    if response.status_code == 200:
        response_200 = MailView.from_dict(response.json())

        return response_200

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
