"""Long work: every chunk is done once, by whoever holds it, fairly, and whatever happens to a worker."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import Sessions, engine, sessions
from chassis.databases import Databases
from chassis.work import Claim, GivenUp, LeaseLost, Work, forget_old, open_job
from chassis.work_crew import Crew
from chassis.work_list import WorkList
from contracts.actions import Role
from contracts.identity import UserChanged, UserStatus
from contracts.ids import AccountId, UserId, new_id

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
EFFECT = "create table if not exists public.effect (n text not null, attempt integer not null)"
LEAVE = text("insert into public.effect values (:n, :attempt)")

Eventually = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]


@dataclass
class House:
    """One service's database: who opens work there, and who does it."""

    databases: Databases
    requests: Sessions
    workers: Sessions
    kind: str = field(default_factory=lambda: f"trial-{new_id().hex}")

    async def open(self, *items: str, account: UUID | None = None, key: UUID | None = None, **by: Any) -> UUID:
        """A job as a request opens it; an item is its `n`."""
        async with self.requests() as session, session.begin():
            return await open_job(
                session,
                kind=self.kind,
                account_id=account or new_id(),
                opened_by=by.get("opened_by"),
                items=[{"n": item} for item in items],
                at=NOON,
                key=key,
            )

    def work(self, run: Callable[[Claim], Awaitable[None]], *, lease: float = 30, **work: Any) -> WorkList:
        return WorkList("sharing", self.workers, [Work(kind=self.kind, run=run, **work)], lease=lease)

    async def rows(self, sql: str, **given: Any) -> Sequence[Any]:
        async with self.workers() as session:
            return (await session.execute(text(sql), {"kind": self.kind, **given})).all()

    async def one(self, sql: str, **given: Any) -> Any:
        return (await self.rows(sql, **given))[0]

    async def jobs(self) -> list[str]:
        return [row.state for row in await self.rows("select state from public.job where kind = :kind order by id")]

    async def chunks(self) -> list[tuple[Any, ...]]:
        """State, attempts and reason of each."""
        told = "select state, attempts, reason from public.chunk where kind = :kind order by id"
        return [tuple(row) for row in await self.rows(told)]

    async def make_due(self) -> None:
        async with self.workers() as session, session.begin():
            await session.execute(text("update public.chunk set due_at = now() where state = 'waiting'"))

    async def effects(self) -> list[tuple[str, int]]:
        return [tuple(row) for row in await self.rows("select n, attempt from public.effect order by n")]


@pytest.fixture
async def house(kept_databases: Callable[..., Databases], databases: Databases) -> AsyncIterator[House]:
    async with databases.connected("sharing", "owner") as owner:
        await owner.execute(EFFECT)
        await owner.execute("alter table public.effect owner to sharing_owner; truncate public.effect")
    requests, workers = (engine(databases.url("sharing", role), size=8) for role in ("api", "worker"))
    yield House(databases, sessions(requests), sessions(workers))
    await requests.dispose()
    await workers.dispose()


@pytest.fixture(scope="module")
def databases(kept_databases: Callable[..., Databases]) -> Databases:
    return kept_databases("sharing")


async def leave(claim: Claim) -> None:
    """Leaves a row as its result."""
    async with claim.finishing() as session:
        await session.execute(LEAVE, {"n": claim.item["n"], "attempt": claim.attempt})


def failing(*faults: Exception) -> Callable[[Claim], Awaitable[None]]:
    """Fails with these, one after another; then does it."""
    left = list(faults)

    async def run(claim: Claim) -> None:
        if left:
            raise left.pop(0)
        await leave(claim)

    return run


async def test_every_chunk_is_done_and_then_the_job(house: House) -> None:
    await house.open("1", "2", "3")

    done = await Crew([house.work(leave)]).drain()

    assert done == 3
    assert await house.effects() == [("1", 1), ("2", 1), ("3", 1)]
    assert await house.jobs() == ["done"]
    assert await house.chunks() == [("done", 1, None)] * 3


