from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ...answers import Answer
from ...models.dossier_answer import DossierAnswer
from ...platform import Keten


async def dossiers_read_dossier(
    keten: Keten,
    dossier_id: UUID,
) -> Answer[DossierAnswer]:
    """A dossier as you may see it: each section you have a right on, what you may do there, and why."""
    headers: dict[str, str] = {}

    _kwargs: dict[str, Any] = {}
    path = "/dossier/v1/dossiers/{dossier_id}".format(
        dossier_id=quote(str(dossier_id), safe=""),
    )
    answer = await keten.send("GET", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> DossierAnswer:
    if response.status_code == 200:
        response_200 = DossierAnswer.from_dict(response.json())

        return response_200

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
