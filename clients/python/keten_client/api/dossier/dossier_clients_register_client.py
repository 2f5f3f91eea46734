from typing import Any

import httpx

from ...answers import Answer
from ...models.registered import Registered
from ...models.registration import Registration
from ...platform import Keten
from ...types import UNSET, Unset


async def clients_register_client(
    keten: Keten,
    *,
    body: Registration,
    idempotency_key: str | Unset = UNSET,
) -> Answer[Registered]:
    """Take a person into care. The dossier belongs to the account of the group, for good."""
    headers: dict[str, str] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {}
    _kwargs["json"] = body.to_dict()

    path = "/dossier/v1/clients"
    answer = await keten.send("POST", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> Registered:
    if response.status_code == 201:
        response_201 = Registered.from_dict(response.json())

        return response_201

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
