from typing import Any

from ...answers import Answer
from ...models.proof import Proof
from ...platform import Keten
from ...types import UNSET, Unset


async def second_factors_remove(
    keten: Keten,
    *,
    body: Proof,
    idempotency_key: str | Unset = UNSET,
) -> Answer[None]:
    """Switch your second factor off."""
    headers: dict[str, str] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {}
    _kwargs["json"] = body.to_dict()

    path = "/identity/v1/second-factors/_remove"
    answer = await keten.send("POST", path, headers=headers, **_kwargs)
    return Answer.of(answer, None)
