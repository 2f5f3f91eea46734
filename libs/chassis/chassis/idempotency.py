"""Idempotency-Key: the same request sent twice has one effect and one answer, scoped to its user and route."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.problems import IdempotencyKeyReused
from chassis.tables import stored_answer


@dataclass(frozen=True)
class Answer:
    """An answer as it was made the first time, at `at`; it counts when all `enforcers` have confirmed its position."""

    status: int
    headers: dict[str, str]
    body: str
    enforcers: Sequence[str]
    at: datetime


class Replayed(Exception):
    """This was done already; here is the answer it got."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


@dataclass(frozen=True)
class Key:
    """The key of one request with the fingerprint of what was asked."""

    user_id: UUID
    route: str
    key: str
    fingerprint: str

    @classmethod
    def of(cls, *, user_id: UUID, route: str, key: str, path: str, body: bytes) -> "Key":
        return cls(user_id, route, key, hashlib.sha256(path.encode() + b"\0" + body).hexdigest())

    async def replay(self, session: AsyncSession) -> None:
        """Raises `Replayed` when answered before, `IdempotencyKeyReused` when that was another request. Whoever sends the
        same key at the same moment waits here until the first is committed."""
        lock = text("select pg_advisory_xact_lock(hashtextextended(:name, 0))")
        await session.execute(lock, {"name": f"{self.user_id}|{self.route}|{self.key}"})
        found = (await session.execute(select(stored_answer).where(*self._where()))).one_or_none()
        if found is None:
            return
        if found.fingerprint != self.fingerprint:
            raise IdempotencyKeyReused
        raise Replayed(Answer(found.status, found.headers, found.body, found.enforcers, found.at))

    async def store(self, session: AsyncSession, answer: Answer) -> None:
        await session.execute(
            insert(stored_answer).values(
                user_id=self.user_id,
                route=self.route,
                key=self.key,
                fingerprint=self.fingerprint,
                status=answer.status,
                headers=json.loads(json.dumps(answer.headers)),
                body=answer.body,
                enforcers=list(answer.enforcers),
                at=answer.at,
            )
        )

    def _where(self) -> tuple[Any, ...]:
        held = stored_answer.c
        return held.user_id == self.user_id, held.route == self.route, held.key == self.key


async def forget_old(session: AsyncSession) -> None:
    """Stored answers are kept for a day; nobody repeats a request after that."""
    await session.execute(text("delete from public.stored_answer where at < now() - interval '1 day'"))
