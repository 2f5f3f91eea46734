from typing import Any

import httpx

from ...answers import Answer
from ...models.found_user import FoundUser
from ...models.search_by_email import SearchByEmail
from ...platform import Keten
from ...types import UNSET, Unset


async def users_find_user(
    keten: Keten,
    *,
    body: SearchByEmail,
    idempotency_key: str | Unset = UNSET,
) -> Answer[FoundUser]:
    """Find a person by exact e-mail address, in any account. Twenty times an hour; every search is logged."""
    headers: dict[str, str] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {}
    _kwargs["json"] = body.to_dict()

    path = "/identity/v1/users/_find"
    answer = await keten.send("POST", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> FoundUser:
    if response.status_code == 200:
        response_200 = FoundUser.from_dict(response.json())

        return response_200

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
