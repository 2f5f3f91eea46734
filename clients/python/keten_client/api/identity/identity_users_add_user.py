from typing import Any

import httpx

from ...answers import Answer
from ...models.added_user import AddedUser
from ...models.new_user import NewUser
from ...platform import Keten
from ...types import UNSET, Unset


async def users_add_user(
    keten: Keten,
    *,
    body: NewUser,
    idempotency_key: str | Unset = UNSET,
) -> Answer[AddedUser]:
    """Add a colleague. He is mailed a link with which he sets his password; it is good for seven days, once. The
    answer does not tell whether the address is known elsewhere."""
    headers: dict[str, str] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {}
    _kwargs["json"] = body.to_dict()

    path = "/identity/v1/users"
    answer = await keten.send("POST", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> AddedUser:
    if response.status_code == 201:
        response_201 = AddedUser.from_dict(response.json())

        return response_201

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
