from typing import Any

from ...answers import Answer
from ...models.self_change import SelfChange
from ...platform import Keten


async def users_change_self(
    keten: Keten,
    *,
    body: SelfChange,
    if_match: str,
) -> Answer[None]:
    """Change your name or language."""
    headers: dict[str, str] = {}
    headers["If-Match"] = if_match

    _kwargs: dict[str, Any] = {}
    _kwargs["json"] = body.to_dict()

    path = "/identity/v1/users/me"
    answer = await keten.send("PATCH", path, headers=headers, **_kwargs)
    return Answer.of(answer, None)