async def test_the_same_key_is_the_same_job(house: House) -> None:
    key = new_id()

    opened = [await house.open("1", "2", key=key), await house.open("1", "2", key=key)]

    assert opened == [key, key]
    assert len(await house.chunks()) == 2


async def test_a_job_without_items_is_done(house: House) -> None:
    await house.open()

    assert await house.jobs() == ["done"]


async def test_what_is_not_committed_is_not_opened(house: House) -> None:
    async with house.requests() as session:
        await open_job(session, kind=house.kind, account_id=new_id(), opened_by=None, items=[{"n": "1"}], at=NOON)
        await session.rollback()

    assert await Crew([house.work(leave)]).drain() == 0


async def test_a_chunk_that_says_nothing_is_done_all_the_same(house: House) -> None:
    async def run(claim: Claim) -> None:
        assert claim.item == {"n": "1"}

    await house.open("1")

    await Crew([house.work(run)]).drain()

    assert await house.jobs() == ["done"]


async def test_a_thousand_chunks_of_one_tenant_do_not_hold_up_the_one_of_another(house: House) -> None:
    await house.open(*(str(n) for n in range(1000)))
    await house.open("mine")

    await Crew([house.work(leave)], width=1).drain(limit=2)

    assert ("mine", 1) in await house.effects()


async def test_tenants_take_turns(house: House) -> None:
    accounts = [new_id() for _ in range(3)]
    for account in accounts:
        await house.open(*(f"{account} {n}" for n in range(20)), account=account)

    await Crew([house.work(leave)], width=1).drain(limit=15)

    done = [n.partition(" ")[0] for n, _ in await house.effects()]
    assert [done.count(str(account)) for account in accounts] == [5, 5, 5]


async def test_a_chunk_that_hangs_holds_up_no_other_job(house: House, eventually: Eventually) -> None:
    async def run(claim: Claim) -> None:
        if claim.item["n"] == "hangs":
            await asyncio.sleep(60)
        await leave(claim)

    await house.open("hangs")
    draining = asyncio.create_task(Crew([house.work(run)]).drain())
    await house.open("1", "2")

    async def others_are_done() -> bool:
        return await house.effects() == [("1", 1), ("2", 1)]

    await eventually(others_are_done)
    draining.cancel()
    await asyncio.gather(draining, return_exceptions=True)


async def test_a_fault_is_tried_again_later_and_later(house: House) -> None:
    await house.open("1")
    crew = Crew([house.work(failing(ValueError("secret"), OSError(), ValueError()))])

    pauses = []
    for _ in range(3):
        assert await crew.drain() == 1
        assert await crew.drain() == 0, "not due yet"
        due = "select extract(epoch from due_at - claimed_at) as pause from public.chunk where kind = :kind"
        pauses.append(round((await house.one(due)).pause))
        await house.make_due()
    await crew.drain()

    assert pauses == [1, 2, 4]
    assert await house.effects() == [("1", 4)]
    assert await house.chunks() == [("done", 4, None)]


async def test_who_fails_too_often_has_failed_and_so_has_the_job(house: House) -> None:
    told: list[str] = []

    async def failed(session: AsyncSession, claim: Claim, reason: str) -> None:
        await session.execute(LEAVE, {"n": "failed", "attempt": claim.attempt})
        told.append(reason)

    await house.open("1", "2")
    works = house.work(failing(ValueError(), ValueError(), ValueError()), attempts=2, failed=failed)

    for _ in range(3):
        await Crew([works], width=1).drain()
        await house.make_due()

    assert sorted(state for state, _, _ in await house.chunks()) == ["done", "failed"]
    assert await house.jobs() == ["failed"]
    assert told == ["ValueError"]
    assert ("failed", 2) in await house.effects()


async def test_what_cannot_be_done_is_not_tried_again(house: House) -> None:
    await house.open("1")

    await Crew([house.work(failing(GivenUp("not-a-picture")))]).drain()

    assert await house.chunks() == [("failed", 1, "not-a-picture")]
    assert await house.jobs() == ["failed"]


