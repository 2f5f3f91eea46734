"""Who is mailed what, and when not. Twice is once, late is ignored."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from access.testing import a_dossier, a_user
from chassis.log import Batch
from chassis.staging import Staged, stage
from chassis.testing.services import URL
from contracts.dossier import DossierStatus
from contracts.identity import MailRequested, UserStatus, UserSuspended
from contracts.ids import DossierId, UserId, new_id

from .builders import Place, an_addressee, ok, part


@pytest.mark.rule("SHR-18", "ALL-4")
async def test_who_received_a_dossier_is_told_by_whom_and_by_initials_only(place: Place) -> None:
    await place.service.hear(place.a_grant())

    await place.service.work()

    [mail] = place.mails()
    assert mail["Subject"] == "Taco Bakker heeft je toegevoegd aan E. v. d. B. op Keten"
    assert mail["To"] == "leon@zorg4you.example"
    for kind in ("plain", "html"):
        told = " ".join(part(mail, kind).split())
        assert "Taco Bakker van Kracht" in told
        assert URL in told
        assert str(place.world.dossier) not in told
    assert await place.state() == [("sent", None)]


@pytest.mark.rule("SHR-18")
async def test_a_mail_speaks_the_language_of_who_reads_it(place: Place) -> None:
    place.neighbours.addressees[place.world.leon] = an_addressee(language="en")
    await place.service.hear(place.a_grant())

    await place.service.work()

    [mail] = place.mails()
    assert mail["Subject"] == "Taco Bakker has added you to E. v. d. B. on Keten"
    assert "Hello Leon de Wit" in part(mail, "plain")


async def test_twice_is_once(place: Place) -> None:
    given = stage(place.a_grant(), version=1, at=datetime.now(UTC))

    await take(place, given)
    await place.service.work()
    await take(place, given)
    await place.service.work()

    assert len(place.mails()) == 1
    assert await place.state() == [("sent", None)]


@pytest.mark.rule("SHR-12", "ALL-4")
async def test_late_is_ignored(place: Place) -> None:
    grant = place.a_grant()

    await place.withdraw(grant)
    await place.service.hear(grant)
    await place.service.work()

    assert place.mails() == []
    assert await place.state() == [("dropped", "access-ended")]


async def test_what_happened_long_ago_is_no_news(place: Place) -> None:
    await place.service.hear(place.a_grant(), at=datetime.now(UTC) - timedelta(days=3))

    await place.service.work()

    assert (place.mails(), await place.state()) == ([], [])


@pytest.mark.rule("ALL-4")
async def test_a_mail_stops_when_the_access_was_withdrawn_before_it_left(place: Place) -> None:
    grant = place.a_grant()
    await place.service.hear(grant)
    await place.withdraw(grant)

    await place.service.work()

    assert place.mails() == []
    assert await place.state() == [("dropped", "access-ended")]


@pytest.mark.rule("ALL-4")
async def test_access_by_another_grant_does_not_make_the_news_true(place: Place) -> None:
    withdrawn, other = place.a_grant(), place.a_grant("view")
    await place.service.hear(withdrawn)
    await place.withdraw(withdrawn)
    await place.service.hear(other)

    await place.service.work()

    assert await place.state() == [("sent", None), ("dropped", "access-ended")]


@pytest.mark.rule("ALL-4")
async def test_who_was_suspended_is_not_mailed(place: Place) -> None:
    await place.service.hear(place.a_grant())
    added = a_user(place.world.leon, place.world.zorg)[0].model_dump()
    await place.service.hear(UserSuspended(**added | {"status": UserStatus.SUSPENDED}), version=2)

    await place.service.work()

    assert await place.state() == [("dropped", "access-ended")]


async def test_who_has_no_address_is_not_mailed(place: Place) -> None:
    del place.neighbours.addressees[place.world.leon]
    await place.service.hear(place.a_grant())

    await place.service.work()

    assert await place.state() == [("dropped", "no-address")]


@pytest.mark.rule("ALL-4")
async def test_who_does_not_want_to_be_told_is_not(place: Place) -> None:
    assert await ok(place.leon.get("/mail-preferences")) == {"mailOnShare": True}
    await ok(place.leon.put("/mail-preferences", json={"mailOnShare": False}))
    await place.service.hear(place.a_grant())
    await place.service.work()
    assert await place.state() == [("dropped", "not-wanted")]

    await ok(place.leon.put("/mail-preferences", json={"mailOnShare": True}))
    await place.service.hear(place.a_grant("view"))
    await place.service.work()

    assert len(place.mails()) == 1


async def test_a_mail_waits_for_what_other_topics_have_not_told_yet(place: Place) -> None:
    newcomer, early = UserId(new_id()), DossierId(new_id())
    place.neighbours.addressees[newcomer], place.neighbours.initials[early] = an_addressee(), "A. B."
    await place.service.hear(place.a_grant(recipient_id=newcomer, dossier_id=early))
    await place.service.work()
    assert await place.state() == [("waiting", "NotYetTold")]

    await place.service.hear(a_dossier(early, place.world.kracht), *a_user(newcomer, place.world.zorg))
    await place.service.work(overdue=True)

    assert await place.state() == [("sent", None)]


async def test_a_mail_waits_while_the_log_is_not_heard(place: Place) -> None:
    await place.service.hear(place.a_grant())
    await heads_were_heard(place, timedelta(hours=1))
    await place.service.work()
    assert await place.state() == [("waiting", "NotYetTold")]

    await heads_were_heard(place, timedelta())
    await place.service.work(overdue=True)

    assert await place.state() == [("sent", None)]


async def test_a_mail_waits_for_services_that_cannot_be_asked(place: Place) -> None:
    place.neighbours.are_away = True
    await place.service.hear(place.a_grant())
    await place.service.work()
    assert await place.state() == [("waiting", "ConnectionError")]

    place.neighbours.are_away = False
    await place.service.work(overdue=True)

    assert await place.state() == [("sent", None)]


async def test_an_archived_dossier_is_still_told_of(place: Place) -> None:
    archived = DossierId(new_id())
    place.neighbours.initials[archived] = "A. B."
    await place.service.hear(a_dossier(archived, place.world.kracht, status=DossierStatus.ARCHIVED))
    await place.service.hear(place.a_grant(dossier_id=archived))

    await place.service.work()

    assert await place.state() == [("sent", None)]


async def test_identity_says_what_is_mailed_at_the_moment_of_sending(place: Place) -> None:
    request = await place.requested("sign-up", values={"organisation": "Zorg 4 You"}, to="new@zorg4you.example")

    await place.service.work()

    [mail] = place.mails()
    assert (mail["To"], mail["Subject"]) == ("new@zorg4you.example", "Bevestig uw account voor Zorg 4 You op Keten")
    assert "http://keten.test/identity/link?x=1" in part(mail, "plain")
    assert mail["Message-ID"] == f"<{request.request_id}@keten.example>"


async def test_what_is_no_longer_asked_is_dropped_without_a_word(place: Place) -> None:
    request = MailRequested(request_id=new_id(), purpose="password-reset")
    await place.service.hear(request)

    await place.service.work()

    [row] = await place.rows(f"select state, reason from mail where id = '{request.request_id}'")
    assert (place.mails(), tuple(row)) == ([], ("dropped", "no-longer-asked"))


async def test_a_letter_of_a_newer_release_waits_for_it(place: Place) -> None:
    request = await place.requested("moon-landing")

    await place.service.work()

    of = f"where m.id = '{request.request_id}'"
    [row] = await place.rows(f"select m.state, c.state, c.reason from mail m join chunk c using (job_id) {of}")
    assert tuple(row) == ("waiting", "waiting", "LetterUnknown")


async def test_an_address_that_nothing_can_be_sent_to_fails_for_good(place: Place) -> None:
    request = await place.requested(to="not an address")

    await place.service.work()

    [row] = await place.rows(f"select state, reason from mail where id = '{request.request_id}'")
    assert tuple(row) == ("failed", "address-unusable")


@pytest.mark.rule("ALL-4")
async def test_neither_addresses_nor_names_nor_words_stay_in_the_database_or_the_logs(
    place: Place, capfd: pytest.CaptureFixture[str]
) -> None:
    secret = uuid4().hex
    await place.requested(values={"link": f"http://keten.test/{secret}"}, to=f"{secret}@example.org")
    await place.requested(to=f"no address {secret}")
    await place.service.hear(place.a_grant())
    place.neighbours.addressees[place.world.leon] = an_addressee(email=f"{secret}@example.org", name=secret)

    await place.service.work()

    kept = [tuple(row) for name in ("mail", "chunk", "job") for row in await place.rows(f"select * from public.{name}")]
    assert secret not in json.dumps(kept, default=str)
    assert secret not in "".join(capfd.readouterr())


async def take(place: Place, staged: Staged) -> None:
    """As the log hands it over, as often as it likes."""
    await place.service.consumer.take(Batch(records=[staged.record()], offsets={}))


async def heads_were_heard(place: Place, ago: timedelta) -> None:
    async with place.service.service.work.made() as session, session.begin():
        await session.execute(text("update projection.freshness set at = :at"), {"at": datetime.now(UTC) - ago})
