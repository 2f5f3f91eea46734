from typing import Any

import httpx

from ...answers import Answer
from ...models.mail_preferences import MailPreferences
from ...platform import Keten


async def mails_set_preferences(
    keten: Keten,
    *,
    body: MailPreferences,
) -> Answer[MailPreferences]:
    """Say what you want to be mailed about. `mailOnShare`: when somebody shares a dossier with you."""
    headers: dict[str, str] = {}

    _kwargs: dict[str, Any] = {}
    _kwargs["json"] = body.to_dict()

    path = "/documents/v1/mail-preferences"
    answer = await keten.send("PUT", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> MailPreferences:
    if response.status_code == 200:
        response_200 = MailPreferences.from_dict(response.json())

        return response_200

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
