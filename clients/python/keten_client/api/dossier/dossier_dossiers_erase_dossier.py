from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ...answers import Answer
from ...models.dossier_erasure_begun import DossierErasureBegun
from ...models.erasure import Erasure
from ...platform import Keten
from ...types import UNSET, Unset


async def dossiers_erase_dossier(
    keten: Keten,
    dossier_id: UUID,
    *,
    body: Erasure,
    if_match: str,
    idempotency_key: str | Unset = UNSET,
) -> Answer[DossierErasureBegun]:
    """Erase a deleted dossier for good: its sections, its files, the mails about it and why it was shared. Nothing
    brings it back. That it was there, and who did what with it, stays in the access log by ids."""
    headers: dict[str, str] = {}
    headers["If-Match"] = if_match
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {}
    _kwargs["json"] = body.to_dict()

    path = "/dossier/v1/dossiers/{dossier_id}/_erase".format(
        dossier_id=quote(str(dossier_id), safe=""),
    )
    answer = await keten.send("POST", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> DossierErasureBegun:
    if response.status_code == 202:
        response_202 = DossierErasureBegun.from_dict(response.json())

        return response_202

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
