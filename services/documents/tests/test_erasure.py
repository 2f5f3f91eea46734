"""What was erased elsewhere: files go with what they are called, and mails are taken back."""

import os
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from chassis.objects import ObjectStore
from contracts.dossier import DossierErased, ErasureGround
from contracts.identity import AccountErased, MailErased, Retention, UserErased
from contracts.ids import new_id
from documents.tasks import Sweeping

from .builders import Place, ok, refused
from .files import TEXT

NAME = "vrpkwtz.txt"


async def a_file(place: Place) -> None:
    body = {"dossierId": str(place.world.dossier), "name": NAME}
    announced = await ok(place.taco.post("/files", json=body), 201)
    await ok(place.taco.put(f"/files/{announced['id']}/content", content=TEXT))


def erased(place: Place) -> DossierErased:
    return DossierErased(
        dossier_id=place.world.dossier,
        client_id=place.world.client,
        account_id=place.world.kracht,
        group_id=place.world.group,
        ground=ErasureGround.RETENTION_ENDED,
    )


def objects(place: Place) -> list[Path]:
    return [path for path in (place.folder / "objects").rglob("*") if path.is_file() and "files" in path.parts]


async def test_files_of_an_erased_dossier_go_with_their_names_and_mails_about_it_are_taken_back(place: Place) -> None:
    await a_file(place)
    await ok(place.taco.post("/files", json={"dossierId": str(place.world.dossier), "name": NAME}), 201)
    await place.service.hear(place.a_grant())
    await place.service.work()
    assert (len(place.mails()), len(objects(place))) == (1, 1)

    await place.service.hear(erased(place), version=9)
    await place.service.work(overdue=True)

    assert (place.mails(), objects(place)) == ([], [])
    here = f"where dossier_id = '{place.world.dossier}'"
    assert {tuple(row) for row in await place.rows(f"select name, digest, status from public.file {here}")} == {
        ("", None, "removed")
    }
    assert await place.rows(f"select 1 from public.mail {here}") == []
    await refused(place.taco.get(f"/files?dossierId={place.world.dossier}"), 404, "dossier-unknown")


@dataclass
class Crossing:
    """A store in which the dossier is erased after a content came and before its commit."""

    store: ObjectStore
    place: Place

    async def put(self, name: str, content: bytes, *, kind: str) -> None:
        await self.store.put(name, content, kind=kind)
        await self.place.service.hear(erased(self.place), version=9)


async def test_a_content_that_crosses_the_erasure_of_its_dossier_is_swept_after_an_hour(place: Place) -> None:
    body = {"dossierId": str(place.world.dossier), "name": NAME}
    announced = await ok(place.taco.post("/files", json=body), 201)
    state = place.service.service.api.state
    files, state.files = state.files, replace(state.files, store=Crossing(state.files.store, place))

    await refused(place.taco.put(f"/files/{announced['id']}/content", content=TEXT), 409, "changed-meanwhile")

    sweeping = Sweeping(place.service.service.work.made, files, place.clock)
    [left] = objects(place)
    for minutes, stays in ((50, True), (61, False)):
        then = time.time() - timedelta(minutes=minutes).total_seconds()
        os.utime(left, (then, then))
        await sweeping.sweep()
        assert left.exists() is stays


async def test_a_mail_that_waits_is_not_sent_about_what_was_erased_and_twice_is_once(place: Place) -> None:
    await place.service.hear(place.a_grant())

    for _ in range(2):
        await place.service.hear(erased(place), version=9)
    await place.service.work(overdue=True)

    assert place.mails() == []


async def test_a_late_grant_mails_nobody_about_an_erased_dossier(place: Place) -> None:
    await place.service.hear(erased(place), version=9)

    await place.service.hear(place.a_grant())
    await place.service.work(overdue=True)

    assert place.mails() == []


@pytest.mark.rule("NET-13")
@pytest.mark.parametrize("whose", ["leon", "taco"])
async def test_mails_to_an_erased_person_and_those_that_name_him_are_taken_back(place: Place, whose: str) -> None:
    await place.service.hear(place.a_grant())
    await place.service.work()
    account = {"leon": place.world.zorg, "taco": place.world.kracht}[whose]

    await place.service.hear(UserErased(user_id=getattr(place.world, whose), account_id=account), version=9)
    await place.service.work(overdue=True)

    assert place.mails() == []


async def test_a_mail_that_identity_wants_back_is_taken_back_and_others_stay(place: Place) -> None:
    wanted, other = await place.requested(), await place.requested()
    await place.service.work()
    assert len(place.mails()) == 2

    await place.service.hear(MailErased(request_id=wanted.request_id), MailErased(request_id=new_id()))
    await place.service.work(overdue=True)

    [left] = place.mails()
    assert str(other.request_id) in left["Message-ID"]


async def test_mails_of_an_account_that_ended_are_taken_back(place: Place) -> None:
    await place.service.hear(place.a_grant())
    await place.service.work()

    ended = AccountErased(account_id=place.world.kracht, retention=Retention.HANDED_OVER)
    await place.service.hear(ended, version=9)
    await place.service.work(overdue=True)

    assert place.mails() == []


@pytest.mark.rule("NET-13")
async def test_a_file_of_an_erased_person_stays_without_his_name(place: Place) -> None:
    await a_file(place)

    await place.service.hear(UserErased(user_id=place.world.taco, account_id=place.world.kracht), version=9)

    shown = await place.rows("select name from public.file where status = 'kept'")
    assert (NAME,) in [tuple(row) for row in shown]
