from typing import Any

import httpx

from ...answers import Answer
from ...models.client_group_answer import ClientGroupAnswer
from ...models.client_group_named import ClientGroupNamed
from ...platform import Keten
from ...types import UNSET, Unset


async def client_groups_open_group(
    keten: Keten,
    *,
    body: ClientGroupNamed,
    idempotency_key: str | Unset = UNSET,
) -> Answer[ClientGroupAnswer]:
    """Make a group to organise clients in."""
    headers: dict[str, str] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {}
    _kwargs["json"] = body.to_dict()

    path = "/dossier/v1/client-groups"
    answer = await keten.send("POST", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> ClientGroupAnswer:
    if response.status_code == 201:
        response_201 = ClientGroupAnswer.from_dict(response.json())

        return response_201

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
