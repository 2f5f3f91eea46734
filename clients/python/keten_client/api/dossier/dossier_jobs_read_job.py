from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ...answers import Answer
from ...models.job_view import JobView
from ...platform import Keten


async def jobs_read_job(
    keten: Keten,
    job_id: UUID,
) -> Answer[JobView]:
    """How far a job is. Whoever opened it sees it, and who may see the work of the whole account."""
    headers: dict[str, str] = {}

    _kwargs: dict[str, Any] = {}
    path = "/dossier/v1/jobs/{job_id}".format(
        job_id=quote(str(job_id), safe=""),
    )
    answer = await keten.send("GET", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> JobView:
    if response.status_code == 200:
        response_200 = JobView.from_dict(response.json())

        return response_200

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
