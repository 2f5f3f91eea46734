from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ...answers import Answer
from ...models.report_answer import ReportAnswer
from ...models.report_given import ReportGiven
from ...platform import Keten
from ...types import UNSET, Unset


async def reports_write_entry(
    keten: Keten,
    dossier_id: UUID,
    *,
    body: ReportGiven,
    idempotency_key: str | Unset = UNSET,
) -> Answer[ReportAnswer]:
    """Write a day report."""
    headers: dict[str, str] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {}
    _kwargs["json"] = body.to_dict()

    path = "/dossier/v1/dossiers/{dossier_id}/reports".format(
        dossier_id=quote(str(dossier_id), safe=""),
    )
    answer = await keten.send("POST", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> ReportAnswer:
    if response.status_code == 201:
        response_201 = ReportAnswer.from_dict(response.json())

        return response_201

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
