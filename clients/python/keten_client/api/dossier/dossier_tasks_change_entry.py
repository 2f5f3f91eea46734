from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ...answers import Answer
from ...models.task_answer import TaskAnswer
from ...models.task_change import TaskChange
from ...platform import Keten


async def tasks_change_entry(
    keten: Keten,
    dossier_id: UUID,
    entry_id: UUID,
    *,
    body: TaskChange,
    if_match: str,
) -> Answer[TaskAnswer]:
    """Change a task; what is left out stays as it is."""
    headers: dict[str, str] = {}
    headers["If-Match"] = if_match

    _kwargs: dict[str, Any] = {}
    _kwargs["json"] = body.to_dict()

    path = "/dossier/v1/dossiers/{dossier_id}/tasks/{entry_id}".format(
        dossier_id=quote(str(dossier_id), safe=""),
        entry_id=quote(str(entry_id), safe=""),
    )
    answer = await keten.send("PATCH", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> TaskAnswer:
    if response.status_code == 200:
        response_200 = TaskAnswer.from_dict(response.json())

        return response_200

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
