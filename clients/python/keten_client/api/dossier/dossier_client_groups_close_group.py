from typing import Any
from urllib.parse import quote
from uuid import UUID

from ...answers import Answer
from ...platform import Keten


async def client_groups_close_group(
    keten: Keten,
    group_id: UUID,
) -> Answer[None]:
    """Close a group that has no clients any more."""
    headers: dict[str, str] = {}

    _kwargs: dict[str, Any] = {}
    path = "/dossier/v1/client-groups/{group_id}".format(
        group_id=quote(str(group_id), safe=""),
    )
    answer = await keten.send("DELETE", path, headers=headers, **_kwargs)
    return Answer.of(answer, None)
