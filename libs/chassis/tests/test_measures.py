"""What is measured: what waits, since when, and how far behind; and nothing as if it were known when it is not."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import insert, text

from chassis import metrics
from chassis.consumer import Consumer
from chassis.database import Sessions, engine, sessions
from chassis.databases import Databases
from chassis.measures import Measures
from chassis.postgres import free_port
from chassis.staging import put, stage
from chassis.tables import dead_letter
from chassis.work import open_job
from contracts.actions import Role
from contracts.identity import UserChanged, UserStatus
from contracts.ids import AccountId, UserId, new_id


@pytest.fixture(scope="module")
def databases(kept_databases: Callable[..., Databases]) -> Databases:
    return kept_databases("sharing")


@pytest.fixture
async def made(databases: Databases) -> AsyncIterator[Sessions]:
    worker = engine(databases.url("sharing", "worker"), size=3)
    async with sessions(worker)() as session, session.begin():
        for table in ("public.outbox", "public.job", "dead_letter", "freshness"):
            await session.execute(text(f"delete from {table}"))
    yield sessions(worker)
    await worker.dispose()


async def nothing(*_: object) -> None:
    """Handled."""


@pytest.fixture
def measures(made: Sessions, memory_log: Any) -> Measures:
    return Measures("sharing", made, Consumer("sharing", made, memory_log, {UserChanged: nothing}))


def shown(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(f"keten_{name}", {"service": "sharing", **labels})


def a_fact(at: datetime) -> Any:
    user = new_id()
    event = UserChanged(
        user_id=UserId(user), account_id=AccountId(user), role=Role.MEMBER, status=UserStatus.ACTIVE, medical=False
    )
    return stage(event, version=1, at=at)


def test_what_goes_wrong_for_the_first_time_grows_from_nought() -> None:
    metrics.begin("of-tests")

    for wrong in ("restrictions_unconfirmed", "relay_interruptions", "consumer_interruptions", "content_missing"):
        assert shown(f"{wrong}_total", service="of-tests") == 0, "a count that begins at one has not grown: no alert"


async def test_an_empty_house_has_nothing_waiting(measures: Measures) -> None:
    await measures.measure()

    gauges = ("outbox_rows", "outbox_age_seconds", "dead_letters", "parked_keys", "chunk_overdue_seconds")
    assert [shown(name) for name in gauges] == [0] * 5
    assert shown("measured") == 1


async def test_what_waits_is_counted_and_so_is_since_when(made: Sessions, measures: Measures) -> None:
    now = datetime.now(UTC)
    async with made() as session, session.begin():
        await put(session, [a_fact(now), a_fact(now)])
        await open_job(session, kind="mail", account_id=new_id(), opened_by=None, items=[{"n": "1"}], at=now)
        await session.execute(text("update public.chunk set due_at = now() - interval '90 seconds'"))
        await session.execute(text("insert into freshness values ('keten.identity', now() - interval '70 seconds')"))
        record = a_fact(now).record()
        parked = {"event_id": record.id, "topic": record.topic, "key": record.key, "type": record.type}
        await session.execute(insert(dead_letter).values(**parked, body=record.body, reason="Unreadable"))

    await measures.measure()

    assert (shown("outbox_rows"), shown("dead_letters"), shown("parked_keys")) == (2, 1, 1)
    assert 0 <= (shown("outbox_age_seconds") or -1) < 60
    assert 90 <= (shown("chunk_overdue_seconds") or 0) < 150
    assert 70 <= (shown("consumer_lag_seconds") or 0) < 130
    assert shown("chunks", kind="mail", state="waiting") == 1


async def test_how_old_the_last_point_of_a_backup_is_is_told_while_one_is_expected(
    made: Sessions, measures: Measures
) -> None:
    await measures.measure()
    unfollowed = shown("backup_age_seconds")
    async with made() as session, session.begin():
        await session.execute(text("insert into public.followed values (now() - interval '7 minutes')"))
    await measures.measure()
    followed = shown("backup_age_seconds")
    async with made() as session, session.begin():
        await session.execute(text("delete from public.followed"))
    await measures.measure()

    assert unfollowed is None
    assert 420 <= (followed or 0) < 480
    assert shown("backup_age_seconds") is None


async def test_how_far_behind_is_not_told_while_nothing_is_read(measures: Measures) -> None:
    await measures.measure()

    assert shown("consumer_lag_records") is None


async def test_records_that_were_not_read_are_counted(made: Sessions) -> None:
    ends: Any = _At(7)
    consumer = Consumer("sharing", made, ends, {UserChanged: nothing})
    consumer._reading = _Read(5)  # type: ignore[assignment]

    await Measures("sharing", made, consumer).measure()

    assert shown("consumer_lag_records") == 2


async def test_what_cannot_be_asked_for_is_not_shown_as_it_was(measures: Measures, memory_log: Any) -> None:
    await measures.measure()
    nowhere = engine(f"postgresql+asyncpg://nobody:nothing@127.0.0.1:{free_port()}/none", size=1)
    blind = Measures("sharing", sessions(nowhere), Consumer("sharing", sessions(nowhere), memory_log, {}))

    await blind.once()
    await nowhere.dispose()

    assert shown("measured") == 0
    assert [shown(name) for name in ("outbox_rows", "outbox_age_seconds", "dead_letters", "consumer_lag_seconds")] == [
        None
    ] * 4


class _At:
    """A log that ends at some number."""

    def __init__(self, end: int) -> None:
        self._end = end

    async def ends(self, topics: Any) -> dict[str, int]:
        return dict.fromkeys(topics, self._end)


class _Read:
    """A reading that has come to some number."""

    def __init__(self, at: int) -> None:
        self._at = at

    def read(self) -> dict[str, int]:
        return {"keten.identity": self._at}
