from typing import Any
from urllib.parse import quote
from uuid import UUID

from ...answers import Answer
from ...platform import Keten


async def photos_remove_photo(
    keten: Keten,
    user_id: UUID,
) -> Answer[None]:
    """Show initials again. An administrator may do this for a colleague."""
    headers: dict[str, str] = {}

    _kwargs: dict[str, Any] = {}
    path = "/identity/v1/users/{user_id}/photo".format(
        user_id=quote(str(user_id), safe=""),
    )
    answer = await keten.send("DELETE", path, headers=headers, **_kwargs)
    return Answer.of(answer, None)
