"""The first journey, over the gateway only: share a dossier, work in it, lower it, withdraw it, and read what happened."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.rights import STANDARD_LEVELS
from contracts.services import SERVICES
from keten.caller import Caller
from tests.e2e.people import Founder, Organisation
from tests.e2e.waiting import eventually

LEVEL = {level.code: str(level.id) for level in STANDARD_LEVELS}
SHARED_WITH_ME = "Shared with me"


@dataclass
class Scene:
    """Kracht with six groups, one client and its sharer; Zorg 4 You with twelve groups and its recipient."""

    kracht: Organisation
    zorg: Organisation
    group: str
    client: dict[str, Any]

    @property
    def sharer(self) -> Caller:
        return self.kracht.owner

    @property
    def recipient(self) -> Caller:
        return self.zorg.owner

    @property
    def dossier(self) -> str:
        return f"/dossier/v1/dossiers/{self.client['dossierId']}"

    async def share(self, level: str, **changed: Any) -> Any:
        return await self.sharer.post("/sharing/v1/grants", self.sharing(level, **changed))

    def sharing(self, level: str, **changed: Any) -> dict[str, Any]:
        return {
            "dossierId": self.client["dossierId"],
            "recipient": {"userId": self.zorg.owner_id},
            "levelId": LEVEL[level],
            "purpose": "Care at home together",
            "legalBasis": "consent",
            "consentReference": "consent form of 3 November",
            **changed,
        }


@pytest.fixture
async def scene(organisations: Founder) -> Scene:
    kracht = await organisations.organisation("Kracht", "Tess Bakker")
    zorg = await organisations.organisation("Zorg 4 You", "Noor de Wit")
    groups = [await kracht.owner.post("/dossier/v1/client-groups", {"name": f"Team {n}"}) for n in range(1, 7)]
    for n in range(1, 13):
        await zorg.owner.post("/dossier/v1/client-groups", {"name": f"Wijk {n}"})
    profile = {"givenName": "Eddy", "infix": "van den", "familyName": "Berg", "birthDate": "1951-04-12"}
    client = await kracht.owner.post("/dossier/v1/clients", {"groupId": groups[0]["id"], "profile": profile})
    other = {"givenName": "Fenna", "familyName": "Smit"}
    await kracht.owner.post("/dossier/v1/clients", {"groupId": groups[0]["id"], "profile": other})
    return Scene(kracht, zorg, groups[0]["id"], client)


@pytest.mark.rule(
    "SHR-1",
    "SHR-3",
    "SHR-4",
    "SHR-6",
    "SHR-8",
    "SHR-10",
    "SHR-13",
    "SHR-14",
    "SHR-17",
    "SHR-19",
    "SHR-20",
    "SHR-21",
    "SHR-22",
)
async def test_a_shared_dossier_is_one_new_group_and_nothing_else(scene: Scene) -> None:
    assert not any(group["system"] for group in await _groups(scene.recipient))

    found = await scene.sharer.post("/identity/v1/users/_find", {"email": scene.zorg.owner_email})
    assert (found["userId"], found["organisation"]) == (scene.zorg.owner_id, "Zorg 4 You")
    grant = await scene.share("edit")

    assert grant["recipient"]["initials"] == "NW"
    assert grant["recipient"]["organisation"] == "Zorg 4 You"
    members = (await scene.sharer.get(f"{scene.dossier}/members"))["items"]
    assert {"Zorg 4 You"} == {member["organisation"] for member in members if member["external"]}

    scene.recipient.seen(scene.sharer)
    groups = await _groups(scene.recipient)
    assert len(groups) == 13
    received = next(group for group in groups if group["system"])
    assert received["name"] == SHARED_WITH_ME
    clients = (await scene.recipient.get(f"/dossier/v1/clients?group={received['id']}"))["items"]
    assert [(c["dossierId"], c["organisation"], c["level"]) for c in clients] == [
        (scene.client["dossierId"], "Kracht", "edit")
    ]

    opened = await scene.recipient.get(scene.dossier)
    assert opened["sections"]["profile"]["familyName"] == "Berg"
    assert opened["sections"]["medical"] is None
    await scene.recipient.patch(f"{scene.dossier}/profile", {"phone": "06 1234 5678"})
    await scene.recipient.post(f"{scene.dossier}/goals", {"title": "Walk to the shop again"})
    await scene.recipient.post(f"{scene.dossier}/tasks", {"title": "Call the physiotherapist", "dueDate": "2027-01-15"})
    await scene.recipient.post(
        f"{scene.dossier}/documents", {"title": "Agreements", "text": "Key is with the neighbour."}
    )
    await scene.recipient.post(f"{scene.dossier}/reports", {"text": "Good morning, slept well."})
    assert (await scene.recipient.ask("GET", f"{scene.dossier}/medical")).status_code == 403

    everything = (await scene.recipient.get("/dossier/v1/clients"))["items"]
    assert [client["dossierId"] for client in everything] == [scene.client["dossierId"]]
    assert (await scene.recipient.ask("GET", f"/dossier/v1/client-groups/{scene.group}")).status_code == 404
    scene.sharer.seen(scene.recipient)
    assert len(await _groups(scene.sharer)) == 6
    reports = (await scene.sharer.get(f"{scene.dossier}/reports"))["items"]
    assert [(r["text"], r["author"]["organisation"]) for r in reports] == [("Good morning, slept well.", "Zorg 4 You")]


@pytest.mark.rule("SHR-11", "SHR-12", "SHR-21", "BEY-2", "BEY-3", "BEY-16", "ALL-2")
async def test_lowering_and_withdrawing_count_from_their_answer_on(scene: Scene) -> None:
    grant = await scene.share("edit")
    scene.recipient.seen(scene.sharer)
    await scene.recipient.post(f"{scene.dossier}/reports", {"text": "Ate well."})
    in_the_middle = datetime.now(UTC).isoformat().replace("+00:00", "Z")

    await scene.sharer.patch(f"/sharing/v1/grants/{grant['id']}", {"levelId": LEVEL["view"]})
    refused = await scene.recipient.ask("POST", f"{scene.dossier}/reports", {"text": "One more thing."})
    assert refused.status_code == 403
    assert {"rule": "right-missing", "right": "reports:write"} in refused.json()["reasons"]
    assert (await scene.recipient.ask("GET", scene.dossier)).status_code == 200

    await scene.sharer.delete(f"/sharing/v1/grants/{grant['id']}")
    scene.recipient.position = None
    for path in (
        "",
        "/profile",
        "/reports",
        "/goals",
        "/tasks",
        "/documents",
        "/medical",
        "/members",
        "/access",
        "/access-log",
    ):
        answer = await scene.recipient.ask("GET", f"{scene.dossier}{path}")
        assert answer.status_code == 404, path
    assert (
        await scene.recipient.ask("GET", f"/sharing/v1/grants?dossierId={scene.client['dossierId']}")
    ).status_code == 404
    assert not any(group["system"] for group in await _groups(scene.recipient))
    assert (await scene.recipient.get("/dossier/v1/clients"))["items"] == []

    reports = (await scene.sharer.get(f"{scene.dossier}/reports"))["items"]
    assert [(r["text"], r["author"]["name"]) for r in reports] == [("Ate well.", "Noor de Wit")]
    now = (await scene.sharer.get(f"{scene.dossier}/access"))["items"]
    assert [person["name"] for person in now] == ["Tess Bakker"]
    then = (await scene.sharer.get(f"{scene.dossier}/access?at={in_the_middle}"))["items"]
    recipient = next(person for person in then if person["name"] == "Noor de Wit")
    assert any(reason["rule"] == "grant" and reason["grant"] == grant["id"] for reason in recipient["why"])

    async def log_shows_everything() -> None:
        lines = (await scene.sharer.get(f"{scene.dossier}/access-log?limit=100"))["items"]
        told = {(line["action"], line["outcome"], line["person"]["name"]) for line in lines}
        assert {
            ("grant.give", "allowed", "Tess Bakker"),
            ("report.write", "allowed", "Noor de Wit"),
            ("report.write", "denied", "Noor de Wit"),
            ("grant.change", "allowed", "Tess Bakker"),
            ("grant.withdraw", "allowed", "Tess Bakker"),
            ("dossier.read", "denied", "Noor de Wit"),
            ("access.read", "allowed", "Tess Bakker"),
        } <= told

    await eventually(log_shows_everything)
    for service in SERVICES:
        assert (await scene.sharer.post(f"/{service}/v1/access-log/_verify"))["intact"] is True


@pytest.mark.rule("SHR-6", "SHR-15")
async def test_sharing_twice_changes_nothing_and_every_refusal_has_its_own_type(
    scene: Scene, organisations: Founder
) -> None:
    first = await scene.share("view")
    again = await scene.sharer.ask("POST", "/sharing/v1/grants", scene.sharing("view"))
    assert (again.status_code, again.json()["id"], again.json()["version"]) == (200, first["id"], first["version"])

    async def refusal(**changed: Any) -> str:
        answer = await scene.sharer.ask("POST", "/sharing/v1/grants", scene.sharing("view", **changed))
        return f"{answer.status_code} {answer.json()['type']}"

    unknown = "0197a000-0000-7000-8000-00000000ffff"
    assert await refusal(recipient={"userId": scene.kracht.owner_id}) == "409 /problems/share-with-self"
    assert await refusal(recipient={"userId": unknown}) == "409 /problems/recipient-unknown"
    assert await refusal(dossierId=unknown) == "404 /problems/dossier-unknown"
    assert await refusal(levelId=unknown) == "409 /problems/level-unknown"
    assert await refusal(until="2020-01-01") == "409 /problems/until-passed"
    malformed = await scene.sharer.ask("POST", "/identity/v1/users/_find", {"email": "no address"})
    assert (malformed.status_code, malformed.json()["type"]) == (400, "/problems/input-invalid")

    stranger = await organisations.organisation("Elders", "Iris Vos")
    stranger.owner.seen(scene.sharer)
    answer = await stranger.owner.ask("POST", "/sharing/v1/grants", scene.sharing("view"))
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/dossier-unknown")

    opened = await scene.sharer.ask("GET", scene.dossier)
    archived = await scene.sharer.ask("POST", f"{scene.dossier}/_archive", **{"If-Match": opened.headers["ETag"]})
    assert archived.is_success, archived.text
    other = {"recipient": {"userId": stranger.owner_id}}
    assert await refusal(**other) == "409 /problems/dossier-is-archived"


async def _groups(caller: Caller) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await caller.get("/dossier/v1/client-groups?limit=100"))["items"]
    return found
