from typing import Any

import httpx

from ...answers import Answer
from ...models.grant_request import GrantRequest
from ...models.grant_view import GrantView
from ...models.unconfirmed import Unconfirmed
from ...platform import Keten
from ...types import UNSET, Unset


async def grants_share_dossier(
    keten: Keten,
    *,
    body: GrantRequest,
    idempotency_key: str | Unset = UNSET,
) -> Answer[GrantView | Unconfirmed]:
    """Share a dossier with one person in another account. Sharing again on the same terms changes nothing (200)."""
    headers: dict[str, str] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {}
    _kwargs["json"] = body.to_dict()

    path = "/sharing/v1/grants"
    answer = await keten.send("POST", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> GrantView | Unconfirmed:
    if response.status_code == 200:
        response_200 = GrantView.from_dict(response.json())

        return response_200

    if response.status_code == 201:
        response_201 = GrantView.from_dict(response.json())

        return response_201

    if response.status_code == 202:
        response_202 = Unconfirmed.from_dict(response.json())

        return response_202

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
