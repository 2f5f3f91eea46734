"""The dossier service over HTTP, on a real database."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from chassis.databases import Databases
from chassis.testing.services import running
from contracts.actions import Role
from contracts.sharing import GrantGiven
from dossier.domain.group import SHARED_WITH_ME
from dossier.main import create

from .builders import LEVELS, Place, a_grant, ok, refused


@pytest.mark.rule("SHR-1", "SHR-21")
async def test_a_registered_client_has_a_dossier_that_its_registrar_reads_whole(place: Place) -> None:
    group = await place.group()

    made = await place.dossier(group, email="jan@example.org", address={"city": "Assen"})
    found = await ok(place.taco.get(f"/dossiers/{made['dossierId']}"))

    assert found["accountId"] == str(place.world.kracht)
    assert (found["organisation"], found["received"], found["groupId"]) == ("Kracht", False, group)
    assert found["sections"]["profile"]["name"] == "Jan de Vries"
    assert found["sections"]["profile"]["address"]["city"] == "Assen"
    assert found["sections"]["reports"] == {"count": 0}
    assert found["sections"]["medical"] is None
    assert found["why"][0]["rule"] == "account-role"


async def test_what_was_written_can_be_read_with_its_author_and_changed(place: Place) -> None:
    dossier = f"/dossiers/{(await place.dossier())['dossierId']}"
    given: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
        "reports": ({"text": "Rustig."}, {"text": "Rustig, goed geslapen."}),
        "goals": ({"title": "Zelf koken"}, {"state": "reached"}),
        "tasks": ({"title": "Bellen", "dueDate": "2026-12-01"}, {"done": True, "dueDate": None}),
        "documents": ({"title": "Brief", "text": "Geachte"}, {"title": "Brief huisarts"}),
    }

    for section, (new, change) in given.items():
        made = await place.taco.post(f"{dossier}/{section}", json=new)
        assert made.status_code == 201, made.text
        path = made.headers["location"].removeprefix("/dossier/v1")
        assert made.json()["author"] == {
            "userId": str(place.world.taco),
            "name": "Taco Bakker",
            "initials": "TB",
            "accountId": str(place.world.kracht),
            "organisation": "Kracht",
        }
        await refused(place.taco.patch(path, json=change), 428)
        changed = await ok(place.taco.patch(path, json=change, headers={"If-Match": made.headers["etag"]}))
        assert changed.items() >= change.items()
        await refused(
            place.taco.patch(path, json=change, headers={"If-Match": made.headers["etag"]}), 412, "version-stale"
        )
        assert await ok(place.taco.get(path)) == changed
        assert (await ok(place.taco.get(f"{dossier}/{section}")))["items"] == [changed]


@pytest.mark.rule("SHR-3")
async def test_group_names_are_unique_in_an_account_and_free_in_another(place: Place) -> None:
    await place.group("Noord")

    await refused(place.taco.post("/client-groups", json={"name": " noord "}), 409, "group-name-taken")
    await ok(place.leon.post("/client-groups", json={"name": "Noord"}))


@pytest.mark.rule("SHR-3")
async def test_a_group_is_renamed_and_closed_when_it_is_empty(place: Place) -> None:
    group = await place.group()
    etag = (await place.taco.get(f"/client-groups/{group}")).headers["etag"]

    renamed = await ok(place.taco.patch(f"/client-groups/{group}", json={"name": "Zuid"}, headers={"If-Match": etag}))
    assert (renamed["name"], renamed["version"]) == ("Zuid", 2)

    made = await place.dossier(group)
    await refused(place.taco.delete(f"/client-groups/{group}"), 409, "group-not-empty")
    move = {"groupId": await place.group("Oost")}
    await ok(place.taco.post(f"/clients/{made['clientId']}/_move", json=move))
    await ok(place.taco.delete(f"/client-groups/{group}"))
    await refused(place.taco.get(f"/client-groups/{group}"), 404)
    await refused(
        place.taco.post("/clients", json={"groupId": group, "profile": {"givenName": "A", "familyName": "B"}}), 404
    )


@pytest.mark.rule("SHR-3")
async def test_a_member_sees_the_groups_he_was_given_and_nothing_else(place: Place) -> None:
    seen, unseen = await place.group("Noord"), await place.group("Zuid")
    await place.dossier(seen)
    hidden = await place.dossier(unseen)
    anna_id, anna = await place.colleague()
    assert (await ok(anna.get("/client-groups")))["items"] == []

    await place.let_in(seen, anna_id)

    listed = (await ok(anna.get("/client-groups")))["items"]
    assert [(one["name"], one["clients"]) for one in listed] == [("Noord", 1)]
    await refused(anna.get(f"/client-groups/{unseen}"), 404)
    await refused(anna.get(f"/dossiers/{hidden['dossierId']}"), 404, "dossier-unknown")
    assert len((await ok(anna.get("/clients")))["items"]) == 1
    await refused(anna.post("/client-groups", json={"name": "Mijn"}), 403)


@pytest.mark.rule("SHR-3")
async def test_access_to_a_group_is_set_changed_and_ended(place: Place) -> None:
    group = await place.group()
    dossier = f"/dossiers/{(await place.dossier(group))['dossierId']}"
    anna_id, anna = await place.colleague()
    access = f"/client-groups/{group}/access/{anna_id}"

    await place.let_in(group, anna_id, "edit")
    first = await place.taco.put(access, json={"levelId": str(LEVELS["edit"].id)})
    assert first.status_code == 200
    assert "keten-position" not in first.headers
    await ok(anna.post(f"{dossier}/tasks", json={"title": "Bellen"}))
    [held] = (await ok(place.taco.get(f"/client-groups/{group}/access")))["items"]
    assert (held["user"]["userId"], held["level"]) == (str(anna_id), "edit")

    await place.let_in(group, anna_id, "view")
    body = await refused(anna.post(f"{dossier}/tasks", json={"title": "Bellen"}), 403)
    assert {"rule": "right-missing", "right": "tasks:write"} in body["reasons"]

    await ok(place.taco.delete(access))
    await refused(anna.get(dossier), 404)
    await refused(place.taco.delete(access), 404, "group-access-unknown")


async def test_access_to_a_group_is_for_active_users_of_the_account_at_a_known_level(place: Place) -> None:
    group = await place.group()
    view = {"levelId": str(LEVELS["view"].id)}
    anna_id, _ = await place.colleague()

    stranger = place.taco.put(f"/client-groups/{group}/access/{place.world.leon}", json=view)
    await refused(stranger, 409, "user-not-in-account")
    unknown = place.taco.put(f"/client-groups/{group}/access/{anna_id}", json={"levelId": str(uuid4())})
    await refused(unknown, 409, "level-unknown")


@pytest.mark.rule("SHR-13", "SHR-14", "SHR-20")
async def test_shared_with_me_is_there_when_and_only_when_something_was_received(place: Place) -> None:
    made = await place.dossier()
    await ok(place.leon.post("/client-groups", json={"name": "Eigen"}))
    before = (await ok(place.leon.get("/client-groups")))["items"]
    await refused(place.leon.get(f"/client-groups/{SHARED_WITH_ME}"), 404)

    given = await place.share(made["dossierId"], "view")

    groups = (await ok(place.leon.get("/client-groups")))["items"]
    shared = {"id": str(SHARED_WITH_ME), "name": "Shared with me", "system": True, "clients": 1, "version": 0}
    assert groups == [*before, shared]
    [row] = (await ok(place.leon.get(f"/clients?group={SHARED_WITH_ME}")))["items"]
    assert (row["name"], row["organisation"], row["level"]) == ("Jan de Vries", "Kracht", "view")
    assert (row["received"], row["groupId"]) == (True, str(SHARED_WITH_ME))
    dutch = place.of(place.world.leon, place.world.zorg, **{"Accept-Language": "nl"})
    assert (await ok(dutch.get(f"/client-groups/{SHARED_WITH_ME}")))["name"] == "Met mij gedeeld"

    await place.withdraw(given)

    assert (await ok(place.leon.get("/client-groups")))["items"] == before
    assert (await ok(place.leon.get("/clients")))["items"] == []


@pytest.mark.rule("SHR-13")
async def test_shared_with_me_cannot_be_renamed_closed_or_filled(place: Place) -> None:
    made = await place.dossier()
    path, profile = f"/client-groups/{SHARED_WITH_ME}", {"givenName": "A", "familyName": "B"}
    view = {"levelId": str(LEVELS["view"].id)}
    filled = {"groupId": str(SHARED_WITH_ME), "profile": profile}

    renamed = place.taco.patch(path, json={"name": "Anders"}, headers={"If-Match": '"0"'})
    await refused(renamed, 409, "system-group-stays")
    await refused(place.taco.delete(path), 409, "system-group-stays")
    await refused(place.taco.post("/clients", json=filled), 409, "system-group-stays")
    moved = place.taco.post(f"/clients/{made['clientId']}/_move", json={"groupId": str(SHARED_WITH_ME)})
    await refused(moved, 409, "system-group-stays")
    opened = place.taco.put(f"{path}/access/{place.world.taco}", json=view)
    await refused(opened, 409, "system-group-stays")


@pytest.mark.rule("SHR-4", "SHR-19")
async def test_sharing_shows_neither_side_the_others_groups_and_clients(place: Place) -> None:
    made, other = await place.dossier(), await place.dossier(familyName="Anders")
    theirs = await ok(place.leon.post("/client-groups", json={"name": "Twaalf"}))

    await place.share(made["dossierId"], "manage")

    await refused(place.taco.get(f"/client-groups/{theirs['id']}"), 404)
    assert theirs["id"] not in str((await ok(place.taco.get("/client-groups")))["items"])
    await refused(place.leon.get(f"/client-groups/{made['groupId']}"), 404)
    await refused(place.leon.get(f"/clients?group={made['groupId']}"), 404)
    await refused(place.leon.get(f"/dossiers/{other['dossierId']}"), 404)
    assert (await ok(place.leon.get(f"/dossiers/{made['dossierId']}")))["groupId"] is None
    assert [row["dossierId"] for row in (await ok(place.leon.get("/clients")))["items"]] == [made["dossierId"]]
    body = {"groupId": theirs["id"]}
    await refused(place.leon.post(f"/clients/{made['clientId']}/_move", json=body), 403)


@pytest.mark.rule("SHR-10", "SHR-21")
@pytest.mark.parametrize(
    ("level", "writable"),
    [("view", set()), ("report", {"reports"}), ("edit", {"reports", "goals", "tasks", "documents"})],
)
async def test_a_level_opens_its_sections_and_no_more(place: Place, level: str, writable: set[str]) -> None:
    dossier = f"/dossiers/{(await place.dossier())['dossierId']}"
    await place.share(dossier.rpartition("/")[2], level)
    entries = {
        "reports": {"text": "Rustig."},
        "goals": {"title": "Zelf koken"},
        "tasks": {"title": "Bellen"},
        "documents": {"title": "Brief", "text": "Geachte"},
        "medical": {"title": "Anamnese", "text": "Geen"},
    }

    shown = await ok(place.leon.get(dossier))

    assert shown["levels"] == [level]
    assert shown["sections"]["medical"] is None
    for section, entry in entries.items():
        answer = await place.leon.post(f"{dossier}/{section}", json=entry)
        assert answer.status_code == (201 if section in writable else 403), section
        assert (await place.leon.get(f"{dossier}/{section}")).status_code == (403 if section == "medical" else 200)


@pytest.mark.rule("ALL-1")
async def test_medical_notes_are_for_whoever_has_the_right_and_an_authorisation_of_his_own(place: Place) -> None:
    made = await place.dossier()
    dossier = f"/dossiers/{made['dossierId']}"
    _, doctor = await place.colleague(role=Role.ADMINISTRATOR, medical=True)
    note = {"title": "Anamnese", "text": "Geen bijzonderheden."}

    body = await refused(place.taco.post(f"{dossier}/medical", json=note), 403)
    assert {"rule": "medical-authorisation-missing"} in body["reasons"]
    written = await ok(doctor.post(f"{dossier}/medical", json=note))

    assert (await ok(doctor.get(dossier)))["sections"]["medical"] == {"count": 1}
    assert (await ok(place.taco.get(dossier)))["sections"]["medical"] is None
    await refused(place.taco.get(f"{dossier}/medical/{written['id']}"), 403)
    await refused(doctor.get(f"{dossier}/documents/{written['id']}"), 404, "entry-unknown")


@pytest.mark.rule("SHR-22")
async def test_a_received_report_is_edited_by_its_author_alone_and_keeps_its_history(place: Place) -> None:
    dossier = f"/dossiers/{(await place.dossier())['dossierId']}"
    await place.share(dossier.rpartition("/")[2], "report")
    made = await place.leon.post(f"{dossier}/reports", json={"text": "Onrustig.", "at": "2026-01-02T08:00:00+01:00"})
    path, now = f"{dossier}/reports/{made.json()['id']}", {"If-Match": made.headers["etag"]}

    assert made.json()["at"] == "2026-01-02T07:00:00Z"
    await refused(place.taco.patch(path, json={"text": "Anders."}, headers=now), 403, "not-the-author")
    await ok(place.leon.patch(path, json={"text": "Onrustig tot twee uur."}, headers=now))

    read = await ok(place.taco.get(path))
    assert read["text"] == "Onrustig tot twee uur."
    assert [edit["text"] for edit in read["edits"]] == ["Onrustig."]
    assert read["author"]["organisation"] == "Zorg 4 You"


@pytest.mark.rule("SHR-12")
async def test_what_a_former_member_wrote_stays_under_his_name(place: Place) -> None:
    dossier = f"/dossiers/{(await place.dossier())['dossierId']}"
    given = await place.share(dossier.rpartition("/")[2], "edit")
    written = await ok(place.leon.post(f"{dossier}/reports", json={"text": "Gewandeld."}))

    await place.withdraw(given)

    await refused(place.leon.get(f"{dossier}/reports/{written['id']}"), 404, "dossier-unknown")
    [kept] = (await ok(place.taco.get(f"{dossier}/reports")))["items"]
    assert (kept["author"]["name"], kept["author"]["initials"]) == ("Leon de Wit", "LW")


async def test_a_goal_has_actions_with_a_state_of_their_own(place: Place) -> None:
    dossier = f"/dossiers/{(await place.dossier())['dossierId']}"
    goal = await ok(place.taco.post(f"{dossier}/goals", json={"title": "Zelf koken", "description": "Elke dag"}))
    actions = f"{dossier}/goals/{goal['id']}/actions"

    first = await place.taco.post(actions, json={"title": "Boodschappen"})
    await ok(place.taco.post(actions, json={"title": "Recept kiezen"}))
    done = {"state": "done"}
    await ok(place.taco.patch(f"{actions}/{first.json()['id']}", json=done, headers={"If-Match": '"1"'}))

    read = await ok(place.taco.get(f"{dossier}/goals/{goal['id']}"))
    assert [(one["title"], one["state"]) for one in read["actions"]] == [
        ("Boodschappen", "done"),
        ("Recept kiezen", "open"),
    ]
    await refused(place.taco.post(f"{dossier}/goals/{uuid4()}/actions", json={"title": "Nergens"}), 404)
    elsewhere = f"{dossier}/goals/{uuid4()}/actions/{first.json()['id']}"
    await refused(place.taco.patch(elsewhere, json=done, headers={"If-Match": '"2"'}), 404)


async def test_a_task_is_for_somebody_who_can_read_it(place: Place) -> None:
    dossier = f"/dossiers/{(await place.dossier())['dossierId']}"
    task = {"title": "Bellen", "assigneeId": str(place.world.leon)}

    await refused(place.taco.post(f"{dossier}/tasks", json=task), 409, "assignee-not-member")
    await place.share(dossier.rpartition("/")[2], "view")
    made = await ok(place.taco.post(f"{dossier}/tasks", json=task))

    assert made["assignee"]["name"] == "Leon de Wit"
    for nobody in (str(uuid4()), str(place.world.lennart)):
        change = place.taco.patch(
            f"{dossier}/tasks/{made['id']}", json={"assigneeId": nobody}, headers={"If-Match": '"1"'}
        )
        await refused(change, 409, "assignee-not-member")


async def test_a_profile_is_corrected_member_by_member(place: Place) -> None:
    dossier = (
        f"/dossiers/{(await place.dossier(phone='06', address={'street': 'Brink', 'city': 'Assen'}))['dossierId']}"
    )
    path = f"{dossier}/profile"

    changed = await place.taco.patch(
        path, json={"familyName": "Jansen", "infix": None, "phone": None}, headers={"If-Match": '"1"'}
    )

    assert (changed.json()["name"], changed.json()["phone"]) == ("Jan Jansen", None)
    assert changed.json()["address"]["street"] == "Brink"
    moved = {"address": {"city": "Emmen"}}
    answer = await ok(place.taco.patch(path, json=moved, headers={"If-Match": changed.headers["etag"]}))
    assert (answer["address"]["street"], answer["address"]["city"]) == (None, "Emmen")
    await refused(place.taco.patch(path, json={"familyName": None}, headers={"If-Match": '"3"'}), 400)


@pytest.mark.rule("SHR-37")
async def test_an_archived_dossier_is_read_only_until_it_is_restored(place: Place) -> None:
    dossier = f"/dossiers/{(await place.dossier())['dossierId']}"
    etag = {"If-Match": (await place.taco.get(dossier)).headers["etag"]}

    await refused(place.taco.post(f"{dossier}/_archive"), 428)
    archived = await place.taco.post(f"{dossier}/_archive", headers=etag)
    assert archived.status_code == 204

    await refused(place.taco.post(f"{dossier}/tasks", json={"title": "Bellen"}), 409, "dossier-is-archived")
    await ok(place.taco.get(f"{dossier}/tasks"))
    again = {"If-Match": archived.headers["etag"]}
    await refused(place.taco.post(f"{dossier}/_archive", headers=again), 409, "dossier-already-archived")
    await ok(place.taco.post(f"{dossier}/_restore", headers=again))
    await ok(place.taco.post(f"{dossier}/tasks", json={"title": "Bellen"}))


@pytest.mark.rule("ALL-2")
async def test_a_search_finds_names_without_accents_among_those_one_may_read(place: Place) -> None:
    await place.dossier(givenName="Zoë", infix="van den", familyName="Bérg")
    await place.dossier(givenName="Piet", familyName="Paulusma")

    found = await ok(place.taco.post("/clients/_search", json={"query": "BERG zoe"}))

    assert [row["name"] for row in found["items"]] == ["Zoë van den Bérg"]
    assert (await ok(place.taco.post("/clients/_search", json={"query": "%%"})))["items"] == []
    assert (await ok(place.leon.post("/clients/_search", json={"query": "berg"})))["items"] == []
    await refused(place.taco.post("/clients/_search", json={"query": " b "}), 400)


async def test_clients_come_page_by_page_in_the_order_of_their_names(place: Place) -> None:
    group = await place.group()
    for name in ("Cramer", "Aalders", "Bakker"):
        await place.dossier(group, givenName="X", infix=None, familyName=name)

    first = await place.taco.get(f"/clients?group={group}&limit=2")
    rest = await ok(place.taco.get(f"/clients?group={group}&limit=2&cursor={first.json()['next']}"))

    assert [row["name"] for row in first.json()["items"]] == ["X Aalders", "X Bakker"]
    assert [row["name"] for row in rest["items"]] == ["X Cramer"]
    assert 'rel="next"' in first.headers["link"]
    await refused(place.taco.get(f"/clients?cursor={uuid4()}"), 400, "cursor-unknown")


@pytest.mark.rule("SHR-15")
async def test_a_client_of_others_is_refused_as_one_who_is_not_there(place: Place) -> None:
    made = await place.dossier()
    where = {"groupId": made["groupId"]}

    others = await refused(place.leon.post(f"/clients/{made['clientId']}/_move", json=where), 404, "client-unknown")

    assert others == await refused(place.leon.post(f"/clients/{uuid4()}/_move", json=where), 404, "client-unknown")


@pytest.mark.rule("SHR-14")
async def test_without_the_profile_a_list_shows_initials_only(place: Place) -> None:
    made = await place.dossier()
    grant = a_grant(place.world, made["dossierId"], "view")
    narrow = grant.model_dump() | {"rights": frozenset({"reports:read"}), "level_code": "night"}

    await place.service.hear(GrantGiven(**narrow))

    [row] = (await ok(place.leon.get("/clients")))["items"]
    assert (row["name"], row["initials"]) == (None, "JV")
    assert (await ok(place.leon.post("/clients/_search", json={"query": "Vries"})))["items"] == []
    assert (await ok(place.leon.get(f"/dossiers/{made['dossierId']}")))["sections"]["profile"] is None


@pytest.mark.rule("BEY-16")
async def test_what_takes_access_away_waits_for_who_enforces_it(place: Place, dossier_databases: Databases) -> None:
    made, other = await place.dossier(), await place.group("Elders")
    async with running(create, dossier_databases, peers=[]) as alone:
        place.service, moved = alone, {"groupId": other}
        answer = await place.taco.post(f"/clients/{made['clientId']}/_move", json=moved)

    assert (answer.status_code, answer.json()["pending"]) == (202, ["documents", "sharing"])
    assert answer.json()["position"] == answer.headers["keten-position"]


async def test_the_same_request_with_the_same_key_has_one_effect(place: Place) -> None:
    group = await place.group()
    body = {"groupId": group, "profile": {"givenName": "Jan", "familyName": "Vries"}}
    once = {"Idempotency-Key": "een"}

    first = await place.taco.post("/clients", json=body, headers=once)
    again = await place.taco.post("/clients", json=body, headers=once)

    assert again.json() == first.json()
    assert len((await ok(place.taco.get(f"/clients?group={group}")))["items"]) == 1
    asked = "select subject_id::text from public.access_log_line where action = 'group.register_client' and account_id = :id"
    async with place.as_worker() as session:
        about = list(await session.scalars(text(asked), {"id": place.world.kracht}))
    assert about == [first.json()["dossierId"]] * 2, "who is told of a dossier once more is seen there"


async def test_what_cannot_be_kept_is_refused_with_all_faults_at_once(place: Place) -> None:
    dossier = f"/dossiers/{(await place.dossier())['dossierId']}"

    body = await refused(place.taco.post(f"{dossier}/documents", json={"title": "  ", "text": "a\0b"}), 400)

    assert {fault["location"] for fault in body["faults"]} == {"body.title", "body.text"}
    for far in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-01-01T00:00:00"):
        await refused(place.taco.get(f"{dossier}/access", params={"at": far}), 400)
        await refused(place.taco.post(f"{dossier}/reports", json={"text": "Ver weg.", "at": far}), 400)
    await refused(place.taco.post(f"{dossier}/reports", json={"text": "x" * 20_001}), 400)
    await refused(place.taco.get(f"/dossiers/{uuid4()}"), 404, "dossier-unknown")


@pytest.mark.rule("SHR-3")
async def test_a_group_that_closes_while_a_client_comes_in_does_one_of_the_two(place: Place) -> None:
    profile = {"givenName": "Jan", "familyName": "Vries"}

    for _ in range(5):
        group = await place.group(f"Groep {uuid4()}")
        closed, registered = await asyncio.gather(
            place.taco.delete(f"/client-groups/{group}"),
            place.taco.post("/clients", json={"groupId": group, "profile": profile}),
        )
        assert sorted((closed.status_code, registered.status_code)) in ([201, 409], [204, 404], [204, 409])


@pytest.mark.rule("SHR-3")
async def test_two_groups_of_one_name_at_once_become_one(place: Place) -> None:
    answers = await asyncio.gather(*(place.taco.post("/client-groups", json={"name": "Oost"}) for _ in range(4)))

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_the_document_names_every_operation_once(place: Place) -> None:
    document = await ok(place.taco.get("/openapi.json"))

    operations = [
        (path, method) for path, item in document["paths"].items() for method in item if method != "parameters"
    ]
    assert len(operations) > 40
    ids = [document["paths"][path][method]["operationId"] for path, method in operations]
    assert len(ids) == len(set(ids))
