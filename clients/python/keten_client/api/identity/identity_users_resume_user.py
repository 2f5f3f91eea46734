from typing import Any
from urllib.parse import quote
from uuid import UUID

from ...answers import Answer
from ...platform import Keten
from ...types import UNSET, Unset


async def users_resume_user(
    keten: Keten,
    user_id: UUID,
    *,
    idempotency_key: str | Unset = UNSET,
) -> Answer[None]:
    """Let a suspended user back in. He signs in anew."""
    headers: dict[str, str] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {}
    path = "/identity/v1/users/{user_id}/_resume".format(
        user_id=quote(str(user_id), safe=""),
    )
    answer = await keten.send("POST", path, headers=headers, **_kwargs)
    return Answer.of(answer, None)
