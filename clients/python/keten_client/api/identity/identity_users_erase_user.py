from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ...answers import Answer
from ...models.identity_erasure_begun import IdentityErasureBegun
from ...platform import Keten
from ...types import UNSET, Unset


async def users_erase_user(
    keten: Keten,
    user_id: UUID,
    *,
    if_match: str,
    idempotency_key: str | Unset = UNSET,
) -> Answer[IdentityErasureBegun]:
    """Erase who a removed user was: his name, address, photo, second factor and sessions, and the mails to him, here
    and in every service. What he wrote stays, as written by an erased person. Nothing brings his name back."""
    headers: dict[str, str] = {}
    headers["If-Match"] = if_match
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {}
    path = "/identity/v1/users/{user_id}/_erase".format(
        user_id=quote(str(user_id), safe=""),
    )
    answer = await keten.send("POST", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> IdentityErasureBegun:
    if response.status_code == 202:
        response_202 = IdentityErasureBegun.from_dict(response.json())

        return response_202

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
