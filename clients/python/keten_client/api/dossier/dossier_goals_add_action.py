from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ...answers import Answer
from ...models.action_answer import ActionAnswer
from ...models.action_given import ActionGiven
from ...platform import Keten
from ...types import UNSET, Unset


async def goals_add_action(
    keten: Keten,
    dossier_id: UUID,
    goal_id: UUID,
    *,
    body: ActionGiven,
    idempotency_key: str | Unset = UNSET,
) -> Answer[ActionAnswer]:
    """Add an action to a goal."""
    headers: dict[str, str] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {}
    _kwargs["json"] = body.to_dict()

    path = "/dossier/v1/dossiers/{dossier_id}/goals/{goal_id}/actions".format(
        dossier_id=quote(str(dossier_id), safe=""),
        goal_id=quote(str(goal_id), safe=""),
    )
    answer = await keten.send("POST", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> ActionAnswer:
    if response.status_code == 201:
        response_201 = ActionAnswer.from_dict(response.json())

        return response_201

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
