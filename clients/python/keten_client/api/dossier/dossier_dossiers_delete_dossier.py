from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ...answers import Answer
from ...models.unconfirmed import Unconfirmed
from ...platform import Keten
from ...types import UNSET, Unset


async def dossiers_delete_dossier(
    keten: Keten,
    dossier_id: UUID,
    *,
    if_match: str,
    idempotency_key: str | Unset = UNSET,
) -> Answer[Unconfirmed | None]:
    """Delete a dossier. It is there for nobody any more; who manages it can restore it, by its id or from the list
    of deleted dossiers, until it is erased."""
    headers: dict[str, str] = {}
    headers["If-Match"] = if_match
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {}
    path = "/dossier/v1/dossiers/{dossier_id}".format(
        dossier_id=quote(str(dossier_id), safe=""),
    )
    answer = await keten.send("DELETE", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> Unconfirmed | None:
    if response.status_code == 202:
        response_202 = Unconfirmed.from_dict(response.json())

        return response_202

    if response.status_code == 204:
        return None
    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
