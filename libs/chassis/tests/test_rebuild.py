"""Projections built anew from the log while the service works: the same as before, and never more than is allowed."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from access.handlers import HANDLERS
from access.testing import a_dossier, a_user
from chassis.consumer import Consumer, handle_own, replay
from chassis.database import Sessions, engine, on_schema, sessions
from chassis.databases import Databases
from chassis.dead_letters import drop
from chassis.log import Batch, EventLog, Record
from chassis.rebuild import RebuildUnderWay, WriterStuck, rebuild
from chassis.relay import Relay
from chassis.staging import put, stage
from chassis.testing.logs import DRIVERS, Logs, Way
from contracts.events import Event, Heard
from contracts.identity import UserErased, UserProfile
from contracts.ids import AccountId, DossierId, GrantId, LevelId, UserId, new_id
from contracts.rights import STANDARD_LEVELS
from contracts.sharing import GrantGiven, GrantStatus, GrantWithdrawn, Onward

VIEW = STANDARD_LEVELS[0]

PROJECTIONS = {
    "account": "*",
    "person": "*",
    "level": "*",
    "dossier_access": "*",
    "group_access": "*",
    "grant_access": "*",
    "fact_history": "*",
    "inbox": "event_id, type",
    "dead_letter": "event_id, topic, key, type, reason",
}


@dataclass
class Platform:
    """One service that states facts of its own and hears those of others, over a real log."""

    databases: Databases
    made: Sessions
    logs: Logs
    log: Way
    dossier: DossierId = field(default_factory=lambda: DossierId(new_id()))
    ended: set[UUID] = field(default_factory=set)
    live: set[UUID] = field(default_factory=set)
    said: set[UUID] = field(default_factory=set)

    async def state(self, event: Event, *, version: int) -> None:
        """As the edge does it: outbox and own projections in one transaction."""
        staged = stage(event, version=version, at=datetime.now(UTC))
        async with on_schema(self.made, "projection") as session:
            await put(session, [staged])
            await handle_own(session, HANDLERS, [staged.heard()])

    async def hear(self, *events: Event, version: int = 1) -> None:
        await self.publish([stage(event, version=version, at=datetime.now(UTC)).record() for event in events])

    async def publish(self, records: Sequence[Record]) -> None:
        await self.log.publish(records)
        self.said.update(record.id for record in records)

    async def give(self) -> GrantId:
        grant = GrantId(new_id())
        await self.state(self.a_grant(grant, GrantStatus.LIVE), version=1)
        self.live.add(grant)
        return grant

    async def withdraw(self, grant: GrantId) -> None:
        self.live.discard(grant)  # from here on it may be gone, before the one who withdraws is told
        await self.state(self.a_grant(grant, GrantStatus.ENDED), version=2)
        self.ended.add(grant)

    def a_grant(self, grant: GrantId, status: GrantStatus) -> Event:
        kind = GrantGiven if status is GrantStatus.LIVE else GrantWithdrawn
        return kind(
            grant_id=grant,
            dossier_id=self.dossier,
            account_id=AccountId(self.dossier),
            recipient_id=UserId(grant),
            recipient_account_id=AccountId(self.dossier),
            given_by=UserId(self.dossier),
            parent_id=None,
            level_id=LevelId(VIEW.id),
            level_code=VIEW.code,
            rights=VIEW.rights,
            until=None,
            onward=Onward.NONE,
            status=status,
        )

    async def count(self, sql: str) -> int:
        async with self.made() as session:
            return int(await session.scalar(text(sql)) or 0)

    async def settled(self) -> None:
        """Wait until everything stated has been published and heard."""
        known = "select event_id from inbox union select event_id from dead_letter"
        async with asyncio.timeout(20):
            while True:
                async with self.made() as session:
                    heard = set(await session.scalars(text(known)))
                if self.said <= heard and await self.count("select count(*) from outbox") == 0:
                    return
                await asyncio.sleep(0.01)

    async def picture(self) -> dict[str, list[Any]]:
        async with self.made() as session:
            return {
                table: sorted(repr(row) for row in (await session.execute(text(f"select {what} from {table}"))).all())
                for table, what in PROJECTIONS.items()
            }


@pytest.fixture(params=DRIVERS)
async def platform(
    request: pytest.FixtureRequest, fresh_databases: Callable[..., Databases]
) -> AsyncIterator[Platform]:
    databases = fresh_databases("sharing")
    kafka = request.getfixturevalue("kafka").address if request.param == "kafka" else None
    logs = Logs(request.param, databases, kafka)
    worker = engine(databases.url("sharing", "worker"), size=5)
    platform = Platform(databases, sessions(worker), logs, logs.connect())
    topics = ["keten.sharing", "keten.sharing.private"]
    relay = Relay("sharing", databases.dsn("sharing", "worker"), logs.connect(), topics, heartbeat=0.2)
    consumer = Consumer("sharing", platform.made, logs.connect(), HANDLERS)
    await logs.ensure([*topics, *consumer.topics(own=True)])
    await platform.hear(
        *a_user(UserId(new_id()), AccountId(new_id()), "Taco Bakker", photo_id=new_id()),
        a_dossier(platform.dossier, AccountId(platform.dossier)),
    )
    async with _working(relay.run, consumer.run):
        await platform.settled()
        yield platform
    await logs.close()
    await worker.dispose()


async def rebuilt(platform: Platform, log: EventLog | None = None, handlers: Any = HANDLERS) -> int:
    another = log or platform.logs.connect()
    async with asyncio.timeout(20):
        return await rebuild(platform.databases, "sharing", platform.made, another, handlers)


async def test_a_rebuilt_projection_is_the_same_row_by_row(platform: Platform) -> None:
    grants = [await platform.give() for _ in range(5)]
    for grant in grants[:2]:
        await platform.withdraw(grant)
    await platform.settled()
    before = await platform.picture()

    events = await rebuilt(platform)

    assert await platform.picture() == before
    assert events == len(before["inbox"]) == 10
    assert await platform.count("select count(*) from pg_namespace where nspname like 'projection_%'") == 0


async def test_it_is_rebuilt_although_the_log_has_forgotten_older_names(platform: Platform) -> None:
    user, account = UserId(new_id()), AccountId(new_id())
    for version, name in enumerate(["Anna", "Anna Bos", "Anna Bos-Vink"], start=1):
        await platform.hear(*a_user(user, account, name), version=version)
        await platform.settled()

    await rebuilt(platform)

    assert await platform.count("select count(*) from person where name = 'Anna Bos-Vink'") == 1


async def test_who_was_erased_stays_so_and_a_tombstone_at_the_end_of_the_log_holds_nobody_up(
    platform: Platform,
) -> None:
    user, account = UserId(new_id()), AccountId(new_id())
    await platform.hear(*a_user(user, account, "Anna"))
    await platform.settled()
    await platform.hear(UserErased(user_id=user, account_id=account), version=2)
    await platform.log.publish([Record(UserProfile.topic(), user, new_id(), UserProfile.type, "")])
    await platform.settled()

    await rebuilt(platform)

    named = f"select count(*) from person where id = '{user}' and name is null and profile_version = 2"
    assert await platform.count(named) == 1
    unsampled = """select count(*) from pg_attribute where attrelid = 'projection.person'::regclass
        and attname in ('name', 'initials', 'sort_key') and attstattarget = 0"""
    assert await platform.count(unsampled) == 3


async def test_what_is_parked_stays_parked(platform: Platform, told: Any, unreadable: Any) -> None:
    user = new_id()
    await platform.publish([told(user, 1), unreadable(told(user, 2)), told(user, 3)])
    await platform.settled()
    before = await platform.picture()

    await rebuilt(platform)

    assert await platform.picture() == before
    assert len(before["dead_letter"]) == 2


async def test_rebuilding_while_shares_come_and_go_opens_nothing_that_was_withdrawn(platform: Platform) -> None:
    stopped = asyncio.Event()

    async def change() -> None:
        while not stopped.is_set():
            grants = [await platform.give() for _ in range(3)]
            await platform.withdraw(grants[0])
            await platform.withdraw(grants[2])
            await platform.hear(*a_user(UserId(grants[1]), AccountId(platform.dossier)))

    async def look() -> int:
        looked = 0
        while not stopped.is_set():
            ended, live = set(platform.ended), set(platform.live)
            async with platform.made() as session:
                opened = set(
                    await session.scalars(text("select id from grant_access where cardinality(effective_rights) > 0"))
                )
            assert not opened & ended
            assert live & platform.live <= opened
            looked += 1
        return looked

    async def rebuild_twice() -> None:
        try:
            for _ in range(2):
                before = len(platform.ended)
                await rebuilt(platform)
                async with asyncio.timeout(10):
                    while len(platform.ended) == before:  # noqa: ASYNC110 - any withdrawal will do
                        await asyncio.sleep(0.01)
        finally:
            stopped.set()

    async with asyncio.TaskGroup() as group:
        group.create_task(change())
        looking = group.create_task(look())
        group.create_task(rebuild_twice())

    await platform.settled()
    assert looking.result() > 10
    assert await platform.count("select count(*) from grant_access where status = 'live'") == len(platform.live)
    assert await platform.count("select count(*) from grant_access where status = 'ended'") == len(platform.ended)
    live = await platform.picture()
    await rebuilt(platform)
    assert await platform.picture() == live


async def test_what_a_topic_has_never_said_is_not_fresh_after_a_rebuild_either(platform: Platform) -> None:
    streams = "select count(*) from freshness"
    stale = "select count(*) from freshness where at = 'epoch'"
    expected = len(
        await platform.log.streams(Consumer("sharing", platform.made, platform.log, HANDLERS).topics(own=False))
    )
    before = await platform.count(streams), await platform.count(stale)

    await rebuilt(platform)

    assert before == (expected, expected)
    assert (await platform.count(streams), await platform.count(stale)) == before


async def test_a_rebuild_that_breaks_leaves_the_live_projection_alone(platform: Platform) -> None:
    grant = await platform.give()
    await platform.settled()
    before = await platform.picture()

    with pytest.raises(ConnectionError):
        await rebuilt(platform, _Breaks(platform.logs.connect()))
    assert await platform.count("select count(*) from pg_namespace where nspname like 'projection_%'") == 0
    await platform.withdraw(grant)
    withdrawn = await platform.picture()
    await rebuilt(platform)

    assert before != withdrawn
    assert await platform.picture() == withdrawn


async def test_what_was_dropped_stays_dropped_though_the_log_has_it(
    platform: Platform, told: Any, unreadable: Any
) -> None:
    user = new_id()
    poison = unreadable(told(user, 2))
    await platform.publish([told(user, 1), poison, told(user, 3)])
    await platform.settled()
    async with on_schema(platform.made, "projection") as session:
        assert await drop(session, user, [poison.id]) == 1
        await replay(session, HANDLERS, user)

    await rebuilt(platform)

    assert await platform.count("select count(*) from dead_letter") == 0
    assert await platform.count(f"select version from person where id = '{user}'") == 3
    assert await platform.count(f"select count(*) from inbox where event_id = '{poison.id}' and at = 'infinity'") == 1


async def test_what_is_dropped_during_a_rebuild_is_not_parked_afterwards(
    platform: Platform, told: Any, unreadable: Any
) -> None:
    user = new_id()
    poison = unreadable(told(user, 1))
    await platform.publish([poison])
    await platform.settled()

    async def drop_it(session: AsyncSession, heard: Sequence[Heard[Any]]) -> None:
        async with on_schema(platform.made, "projection") as other:
            await drop(other, user, [poison.id])
        await HANDLERS[GrantGiven](session, heard)

    await platform.give()
    await platform.settled()
    await rebuilt(platform, handlers={**HANDLERS, GrantGiven: drop_it})

    assert await platform.count("select count(*) from dead_letter") == 0


async def test_a_writer_that_does_not_end_is_named_and_nothing_is_half_done(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.rebuild.PATIENCE", 0.2)
    await platform.give()
    await platform.settled()
    before = await platform.picture()

    async with on_schema(platform.made, "projection") as stuck:
        await stuck.execute(text("lock table inbox in row exclusive mode"))
        pid = await stuck.scalar(text("select pg_backend_pid()"))
        with pytest.raises(WriterStuck, match=rf"sharing_worker from [\d.]+ \(process {pid} of"):
            await rebuilt(platform)
        shadows = await platform.count("select count(*) from pg_namespace where nspname like 'projection_%'")

    assert shadows == 0
    assert await platform.picture() == before
    await rebuilt(platform)
    assert await platform.picture() == before


async def test_it_tells_how_far_it_has_come(platform: Platform) -> None:
    for _ in range(3):
        await platform.give()
    await platform.settled()
    told: list[tuple[int, int]] = []

    async with asyncio.timeout(20):
        await rebuild(
            platform.databases,
            "sharing",
            platform.made,
            platform.logs.connect(),
            HANDLERS,
            progress=lambda read, of: told.append((read, of)),
        )

    assert told == sorted(told)
    read, of = told[-1]
    assert read == of > 0


async def test_a_rebuild_that_is_killed_midway_can_be_done_again(platform: Platform) -> None:
    await platform.give()
    await platform.settled()
    before = await platform.picture()
    reached = asyncio.Event()

    async def stuck(session: AsyncSession, heard: Sequence[Heard[Any]]) -> None:
        reached.set()
        await asyncio.Event().wait()

    first = asyncio.create_task(rebuilt(platform, handlers={**HANDLERS, GrantGiven: stuck}))
    async with asyncio.timeout(10):
        await reached.wait()
    async with platform.databases.administered() as admin:
        await admin.execute(
            """select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and query like '%_shadow%'
               and pid <> pg_backend_pid()""",
            platform.databases.name("sharing"),
        )
    first.cancel()
    with contextlib.suppress(asyncio.CancelledError, Exception):
        await first

    assert await platform.picture() == before
    await rebuilt(platform)
    assert await platform.picture() == before


async def test_two_rebuilds_at_once_do_not_build_on_each_other(platform: Platform) -> None:
    await platform.give()
    await platform.settled()
    before = await platform.picture()

    await asyncio.gather(rebuilt(platform), rebuilt(platform))

    assert await platform.picture() == before


async def test_a_rebuild_that_does_not_end_is_named_to_the_next_one_which_changes_nothing(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.rebuild.ANOTHER", 0.2)
    await platform.give()
    await platform.settled()
    before = await platform.picture()
    reached, goes_on = asyncio.Event(), asyncio.Event()

    async def slow(session: AsyncSession, heard: Sequence[Heard[Any]]) -> None:
        reached.set()
        await goes_on.wait()
        await HANDLERS[GrantGiven](session, heard)

    first = asyncio.create_task(rebuilt(platform, handlers={**HANDLERS, GrantGiven: slow}))
    async with asyncio.timeout(10):
        await reached.wait()
    told = r"of sharing are already being rebuilt, from .* for 0:00:\d+.* \(process \d+ of"
    with pytest.raises(RebuildUnderWay, match=told):
        await rebuilt(platform)
    goes_on.set()

    assert await first == len(before["inbox"])
    assert await platform.picture() == before
    assert await platform.count("select count(*) from pg_namespace where nspname like 'projection_%'") == 0


class _Breaks:
    """A log that goes away after the first batch."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self.publisher, self.streams, self.ends = log.publisher, log.streams, log.ends
        self.forget, self.close = log.forget, log.close

    @asynccontextmanager
    async def subscribe(self, group: str, topics: Sequence[str], *, from_start: bool = False) -> AsyncIterator[Any]:
        async with self._log.subscribe(group, topics, from_start=from_start) as subscription:
            yield _BreaksAfterOne(subscription)


class _BreaksAfterOne:
    def __init__(self, subscription: Any) -> None:
        self._subscription, self.done = subscription, subscription.done

    async def batches(self) -> AsyncIterator[Batch]:
        async for batch in self._subscription.batches():
            yield Batch(records=_half(batch.records), offsets={}, heads={})
            raise ConnectionError("the log went away")


def _half(records: Sequence[Record]) -> Sequence[Record]:
    return records[: len(records) // 2]


@asynccontextmanager
async def _working(*tasks: Callable[[], Any]) -> AsyncIterator[None]:
    running = [asyncio.create_task(task()) for task in tasks]
    try:
        yield
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
