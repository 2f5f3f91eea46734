from typing import Any
from urllib.parse import quote
from uuid import UUID

from ...answers import Answer
from ...platform import Keten
from ...types import UNSET, Unset


async def dossiers_restore_dossier(
    keten: Keten,
    dossier_id: UUID,
    *,
    if_match: str,
    idempotency_key: str | Unset = UNSET,
) -> Answer[None]:
    """Restore an archived dossier, so that it can be written again."""
    headers: dict[str, str] = {}
    headers["If-Match"] = if_match
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {}
    path = "/dossier/v1/dossiers/{dossier_id}/_restore".format(
        dossier_id=quote(str(dossier_id), safe=""),
    )
    answer = await keten.send("POST", path, headers=headers, **_kwargs)
    return Answer.of(answer, None)