async def test_a_chunk_that_takes_too_long_is_tried_again(house: House) -> None:
    async def run(claim: Claim) -> None:
        await asyncio.sleep(60)

    await house.open("1")

    await Crew([house.work(run, limit=0.1)]).drain()

    assert await house.chunks() == [("waiting", 1, "TimeoutError")]


async def test_a_chunk_that_kills_its_workers_fails_in_the_end(house: House) -> None:
    await house.open("1")
    works = house.work(leave, lease=0, attempts=2)
    for _ in range(2):
        assert await works.claim() is not None  # and is never heard of again
    works.lease = 30

    await Crew([works]).drain()

    assert await house.chunks() == [("failed", 3, "WorkerLost")]
    assert await house.effects() == []


async def test_results_and_done_are_one(house: House) -> None:
    async def run(claim: Claim) -> None:
        async with claim.finishing() as session:
            await session.execute(LEAVE, {"n": claim.item["n"], "attempt": claim.attempt})
            raise OSError

    await house.open("1")

    await Crew([house.work(run)]).drain()

    assert await house.effects() == []
    assert await house.chunks() == [("waiting", 1, "OSError")]


async def test_facts_are_stated_with_the_results_or_not_at_all(house: House) -> None:
    user, fails = UserId(new_id()), [True, False]

    async def run(claim: Claim) -> None:
        event = UserChanged(
            user_id=user,
            account_id=AccountId(claim.account_id),
            role=Role.MEMBER,
            status=UserStatus.ACTIVE,
            medical=False,
        )
        claim.stage(event, version=1)
        async with claim.finishing():
            if fails.pop(0):
                raise OSError

    await house.open("1")
    stated = "select key from public.outbox where key = :user"

    await Crew([house.work(run)]).drain()
    assert await house.rows(stated, user=user) == []
    await house.make_due()
    await Crew([house.work(run)]).drain()

    assert len(await house.rows(stated, user=user)) == 1


async def test_who_lost_his_lease_writes_nothing(house: House) -> None:
    await house.open("1")
    works = house.work(leave, lease=0)
    late, again = await works.claim(), await works.claim()
    assert late is not None
    assert again is not None

    works.lease = 30
    await works.work(again)
    with pytest.raises(LeaseLost):
        await leave(late)
    with pytest.raises(LeaseLost):
        await late.extend()
    await works.work(late)

    assert (late.chunk_id, late.attempt, again.attempt) == (again.chunk_id, 1, 2)
    assert await house.effects() == [("1", 2)]
    assert await house.chunks() == [("done", 2, None)]


async def test_who_lost_his_lease_to_one_who_is_still_at_it_writes_nothing(house: House) -> None:
    await house.open("1")
    works = house.work(leave, lease=0)
    late, holder = await works.claim(), await works.claim()
    assert late is not None
    assert holder is not None

    with pytest.raises(LeaseLost):
        await leave(late)
    await leave(holder)

    assert await house.effects() == [("1", 2)]


async def test_a_lease_is_kept_while_the_chunk_runs(house: House) -> None:
    async def run(claim: Claim) -> None:
        await asyncio.sleep(3)
        await leave(claim)

    await house.open("1")
    one, other = house.work(run, lease=1.2), house.work(leave, lease=1.2)
    claim = await one.claim()
    assert claim is not None

    running = asyncio.create_task(one.work(claim))
    taken = []
    while not running.done():
        taken.append(await other.claim())
        await asyncio.wait({running}, timeout=0.1)

    assert len(taken) > 1
    assert not any(taken)
    assert await house.effects() == [("1", 1)]


async def test_a_chunk_whose_lease_is_lost_is_stopped(house: House) -> None:
    stopped = asyncio.Event()

    async def run(claim: Claim) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            stopped.set()

    await house.open("1")
    works = house.work(run, lease=0.3)
    claim = await works.claim()
    assert claim is not None
    async with house.workers() as session, session.begin():
        await session.execute(text("update public.chunk set fence = fence + 1 where kind = :k"), {"k": house.kind})

    await works.work(claim)

    assert stopped.is_set()


