from typing import Any

import httpx

from ...answers import Answer
from ...models.own_service_account import OwnServiceAccount
from ...platform import Keten


async def service_accounts_read_own_service_account(
    keten: Keten,
) -> Answer[OwnServiceAccount]:
    """For a partner system: what it is here."""
    headers: dict[str, str] = {}

    _kwargs: dict[str, Any] = {}
    path = "/identity/v1/service-accounts/me"
    answer = await keten.send("GET", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> OwnServiceAccount:
    if response.status_code == 200:
        response_200 = OwnServiceAccount.from_dict(response.json())

        return response_200

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
