"""The route on which a job is watched, for every service that has long work."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.context import Resource
from chassis.edge import Edge, QueryContext
from chassis.models import Instant, Model
from chassis.problems import NotFound, Refusal, sentence
from chassis.tables import chunk, job

# Reasons are codes, of which a job has few; more would tell nobody more.
_MOST_REASONS = 20


# What a route says that answers 202 with a job.
BEGUN: dict[int | str, dict[str, Any]] = {
    202: {
        "description": "It has begun; `Location` is the job to watch.",
        "headers": {"Location": {"$ref": "#/components/headers/Location"}},
    }
}


class JobUnknown(NotFound):
    """There is no such job, or it is not yours to see."""

    nl = "Deze taak bestaat niet, of u mag hem niet zien."


class Chunks(Model):
    """How many parts of a job there are, by how far they are."""

    waiting: int
    claimed: int
    done: int
    failed: int


class JobView(Model):
    """Work that takes long, and how far it is. `reasons` are codes of what went wrong, `details` say what to do about it."""

    id: UUID
    kind: str
    state: Literal["open", "done", "failed"]
    opened_at: Instant
    finished_at: Instant | None
    chunks: Chunks
    reasons: list[str]
    details: list[str]


@dataclass(frozen=True)
class JobResource:
    """One job: of whom and in which account. What else a policy knows, it knows of that account."""

    account: Resource
    account_id: UUID
    opened_by: UUID | None
    package: ClassVar[str] = "job"
    problems: ClassVar[Mapping[str, type[Refusal]]] = {}
    missing: ClassVar[type[NotFound]] = JobUnknown

    @property
    def subject(self) -> UUID | None:
        return None

    async def facts(self, session: AsyncSession, user_id: UUID, now: datetime, *, lock: bool) -> dict[str, Any]:
        opened_by = str(self.opened_by) if self.opened_by else ""
        of_actor = await self.account.facts(session, user_id, now, lock=lock)
        return {**of_actor, "job": {"account": str(self.account_id), "opened_by": opened_by}}


def job_routes(account: Callable[[UUID], Resource]) -> APIRouter:
    """`account` gives the facts of who asks."""
    routes = APIRouter(route_class=Edge, tags=["jobs"])

    @routes.get("/jobs/{job_id}")
    async def read_job(job_id: UUID, query: QueryContext) -> JobView:
        """How far a job is. Whoever opened it sees it, and who may see the work of the whole account."""
        found = (await query.session.execute(select(job).where(job.c.id == job_id))).one_or_none()
        if found is None:
            # The database shows nobody the jobs of another account.
            raise JobUnknown
        await query.authorize("job.read", JobResource(account(found.account_id), found.account_id, found.opened_by))
        reasons = await _reasons(query.session, job_id)
        return JobView(
            id=found.id,
            kind=found.kind,
            state=found.state,
            opened_at=found.opened_at,
            finished_at=found.finished_at,
            chunks=await _chunks(query.session, job_id),
            reasons=reasons,
            details=[said for reason in reasons if (said := sentence(reason, query.language))],
        )

    return routes


async def _chunks(session: AsyncSession, job_id: UUID) -> Chunks:
    counting = (
        select(chunk.c.state, func.count().label("found")).where(chunk.c.job_id == job_id).group_by(chunk.c.state)
    )
    counted = {row.state: row.found for row in await session.execute(counting)}
    return Chunks(**{state: counted.get(state, 0) for state in Chunks.model_fields})


async def _reasons(session: AsyncSession, job_id: UUID) -> list[str]:
    told = select(chunk.c.reason).where(chunk.c.job_id == job_id, chunk.c.reason.is_not(None))
    return list(await session.scalars(told.distinct().order_by(chunk.c.reason).limit(_MOST_REASONS)))
