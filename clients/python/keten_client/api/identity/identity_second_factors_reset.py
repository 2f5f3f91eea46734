from typing import Any
from urllib.parse import quote
from uuid import UUID

from ...answers import Answer
from ...platform import Keten


async def second_factors_reset(
    keten: Keten,
    user_id: UUID,
) -> Answer[None]:
    """For a colleague who lost his: it is switched off, and he is told."""
    headers: dict[str, str] = {}

    _kwargs: dict[str, Any] = {}
    path = "/identity/v1/second-factors/{user_id}".format(
        user_id=quote(str(user_id), safe=""),
    )
    answer = await keten.send("DELETE", path, headers=headers, **_kwargs)
    return Answer.of(answer, None)
