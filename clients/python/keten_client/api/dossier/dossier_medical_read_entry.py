from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ...answers import Answer
from ...models.note_answer import NoteAnswer
from ...platform import Keten


async def medical_read_entry(
    keten: Keten,
    dossier_id: UUID,
    entry_id: UUID,
) -> Answer[NoteAnswer]:
    """One medical note."""
    headers: dict[str, str] = {}

    _kwargs: dict[str, Any] = {}
    path = "/dossier/v1/dossiers/{dossier_id}/medical/{entry_id}".format(
        dossier_id=quote(str(dossier_id), safe=""),
        entry_id=quote(str(entry_id), safe=""),
    )
    answer = await keten.send("GET", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> NoteAnswer:
    if response.status_code == 200:
        response_200 = NoteAnswer.from_dict(response.json())

        return response_200

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
