"""A dossier is deleted and restored, and at last erased: for good, of everything, and for a ground that the law knows."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from chassis.log import Batch, Record
from chassis.staging import stage
from contracts.actions import Role
from contracts.dossier import ErasureGround
from contracts.identity import AccountErased, Retention, UserErased, UserProfile, UserRemoved, UserStatus
from contracts.ids import UserId, new_id
from dossier import tables
from dossier.domain.dossier import DossierNotDeleted, RetentionNotEnded, Status, kept_until

from .builders import NOON, Place, a_dossier, ok, refused

WORDS = "vrpkwtzqnbs"
REQUEST = {"ground": "request-of-the-person"}


async def deleted(place: Place, dossier: str, by: httpx.AsyncClient | None = None) -> str:
    """The ETag of the dossier, deleted."""
    who = by or place.taco
    etag = (await place.taco.get(dossier)).headers["etag"]
    answer = await who.delete(dossier, headers={"If-Match": etag})
    assert answer.status_code == 204, answer.text
    return answer.headers["etag"]


async def a_full_dossier(place: Place) -> dict[str, Any]:
    """Something in every section, edited and answered for a repetition."""
    made = await place.dossier(familyName=WORDS, email=f"{WORDS}@example.org", phone=WORDS, address={"city": WORDS})
    dossier = f"/dossiers/{made['dossierId']}"
    written = await place.taco.post(
        f"{dossier}/reports", json={"text": WORDS}, headers={"Idempotency-Key": "once", "Accept-Language": "en"}
    )
    path = written.headers["location"].removeprefix("/dossier/v1")
    await ok(place.taco.patch(path, json={"text": "Rustig."}, headers={"If-Match": written.headers["etag"]}))
    goal = await ok(place.taco.post(f"{dossier}/goals", json={"title": WORDS, "description": WORDS}))
    await ok(place.taco.post(f"{dossier}/goals/{goal['id']}/actions", json={"title": WORDS}))
    await ok(place.taco.post(f"{dossier}/tasks", json={"title": WORDS}))
    await ok(place.taco.post(f"{dossier}/documents", json={"title": WORDS, "text": WORDS}))
    async with place.as_worker() as session:
        await session.execute(
            tables.note.insert().values(
                id=new_id(), dossier_id=UUID(made["dossierId"]), author_id=place.world.taco, written_at=NOON,
                editor_id=place.world.taco, edited_at=NOON, version=1, section="medical", title=WORDS, text=WORDS,
            )
        )  # fmt: skip
    return made


async def told(place: Place) -> list[str]:
    """Every table in which the words still stand."""
    async with place.as_worker() as session:
        names = await session.scalars(
            text("select schemaname || '.' || tablename from pg_tables where schemaname in ('public', 'projection')")
        )
        asked = [(name, text(f"select exists (select from {name} t where t::text like :words)")) for name in names]
        return [name for name, one in asked if await session.scalar(one, {"words": f"%{WORDS}%"})]


@pytest.mark.rule("SHR-37")
async def test_a_deleted_dossier_is_there_for_nobody_until_it_is_restored(place: Place) -> None:
    made = await place.dossier()
    dossier = f"/dossiers/{made['dossierId']}"
    await place.share(made["dossierId"], "manage")
    await refused(place.taco.delete(dossier), 428)

    etag = await deleted(place, dossier)

    for who in (place.taco, place.leon):
        await refused(who.get(dossier), 404, "dossier-unknown")
        await refused(who.post(f"{dossier}/reports", json={"text": "Rustig."}), 404)
        assert (await ok(who.get("/clients")))["items"] == []
    await refused(place.leon.post(f"{dossier}/_restore", headers={"If-Match": etag}), 404)
    [listed] = (await ok(place.taco.get("/deleted-dossiers")))["items"]
    assert (listed["dossierId"], listed["name"], listed["initials"]) == (made["dossierId"], "Jan de Vries", "JV")
    assert listed["deletedBy"]["name"] == "Taco Bakker"
    assert (await ok(place.leon.get("/deleted-dossiers")))["items"] == []

    restored = await place.taco.post(f"{dossier}/_restore", headers={"If-Match": etag})

    assert restored.status_code == 204
    assert (await ok(place.taco.get(dossier)))["status"] == "open"
    assert (await ok(place.leon.get(dossier)))["received"] is True
    assert (await ok(place.taco.get("/deleted-dossiers")))["items"] == []


@pytest.mark.rule("SHR-37")
async def test_who_manages_deletes_and_restores_and_a_recipient_does_neither(place: Place) -> None:
    group = await place.group()
    made = await place.dossier(group)
    dossier = f"/dossiers/{made['dossierId']}"
    editor_id, editor = await place.colleague()
    manager_id, manager = await place.colleague()
    await place.let_in(group, editor_id, "edit")
    await place.let_in(group, manager_id, "manage")
    await place.share(made["dossierId"], "manage")
    etag = (await place.taco.get(dossier)).headers["etag"]

    for who in (editor, place.leon):
        await refused(who.delete(dossier, headers={"If-Match": etag}), 403)
    etag = await deleted(place, dossier, by=manager)
    await refused(manager.post(f"{dossier}/_erase", json=REQUEST, headers={"If-Match": etag}), 403)
    await refused(manager.get("/deleted-dossiers"), 403)
    await refused(editor.post(f"{dossier}/_restore", headers={"If-Match": etag}), 403)

    assert (await manager.post(f"{dossier}/_restore", headers={"If-Match": etag})).status_code == 204


@pytest.mark.rule("SHR-37")
async def test_an_erased_dossier_leaves_no_word_in_any_table_and_never_comes_back(place: Place) -> None:
    made = await a_full_dossier(place)
    dossier = f"/dossiers/{made['dossierId']}"
    assert {"public.client", "public.report_edit", "public.goal_action", "public.note"} <= set(await told(place))
    etag = await deleted(place, dossier)

    answer = await place.taco.post(f"{dossier}/_erase", json=REQUEST, headers={"If-Match": etag})
    assert answer.status_code == 202, answer.text
    assert await place.service.work() >= 1

    assert await told(place) == []
    job = answer.headers["location"].removeprefix("/dossier/v1")
    assert (await ok(place.taco.get(job)))["state"] == "done"
    for refusal in (
        place.taco.get(dossier),
        place.taco.post(f"{dossier}/_restore", headers={"If-Match": answer.headers["etag"]}),
        place.taco.post(f"{dossier}/_erase", json=REQUEST, headers={"If-Match": answer.headers["etag"]}),
    ):
        await refused(refusal, 404, "dossier-unknown")
    repeated = await place.taco.post(
        f"{dossier}/reports", json={"text": WORDS}, headers={"Idempotency-Key": "once", "Accept-Language": "en"}
    )
    assert repeated.status_code == 404


async def test_only_a_deleted_dossier_is_erased_at_the_version_that_was_seen(place: Place) -> None:
    dossier = f"/dossiers/{(await place.dossier())['dossierId']}"
    erase = f"{dossier}/_erase"
    etag = (await place.taco.get(dossier)).headers["etag"]

    await refused(place.taco.post(erase, json=REQUEST, headers={"If-Match": etag}), 409, "dossier-not-deleted")
    now = await deleted(place, dossier)

    await refused(place.taco.post(erase, json=REQUEST), 428)
    await refused(place.taco.post(erase, json=REQUEST, headers={"If-Match": etag}), 412)
    await refused(place.taco.post(erase, json={}, headers={"If-Match": now}), 400)
    await refused(place.taco.post(erase, json={"ground": "account-ended"}, headers={"If-Match": now}), 400)
    kept = await refused(
        place.taco.post(erase, json={"ground": "retention-ended"}, headers={"If-Match": now}),
        409,
        "retention-not-ended",
    )
    assert str(datetime.now(UTC).year + 20) in kept["detail"]


def test_a_dossier_is_kept_until_the_day_and_not_longer() -> None:
    over = ErasureGround.RETENTION_ENDED

    def a_deleted_one() -> Any:
        return a_dossier(status=Status.DELETED, changed_on=date(2006, 3, 2))

    with pytest.raises(RetentionNotEnded):
        a_deleted_one().erase(ground=over, at=NOON, today=date(2026, 3, 1), keep_years=20)
    assert a_deleted_one().erase(ground=over, at=NOON, today=date(2026, 3, 2), keep_years=20).status == "erased"
    with pytest.raises(DossierNotDeleted):
        a_dossier().erase(ground=over, at=NOON, today=date(2026, 3, 2), keep_years=20)
    assert kept_until(date(2024, 2, 29), 1) == date(2025, 3, 1)


async def test_a_group_is_closed_when_its_only_dossier_was_erased(place: Place) -> None:
    group = await place.group()
    dossier = f"/dossiers/{(await place.dossier(group))['dossierId']}"
    etag = await deleted(place, dossier)
    await refused(place.taco.delete(f"/client-groups/{group}"), 409, "group-not-empty")

    await ok(place.taco.post(f"{dossier}/_erase", json=REQUEST, headers={"If-Match": etag}))

    await ok(place.taco.delete(f"/client-groups/{group}"))


@pytest.mark.rule("NET-13")
@pytest.mark.parametrize(("language", "name"), [("en", "erased person"), ("nl", "gewiste persoon")])
async def test_what_an_erased_person_wrote_stays_without_his_name(place: Place, language: str, name: str) -> None:
    group = await place.group()
    dossier = f"/dossiers/{(await place.dossier(group))['dossierId']}"
    anna_id, anna = await place.colleague()
    await place.let_in(group, anna_id, "report")
    await ok(anna.post(f"{dossier}/reports", json={"text": "Rustig."}))
    erased = UserErased(user_id=anna_id, account_id=place.world.kracht)

    await place.service.hear(erased, version=3)
    late = UserProfile(
        user_id=anna_id, account_id=place.world.kracht, name=WORDS, initials="W", sort_key=WORDS, language="nl"
    )
    await place.service.hear(late, version=2)

    reader = place.of(place.world.taco, place.world.kracht, **{"Accept-Language": language})
    [report] = (await ok(reader.get(f"{dossier}/reports")))["items"]
    assert (report["author"]["userId"], report["author"]["name"]) == (str(anna_id), name)
    log = (await ok(reader.get(f"{dossier}/access-log?limit=100")))["items"]
    assert name in {line["person"]["name"] for line in log}
    assert "Anna" not in str(await ok(reader.get(f"{dossier}/members")))
    assert await told(place) == []


async def test_an_erasure_does_not_wait_behind_private_content_that_could_not_be_read(place: Place) -> None:
    anna_id, _ = await place.colleague()
    await place.service.consumer.take(Batch(records=[unreadable(place, anna_id)], offsets={}))
    assert await told(place) == ["projection.dead_letter"]
    removed = {"role": Role.MEMBER, "status": UserStatus.REMOVED, "medical": False}
    await place.service.hear(UserRemoved(user_id=anna_id, account_id=place.world.kracht, **removed), version=2)

    await place.service.hear(UserErased(user_id=anna_id, account_id=place.world.kracht), version=3)

    assert await told(place) == []
    async with place.as_worker() as session:
        asked = text("select name, profile_version from projection.person where id = :id")
        assert tuple((await session.execute(asked, {"id": anna_id})).one()) == (None, 3)
        assert list(await session.scalars(text("select type from projection.dead_letter"))) == []


async def test_private_content_that_comes_after_the_erasure_and_cannot_be_read_is_kept_nowhere(place: Place) -> None:
    anna_id, _ = await place.colleague()
    bert_id, _ = await place.colleague()
    await place.service.hear(UserErased(user_id=anna_id, account_id=place.world.kracht), version=3)

    late = [unreadable(place, anna_id), unreadable(place, bert_id), unreadable(place, anna_id)]
    await place.service.consumer.take(Batch(records=late, offsets={}))

    async with place.as_worker() as session:
        keys = await session.scalars(text("select key from projection.dead_letter"))
        assert list(keys) == [bert_id], "only of who was not erased it waits to be mended"

    await place.service.hear(UserErased(user_id=bert_id, account_id=place.world.kracht), version=3)

    assert await told(place) == []


def unreadable(place: Place, user_id: UUID) -> Record:
    """His profile, as no release ever said it."""
    said = {"name": WORDS, "initials": "W", "sort_key": WORDS, "language": "nl"}
    profile = UserProfile(user_id=UserId(user_id), account_id=place.world.kracht, **said)
    record = stage(profile, version=2, at=datetime.now(UTC)).record()
    return replace(record, body=record.body.replace('"initials"', '"letters"'))


async def test_an_account_that_ended_leaves_nothing_and_another_is_not_touched(place: Place) -> None:
    made = await a_full_dossier(place)
    await place.taco.post("/client-groups", json={"name": WORDS})
    theirs = f"/dossiers/{(await a_dossier_of_leon(place))['dossierId']}"
    ended = AccountErased(account_id=place.world.kracht, retention=Retention.HANDED_OVER)

    await place.service.hear(ended, version=9)
    await refused(place.taco.get(f"/dossiers/{made['dossierId']}"), 403, "user-not-active")
    assert await place.service.work() >= 2

    assert await told(place) == []
    assert (await ok(place.leon.get(theirs)))["organisation"] == "Zorg 4 You"
    async with place.as_worker() as session:
        facts = await session.scalars(text("select type from public.outbox order by seq"))
        assert "nl.keten.dossier.dossier-erased.v1" in list(facts)
        left = "select count(*) from public.dossier where account_id = :a and status <> 'erased'"
        assert await session.scalar(text(left), {"a": place.world.kracht}) == 0


async def test_work_on_an_erasure_that_was_done_twice_is_done_once(place: Place) -> None:
    await a_full_dossier(place)
    ended = AccountErased(account_id=place.world.kracht, retention=Retention.NOTHING_TO_KEEP)
    await place.service.hear(ended, version=9)
    await place.service.work()
    async with place.as_worker() as session:
        stated = await session.scalar(text("select count(*) from public.outbox"))
        await session.execute(text("update public.chunk set state = 'waiting'"))

    await place.service.hear(ended, version=9)
    await place.service.work(overdue=True)

    async with place.as_worker() as session:
        assert await session.scalar(text("select count(*) from public.outbox")) == stated


async def a_dossier_of_leon(place: Place) -> dict[str, Any]:
    group = await ok(place.leon.post("/client-groups", json={"name": "Zuid"}))
    profile = {"givenName": "Piet", "familyName": "Smit"}
    return await ok(place.leon.post("/clients", json={"groupId": group["id"], "profile": profile}))