async def test_a_worker_that_is_stopped_gives_its_chunk_back(house: House) -> None:
    began = asyncio.Event()

    async def run(claim: Claim) -> None:
        began.set()
        await asyncio.sleep(60)

    await house.open("1")
    draining = asyncio.create_task(Crew([house.work(run)]).drain())
    await began.wait()
    draining.cancel()
    await asyncio.gather(draining, return_exceptions=True)

    assert await house.chunks() == [("waiting", 0, None)]
    await Crew([house.work(leave)]).drain()
    assert await house.effects() == [("1", 1)]


async def test_two_workers_at_once_do_each_chunk_once(house: House) -> None:
    for _ in range(4):
        await house.open(*(str(new_id()) for _ in range(25)))

    done = await asyncio.gather(*(Crew([house.work(leave)], width=3).drain() for _ in range(2)))

    effects = await house.effects()
    assert sum(done) == len(effects) == len({n for n, _ in effects}) == 100
    assert min(done) > 0
    assert await house.jobs() == ["done"] * 4


async def test_work_of_another_release_waits_for_it(house: House) -> None:
    await house.open("1")
    other = WorkList("sharing", house.workers, [Work(kind="something else", run=leave)])

    assert await Crew([other]).drain() == 0
    assert await house.chunks() == [("waiting", 0, None)]


async def test_a_list_out_of_reach_keeps_nobody_from_the_work_of_the_others(house: House) -> None:
    nowhere = engine(house.databases.url("sharing", "worker").replace(house.databases.address, "127.0.0.1:1"), size=1)
    await house.open("1")
    away = WorkList("dossier", sessions(nowhere), [Work(kind="any", run=leave)])

    assert await Crew([away, house.work(leave)]).drain() == 1


async def test_who_answers_requests_opens_work_and_cannot_touch_it(house: House) -> None:
    account = new_id()
    mine, other = await house.open("1", account=account), await house.open("2")

    async with house.requests() as session:
        await session.execute(text("select set_config('keten.account', :account, true)"), {"account": str(account)})
        jobs = list(await session.scalars(text("select id from public.job where kind = :kind"), {"kind": house.kind}))
        chunks = list(await session.scalars(text("select job_id from public.chunk")))
        assert other not in jobs
        assert (jobs, chunks) == ([mine], [mine])
        for change in ("update public.job set state = 'done'", "delete from public.chunk"):
            with pytest.raises(ProgrammingError, match="permission denied"):
                async with session.begin_nested():
                    await session.execute(text(change))
    async with house.requests() as session:
        assert list(await session.scalars(text("select id from public.job"))) == []


async def test_old_jobs_are_forgotten_with_their_chunks(house: House) -> None:
    old, kept = await house.open("1"), await house.open("2")
    await Crew([house.work(leave)]).drain()
    async with house.workers() as session, session.begin():
        ago = "update public.job set finished_at = now() - interval '31 days' where id = :id"
        await session.execute(text(ago), {"id": old})
        await forget_old(session)

    left = [row.job_id for row in await house.rows("select job_id from public.chunk where kind = :kind")]
    assert left == [kept]


@pytest.mark.parametrize("faults", [{}, {"lease": 0.5}])
async def test_a_pause_while_the_result_is_written_is_no_loss(house: House, faults: Mapping[str, float]) -> None:
    async def run(claim: Claim) -> None:
        async with claim.finishing() as session:
            await session.execute(LEAVE, {"n": claim.item["n"], "attempt": claim.attempt})
            await asyncio.sleep(0.8)

    await house.open("1")
    one, other = house.work(run, **faults), house.work(leave, **faults)
    claim = await one.claim()
    assert claim is not None

    running = asyncio.create_task(one.work(claim))
    while not running.done():
        assert await other.claim() is None
        await asyncio.wait({running}, timeout=0.1)

    assert await house.effects() == [("1", 1)]
    assert await house.chunks() == [("done", 1, None)]
