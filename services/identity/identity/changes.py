"""A change made on a hosted page: one transaction with its events and its lines of the access log, as at the edge."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from chassis import access_log
from chassis.access_log import Line
from chassis.edge import Runtime
from chassis.staging import Staged, put, stage
from chassis.tokens import Actor
from contracts.events import Event
from identity.domain.user import User

# Whoever holds a link, or is about to sign in, has no program yet: he is on the hosted pages.
CLIENT: Final = "sign-in"


@dataclass
class Change:
    """What a page changes and says of it."""

    session: AsyncSession
    now: datetime
    staged: list[Staged] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    actor: Actor | None = None

    def by(self, user: User) -> None:
        """Who it is that changes something."""
        self.actor = Actor(user_id=user.id, account_id=user.account_id, client=CLIENT, session_id="")

    def stage(self, event: Event, *, version: int) -> None:
        """Say what happened; it reaches the log if, and only if, the change is committed."""
        user_id, account_id = (self.actor.user_id, self.actor.account_id) if self.actor else (None, None)
        self.staged.append(stage(event, version=version, at=self.now, actor=user_id, account=account_id))

    def log(self, user: User, action: str, *, rule: str) -> None:
        """A line of the access log, by the person himself."""
        self.by(user)
        assert self.actor is not None
        self.lines.append(Line(self.now, self.actor, action, None, "allowed", ({"rule": rule},)))


@asynccontextmanager
async def change(runtime: Runtime) -> AsyncIterator[Change]:
    """Committed when the block ends well."""
    async with runtime.made() as session, session.begin():
        made = Change(session, runtime.clock())
        yield made
        await session.flush()
        await put(session, made.staged)
        await access_log.write(session, made.lines)
