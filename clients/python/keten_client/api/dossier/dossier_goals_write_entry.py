from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ...answers import Answer
from ...models.goal_answer import GoalAnswer
from ...models.goal_given import GoalGiven
from ...platform import Keten
from ...types import UNSET, Unset


async def goals_write_entry(
    keten: Keten,
    dossier_id: UUID,
    *,
    body: GoalGiven,
    idempotency_key: str | Unset = UNSET,
) -> Answer[GoalAnswer]:
    """Write a goal."""
    headers: dict[str, str] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {}
    _kwargs["json"] = body.to_dict()

    path = "/dossier/v1/dossiers/{dossier_id}/goals".format(
        dossier_id=quote(str(dossier_id), safe=""),
    )
    answer = await keten.send("POST", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> GoalAnswer:
    if response.status_code == 201:
        response_201 = GoalAnswer.from_dict(response.json())

        return response_201

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
