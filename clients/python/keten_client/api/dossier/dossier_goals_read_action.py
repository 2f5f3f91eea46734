from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ...answers import Answer
from ...models.action_answer import ActionAnswer
from ...platform import Keten


async def goals_read_action(
    keten: Keten,
    dossier_id: UUID,
    goal_id: UUID,
    action_id: UUID,
) -> Answer[ActionAnswer]:
    """One action of a goal."""
    headers: dict[str, str] = {}

    _kwargs: dict[str, Any] = {}
    path = "/dossier/v1/dossiers/{dossier_id}/goals/{goal_id}/actions/{action_id}".format(
        dossier_id=quote(str(dossier_id), safe=""),
        goal_id=quote(str(goal_id), safe=""),
        action_id=quote(str(action_id), safe=""),
    )
    answer = await keten.send("GET", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> ActionAnswer:
    if response.status_code == 200:
        response_200 = ActionAnswer.from_dict(response.json())

        return response_200

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
