"""The heads on the event log, held against the database: who rewrites lines and seals, keys in hand, is found out."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg
import pytest
from sqlalchemy import text

from chassis import access_log, sealed_heads
from chassis.access_log import Line, Sealer
from chassis.database import Sessions, engine, sessions
from chassis.databases import Databases
from chassis.keyrings import Keyring
from chassis.log import Record
from chassis.sealed_heads import Comparison, Differing
from chassis.testing.logs import DRIVERS, Logs, Way
from chassis.tokens import Actor
from contracts.ids import new_id
from contracts.sharing import AccessLogSealed

pytestmark = pytest.mark.rule("ALL-2")

RING = Keyring("a", {"a": b"a key for sealing"})
MONTH = f"{datetime.now(UTC):%Y-%m}"


@dataclass
class Sealed:
    """A service whose lines are sealed, and whose heads are on the log."""

    made: Sessions
    owner: asyncpg.Connection
    log: Way

    async def act(self, action: str = "report.read") -> None:
        actor = Actor(new_id(), new_id(), "keten-test", "session")
        async with self.made() as session, session.begin():
            await access_log.write(session, [Line(datetime.now(UTC), actor, action, new_id(), "allowed", [])])
        await self.seal()
        rows = await self.owner.fetch("delete from outbox returning topic, key, id, type, body")
        await self.log.publish([Record(**dict(row)) for row in rows])

    async def seal(self) -> None:
        clock = lambda: datetime.now(UTC)  # noqa: E731 - the clock of the platform
        await Sealer(self.made, RING, clock=clock, sealed=AccessLogSealed, ship=None, service="sharing").seal()

    async def compared(self, oldest: str = "2000-01") -> Comparison:
        async with self.made() as session, session.begin():
            return await sealed_heads.compare(session, self.log.log, "sharing", oldest=oldest)

    async def chain_holds(self) -> bool:
        async with self.made() as session:
            return (await access_log.verify(session, RING)).intact


@pytest.fixture(params=DRIVERS)
async def sealed(request: pytest.FixtureRequest, fresh_databases: Callable[..., Databases]) -> AsyncIterator[Sealed]:
    databases = fresh_databases("sharing")
    kafka = request.getfixturevalue("kafka").address if request.param == "kafka" else None
    logs = Logs(request.param, databases, kafka)
    await logs.ensure(["keten.sharing"])
    worker = engine(databases.url("sharing", "worker"), size=2)
    async with databases.connected("sharing", "owner") as owner:
        yield Sealed(sessions(worker), owner, logs.connect())
    await logs.close()
    await worker.dispose()


async def test_what_was_sealed_is_as_the_log_has_it(sealed: Sealed) -> None:
    for _ in range(3):
        await sealed.act()

    assert await sealed.compared() == Comparison(3, [])


async def test_a_chain_that_was_rewritten_with_its_own_key_is_found_out(sealed: Sealed) -> None:
    for action in ("report.read", "medical.read", "report.read"):
        await sealed.act(action)

    await sealed.owner.execute("update access_log_line set action = 'report.read' where action = 'medical.read'")
    await sealed.owner.execute("update access_log_line set mac = null, link = null; delete from access_log_seal")
    await sealed.seal()

    assert await sealed.chain_holds()
    assert (await sealed.compared()).differing == [Differing(MONTH, 2, found=True)]


async def test_lines_that_were_cut_off_together_with_the_seal_are_found_out(sealed: Sealed) -> None:
    for _ in range(3):
        await sealed.act()

    await sealed.owner.execute("delete from access_log_line; delete from access_log_seal")

    assert await sealed.chain_holds()
    assert (await sealed.compared()).differing == [Differing(MONTH, 1, found=False)]


async def test_months_that_are_not_kept_any_more_are_not_asked_for(sealed: Sealed) -> None:
    await sealed.act()
    await sealed.owner.execute("delete from access_log_line; delete from access_log_seal")

    assert await sealed.compared(oldest="9999-01") == Comparison(0, [])


async def test_nobody_is_kept_from_working_by_the_comparison(sealed: Sealed) -> None:
    await sealed.act()
    async with sealed.made() as session, session.begin():
        await sealed_heads.compare(session, sealed.log.log, "sharing", oldest="2000-01")
        await sealed.act()
        assert await session.scalar(text("select count(*) from said")) == 1
