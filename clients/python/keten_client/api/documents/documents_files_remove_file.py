from typing import Any
from urllib.parse import quote
from uuid import UUID

from ...answers import Answer
from ...platform import Keten


async def files_remove_file(
    keten: Keten,
    file_id: UUID,
) -> Answer[None]:
    """Remove a file. Its content is gone for good; that there was a file stays in the access log."""
    headers: dict[str, str] = {}

    _kwargs: dict[str, Any] = {}
    path = "/documents/v1/files/{file_id}".format(
        file_id=quote(str(file_id), safe=""),
    )
    answer = await keten.send("DELETE", path, headers=headers, **_kwargs)
    return Answer.of(answer, None)
