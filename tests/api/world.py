"""One organisation with something of everything, and the people who try to reach it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from contracts.ids import new_id
from contracts.rights import STANDARD_LEVELS
from keten.caller import Caller
from keten.joining import set_password
from keten.portraits import portrait
from keten.sign_in import sign_in
from tests.e2e.people import PASSWORD, Founder, Organisation, Platform
from tests.e2e.waiting import eventually

LEVEL = {level.code: str(level.id) for level in STANDARD_LEVELS}

PICTURE = portrait("Tess Bakker")

# Well within the five minutes that an access token lives (seconds).
_FRESH = 200.0


@dataclass
class Person:
    """Somebody who signs in for real, and again before his token is too old."""

    url: str
    email: str
    user_id: str
    _token: str = ""
    _since: float = field(default=float("-inf"))

    def token(self) -> str:
        import asyncio

        if time.monotonic() - self._since > _FRESH:
            self._token = asyncio.run(sign_in(self.url, self.email, PASSWORD)).access_token
            self._since = time.monotonic()
        return self._token


@dataclass
class World:
    """`ids` by what they stand for; `position` is one that a write answered."""

    owner: Person
    colleague: Person
    suspended: Person
    viewer: Person
    stranger: Person
    ids: dict[str, str]
    position: str

    def __getitem__(self, name: str) -> str:
        return self.ids[name]


def sharing(dossier: str, recipient: str, level: str = "view", **changed: Any) -> dict[str, Any]:
    return {
        "dossierId": dossier,
        "recipient": {"userId": recipient},
        "levelId": LEVEL[level],
        "purpose": "Care at home together",
        "legalBasis": "consent",
        "consentReference": "consent form of 3 November",
        **changed,
    }


async def build(platform: Platform) -> World:
    """Everything over HTTP, by people who signed in."""
    founder = Founder(platform)
    house = await founder.organisation("Kracht", "Tess Bakker")
    receiving = await founder.organisation("Zorg 4 You", "Noor de Wit")
    other = await founder.organisation("Elders", "Iris Vos")
    third = await founder.organisation("Derde", "Daan Smit")
    owner = house.owner
    people = {name: await _added(owner, name, role) for name, role in _COLLEAGUES.items()}
    for name in ("colleague", "suspended"):
        await set_password(platform.mailbox, email=people[name]["email"], password=PASSWORD)
    await owner.patch(f"/identity/v1/users/{house.owner_id}", {"medical": True})
    ids = {
        "account": house.id,
        "owner": house.owner_id,
        **{name: person["id"] for name, person in people.items()},
        **await _systems(owner),
        **await _dossiers(owner),
    }
    ids["erasure_job"] = await _erased(owner, ids["group"])
    ids |= await _shared(owner, ids, receiving, third)
    ids |= {**await _files(owner, ids["dossier"]), **await _mail(owner, receiving.owner_id)}
    ids["photo_job"] = (await owner.put(f"/identity/v1/users/{house.owner_id}/photo", PICTURE))["jobId"]
    suspended = _person(platform, people["suspended"])
    suspended._token = (await sign_in(platform.url, suspended.email, PASSWORD)).access_token
    suspended._since = time.monotonic() + 3600  # he cannot sign in any more; the token he has is what is tried
    await owner.post(f"/identity/v1/users/{suspended.user_id}/_suspend")
    for caller in founder.callers:
        await caller.close()
    return World(
        owner=Person(platform.url, house.owner_email, house.owner_id),
        colleague=_person(platform, people["colleague"]),
        suspended=suspended,
        viewer=Person(platform.url, receiving.owner_email, receiving.owner_id),
        stranger=Person(platform.url, other.owner_email, other.owner_id),
        ids=ids,
        position=owner.position or "",
    )


# Those after the second are there to be suspended, let in, removed and invited.
_COLLEAGUES = {
    "colleague": "member",
    "suspended": "administrator",
    "to_suspend": "member",
    "to_resume": "member",
    "to_remove": "member",
    "to_invite": "member",
}


async def _added(owner: Caller, name: str, role: str) -> dict[str, Any]:
    body = {"name": f"Collega {name}", "email": f"{name}-{new_id().hex[-12:]}@example.org", "role": role}
    added: dict[str, Any] = await owner.post("/identity/v1/users", body)
    return added


async def _systems(owner: Caller) -> dict[str, str]:
    """Partner systems; the first has a secret to lose."""
    systems = [await owner.post("/identity/v1/service-accounts", {"name": f"Systeem {n}"}) for n in range(3)]
    system, to_suspend, to_remove = (made["id"] for made in systems)
    return {
        "system": system,
        "secret": systems[0]["secret"]["id"],
        "system_to_suspend": to_suspend,
        "system_to_remove": to_remove,
    }


def _person(platform: Platform, added: Mapping[str, Any]) -> Person:
    return Person(platform.url, added["email"], added["id"])


async def _dossiers(owner: Caller) -> dict[str, str]:
    dossier = "/dossier/v1"
    groups = [await owner.post(f"{dossier}/client-groups", {"name": f"Team {n}"}) for n in range(3)]
    group, to_close, destination = (made["id"] for made in groups)
    made = [
        await owner.post(
            f"{dossier}/clients", {"groupId": group, "profile": {"givenName": given, "familyName": "Berg"}}
        )
        for given in ("Eddy", "Fenna", "Gijs")
    ]
    one = f"{dossier}/dossiers/{made[0]['dossierId']}"
    ids = {
        "group": group,
        "group_to_close": to_close,
        "group_to_move_to": destination,
        "client": made[0]["clientId"],
        "dossier": made[0]["dossierId"],
        "client_to_move": made[1]["clientId"],
        "dossier_to_archive": made[2]["dossierId"],
    }
    for path, body in _ENTRIES.items():
        written = [await owner.post(f"{one}/{path}", body) for _ in range(2)]
        ids[path.rstrip("s")] = written[0]["id"]
    for _ in range(2):
        ids["action"] = (await owner.post(f"{one}/goals/{ids['goal']}/actions", {"title": "Walk"}))["id"]
    return ids


async def _erased(owner: Caller, group: str) -> str:
    """The job that took the contents of a dossier away."""
    profile = {"givenName": "Hans", "familyName": "Berg"}
    made = await owner.post("/dossier/v1/clients", {"groupId": group, "profile": profile})
    dossier = f"/dossier/v1/dossiers/{made['dossierId']}"
    read = await owner.ask("GET", dossier)
    gone = await owner.ask("DELETE", dossier, **{"If-Match": read.headers["ETag"]})
    ground, seen = {"ground": "request-of-the-person"}, {"If-Match": gone.headers["ETag"]}
    begun = await owner.ask("POST", f"{dossier}/_erase", ground, **seen)
    job: str = begun.json()["jobId"]
    return job


async def _files(owner: Caller, dossier: str) -> dict[str, str]:
    """One to read, one to remove, and one whose content is still to be sent."""
    made = {}
    for name in ("file", "file_to_remove", "file_awaited"):
        announced = await owner.post("/documents/v1/files", {"dossierId": dossier, "name": f"{name}.txt"})
        made[name] = announced["id"]
        if name != "file_awaited":
            await owner.put(f"/documents/v1/files/{announced['id']}/content", b"Key is with the neighbour.")
    return made


async def _mail(owner: Caller, recipient: str) -> dict[str, str]:
    """The one that told the recipient what was shared with him, and the job that sent it."""
    found: list[dict[str, str]] = []

    async def was_sent() -> None:
        mails = (await owner.get("/documents/v1/mails"))["items"]
        sent = [mail for mail in mails if mail["recipient"] is not None and mail["state"] == "sent"]
        found[:] = [
            {"mail": mail["id"], "mail_job": mail["jobId"]} for mail in sent if mail["recipient"]["userId"] == recipient
        ]
        assert found

    await eventually(was_sent)
    return found[0]


_ENTRIES = {
    "reports": {"text": "Good morning, slept well."},
    "goals": {"title": "Walk to the shop again"},
    "tasks": {"title": "Call the physiotherapist", "dueDate": "2027-01-15"},
    "documents": {"title": "Agreements", "text": "Key is with the neighbour."},
    "medical": {"title": "Allergy", "text": "Penicillin."},
}


async def _shared(owner: Caller, ids: dict[str, str], receiving: Organisation, third: Organisation) -> dict[str, str]:
    given = await owner.post("/sharing/v1/grants", sharing(ids["dossier"], receiving.owner_id))
    to_end = await owner.post("/sharing/v1/grants", sharing(ids["dossier"], third.owner_id, "edit"))
    await owner.ask(
        "PUT", f"/dossier/v1/client-groups/{ids['group']}/access/{ids['to_invite']}", {"levelId": LEVEL["view"]}
    )
    newcomer = await _added(third.owner, "newcomer", "member")
    return {"grant": given["id"], "grant_to_end": to_end["id"], "newcomer": newcomer["id"]}
