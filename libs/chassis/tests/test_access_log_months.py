"""Months of the access log go as a whole when they have been kept for five years; the rest of the chains hold."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from chassis import access_log, access_log_months
from chassis.access_log import Line, Sealer
from chassis.access_log_months import kept_since
from chassis.database import Sessions, engine, sessions
from chassis.databases import Databases
from chassis.housekeeping import Housekeeping
from chassis.keyrings import Keyring
from chassis.tokens import Actor
from contracts.ids import new_id
from contracts.sharing import AccessLogSealed

pytestmark = pytest.mark.rule("ALL-2")

RING = Keyring("a", {"a": b"a key for sealing"})
NOW = datetime(2031, 11, 15, 12, tzinfo=UTC)


@pytest.fixture
async def made(fresh_databases: Callable[..., Databases]) -> AsyncIterator[Sessions]:
    worker = engine(fresh_databases("sharing").url("sharing", "worker"), size=2)
    yield sessions(worker)
    await worker.dispose()


async def written(made: Sessions, at: datetime) -> None:
    """A sealed line of this moment, in a month of its own."""
    async with made() as session, session.begin():
        await session.execute(text("select public.ensure_access_log_partitions(:at)"), {"at": at})
        line = Line(at, Actor(new_id(), new_id(), "keten-test", ""), "report.read", new_id(), "allowed", [])
        await access_log.write(session, [line])
    await Sealer(made, RING, clock=lambda: at, sealed=AccessLogSealed, ship=None, service="sharing").seal()


async def forgotten(made: Sessions, now: datetime) -> list[str]:
    async with made() as session, session.begin():
        return await access_log_months.forget_old(session, now)


@pytest.mark.parametrize(
    ("now", "month"),
    [(NOW, "2026-11"), (datetime(2031, 1, 1, tzinfo=UTC), "2026-01"), (datetime(2031, 12, 31, tzinfo=UTC), "2026-12")],
)
def test_a_line_is_kept_for_sixty_months_and_the_rest_of_its_own(now: datetime, month: str) -> None:
    assert kept_since(now) == month


async def test_months_kept_for_long_enough_go_and_the_chains_of_the_others_hold(made: Sessions) -> None:
    for at in (
        datetime(2026, 9, 3, tzinfo=UTC),
        datetime(2026, 10, 31, 23, tzinfo=UTC),
        datetime(2026, 11, 1, tzinfo=UTC),
        NOW,
    ):
        await written(made, at)

    gone = await forgotten(made, NOW)

    assert {"2026-09", "2026-10"} <= set(gone)
    async with made() as session:
        found = await access_log.verify(session, RING)
        left = (
            await session.scalars(text("select distinct to_char(at, 'YYYY-MM') from access_log_line order by 1"))
        ).all()
    assert (found.intact, found.segments, found.lines) == (True, 2, 2)
    assert left == ["2026-11", "2031-11"]
    assert await forgotten(made, NOW) == []


async def test_the_hourly_clean_up_does_it(made: Sessions) -> None:
    await written(made, datetime(2026, 1, 3, tzinfo=UTC))

    await Housekeeping(made, clock=lambda: NOW).forget()

    async with made() as session:
        assert await session.scalar(text("select count(*) from access_log_line")) == 0


async def test_lines_can_be_written_while_a_month_is_read_and_cannot_go(made: Sessions) -> None:
    await written(made, NOW - timedelta(days=365 * 6))
    await written(made, NOW)
    async with made() as reader, reader.begin():
        await reader.execute(text("select count(*) from access_log_line"))

        with pytest.raises(Exception, match="lock timeout"):
            await forgotten(made, NOW)

    await written(made, NOW)
    assert await forgotten(made, NOW)
