"""After a restore no mail leaves by itself that may have left before; an operator lets it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from chassis.databases import Databases
from documents.restored import after_restore, send_held

from .builders import Place


@pytest.fixture(autouse=True)
async def only_once(place: Place, documents_databases: Databases) -> AsyncIterator[None]:
    """The database is that of other tests as well, which know of no restore."""
    yield
    async with documents_databases.connected("documents", "owner") as owner:
        await owner.execute("delete from public.restoration")


async def restore(place: Place) -> None:
    async with place.service.service.work.made() as session, session.begin():
        await after_restore(session, now=datetime.now(UTC))


async def release(place: Place) -> int:
    async with place.service.service.work.made() as session, session.begin():
        return await send_held(session, now=datetime.now(UTC))


async def test_mail_that_waited_is_held_and_shown_until_it_is_released(place: Place) -> None:
    await place.service.hear(place.a_grant())

    await restore(place)
    await place.service.work(overdue=True)

    assert place.mails() == []
    assert await place.state() == [("failed", "restored")]
    newest = "order by j.opened_at desc limit 1"
    [work] = await place.rows(
        f"select j.state, c.state as part from public.job j join public.chunk c on c.job_id = j.id {newest}"
    )
    assert (work.state, work.part) == ("failed", "failed")

    assert await release(place) == 1
    await place.service.work()
    assert len(place.mails()) == 1
    assert await place.state() == [("sent", None)]
    assert await release(place) == 0


async def test_what_was_stated_before_and_is_heard_after_is_held_as_well(place: Place) -> None:
    before = datetime.now(UTC) - timedelta(seconds=5)

    await restore(place)
    await place.service.hear(place.a_grant(), at=before)
    await place.service.work()

    assert place.mails() == []
    assert await place.state() == [("failed", "restored")]
    assert await release(place) == 1
    await place.service.work()
    assert len(place.mails()) == 1


async def test_what_is_stated_afterwards_is_mailed_as_ever(place: Place) -> None:
    await restore(place)

    await place.service.hear(place.a_grant())
    await place.service.work()

    assert await place.state() == [("sent", None)]


async def test_a_released_mail_whose_reader_lost_access_is_dropped(place: Place) -> None:
    grant = place.a_grant()
    await place.service.hear(grant)
    await restore(place)
    await place.withdraw(grant)

    await release(place)
    await place.service.work()

    assert place.mails() == []
    assert await place.state() == [("dropped", "access-ended")]


async def test_what_was_sent_stays_sent(place: Place) -> None:
    await place.service.hear(place.a_grant())
    await place.service.work()

    await restore(place)

    assert await place.state() == [("sent", None)]
    [counted] = await place.rows("select count(*) from public.mail where reason = 'restored'")
    assert counted[0] == 0
