"""A process that states facts, relays them and takes them in, and is killed at a given step. Run by test_crashes.

`python crashing_process.py <address> <secrets> <suffix> <kafka or -> <step>…`: each step is a process of its own, one after
another; prints how each one ended. A step is a place to die in, or `none`: then it works until nothing is left to do.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import chassis  # noqa: F401 - first of all: see there

# isort: split
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from access.handlers import remember_people
from chassis import kafka_subscription, log_postgres, relay
from chassis.consumer import Consumer
from chassis.database import Sessions, engine, sessions
from chassis.databases import Databases
from chassis.log import Batch, EventLog, Publisher, Record
from chassis.staging import put, stage
from chassis.testing.logs import Logs
from contracts.actions import Role
from contracts.events import Heard
from contracts.identity import UserChanged, UserStatus
from contracts.ids import AccountId, UserId

USERS = tuple(UserId(UUID(int=n, version=4)) for n in range(1, 4))

# Small, so that a process dies in the midst of its work and not at the end of it.
relay.BATCH, log_postgres.BATCH, kafka_subscription.BATCH = 4, 5, 5


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Dying:
    """The real log, which takes its process with it at one step of the second batch."""

    def __init__(self, log: EventLog, step: str) -> None:
        self._log, self._step, self._seen = log, step, 0
        self.streams, self.ends, self.forget, self.close = log.streams, log.ends, log.forget, log.close

    def at(self, step: str) -> None:
        if step == self._step:
            self._seen += 1
            if self._seen == 2:
                die()

    @asynccontextmanager
    async def publisher(self, name: str) -> AsyncIterator["_Saying"]:
        async with self._log.publisher(name) as publisher:
            yield _Saying(self, publisher)

    @asynccontextmanager
    async def subscribe(self, group: str, topics: Sequence[str], *, from_start: bool = False) -> AsyncIterator[Any]:
        async with self._log.subscribe(group, topics, from_start=from_start) as subscription:
            yield _Reading(self, subscription)


class _Saying:
    def __init__(self, log: Dying, publisher: Publisher) -> None:
        self._log, self._publisher, self.beat = log, publisher, publisher.beat

    async def publish(self, records: Sequence[Record]) -> None:
        self._log.at("stated, not published")
        await self._publisher.publish(records)
        self._log.at("published, not deleted")


class _Reading:
    def __init__(self, log: Dying, subscription: Any) -> None:
        self._log, self.batches, self._done = log, subscription.batches, subscription.done

    async def done(self, batch: Batch) -> None:
        self._log.at("committed, offset not kept")
        await self._done(batch)
        self._log.at("offset kept")


async def work(databases: Databases, kafka: str | None, step: str) -> None:
    worker = engine(databases.url("sharing", "worker"), size=3)
    made = sessions(worker)
    # The same instance each time: the group waits for it to come back.
    log = Dying(Logs("", databases, kafka, {"session": 3.0} if kafka else {}).open("dying"), step)

    async def handle(session: AsyncSession, heard: Sequence[Heard[UserChanged]]) -> None:
        await remember_people(session, heard)
        for one in heard:  # counts how often: a second time would be a second row
            said = {"user": one.event.user_id, "version": one.version}
            await session.execute(text("insert into public.effect (user_id, version) values (:user, :version)"), said)
        log.at("taken in, not committed")

    consumer = Consumer("sharing", made, log, {UserChanged: handle})
    publishing = relay.Relay("sharing", databases.dsn("sharing", "worker"), log, ["keten.identity"], heartbeat=1)
    tasks = [asyncio.create_task(consumer.run()), asyncio.create_task(publishing.run())]
    for _ in range(4):
        await state(made)
    log.at("stated only")
    if step == "none":
        async with asyncio.timeout(30):
            while not await is_idle(made):  # noqa: ASYNC110 - what is waited for happens in a database
                await asyncio.sleep(0.01)
        for task in tasks:
            task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def state(made: Sessions) -> None:
    """One more version of every user, as a service would state it."""
    async with made() as session, session.begin():
        for user in USERS:
            added = "insert into public.truth (user_id) values (:user) on conflict (user_id) do update"
            version = await session.scalar(
                text(f"{added} set version = truth.version + 1 returning version"), {"user": user}
            )
            event = UserChanged(
                user_id=user,
                account_id=AccountId(user),
                role=Role.MEMBER,
                status=UserStatus.ACTIVE,
                medical=False,
            )
            await put(session, [stage(event, version=version, at=datetime.now(UTC))])


async def is_idle(made: Sessions) -> bool:
    async with made() as session:
        left = await session.scalar(
            text(
                "select (select count(*) from outbox) + (select sum(version) from truth) - (select count(*) from inbox)"
            )
        )
    return bool(left == 0)


if __name__ == "__main__":
    address, secrets, suffix, kafka, *steps = sys.argv[1:]
    for wanted in steps:
        if (child := os.fork()) == 0:
            asyncio.run(work(Databases(address, Path(secrets), suffix), None if kafka == "-" else kafka, wanted))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - read by the test
