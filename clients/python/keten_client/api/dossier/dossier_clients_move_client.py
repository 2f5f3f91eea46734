from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ...answers import Answer
from ...models.move import Move
from ...models.unconfirmed import Unconfirmed
from ...platform import Keten
from ...types import UNSET, Unset


async def clients_move_client(
    keten: Keten,
    client_id: UUID,
    *,
    body: Move,
    idempotency_key: str | Unset = UNSET,
) -> Answer[Unconfirmed | None]:
    """Put a client in another group of the same account."""
    headers: dict[str, str] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {}
    _kwargs["json"] = body.to_dict()

    path = "/dossier/v1/clients/{client_id}/_move".format(
        client_id=quote(str(client_id), safe=""),
    )
    answer = await keten.send("POST", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> Unconfirmed | None:
    if response.status_code == 202:
        response_202 = Unconfirmed.from_dict(response.json())

        return response_202

    if response.status_code == 204:
        return None
    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
