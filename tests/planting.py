"""A journey in which every name, word and text is a canary: two organisations work together, and much goes wrong."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx

from chassis.staging import stage
from contracts.identity import UserProfile
from contracts.ids import AccountId, UserId, new_id
from contracts.rights import STANDARD_LEVELS
from keten.caller import Caller
from keten.sign_in import SignInRefused, sign_in
from tests.canaries import Canaries
from tests.e2e.operating import Operator
from tests.e2e.people import PASSWORD, Founder, Organisation
from tests.e2e.waiting import eventually

LEVEL = {level.code: str(level.id) for level in STANDARD_LEVELS}


async def plant_everywhere(canaries: Canaries, founder: Founder) -> Mapping[str, str]:
    """Sign up, register, write, share, send, search; then what is refused. Returns ids and addresses by what they are."""
    house = await _organisation(canaries, founder, "of the owning account")
    receiving = await _organisation(canaries, founder, "of the receiving account")
    owner = house.owner
    owner.http.headers["User-Agent"] = canaries.plant("user agent")
    await owner.patch(f"/identity/v1/users/{house.owner_id}", {"medical": True})
    ids = await _register(canaries, owner)
    await _write(canaries, owner, ids["dossier"])
    ids |= await _share(canaries, house, receiving, ids["dossier"])
    await _send_file(canaries, receiving, owner, ids["dossier"])
    await _colleagues(canaries, owner)
    await _go_wrong(canaries, house, receiving, ids)
    await _mails_are_sent(owner)
    emails = {"owner's email": house.owner_email, "receiver's email": receiving.owner_email}
    return ids | emails | {"account": house.id, "owner": house.owner_id}


async def _organisation(canaries: Canaries, founder: Founder, whose: str) -> Organisation:
    name = f"{canaries.plant(f'given name {whose}').title()} {canaries.plant(f'family name {whose}').title()}"
    return await founder.organisation(canaries.plant(f"organisation {whose}").title(), name)


async def _register(canaries: Canaries, owner: Caller) -> dict[str, str]:
    group = await owner.post("/dossier/v1/client-groups", {"name": canaries.plant("client group")})
    profile = {
        "givenName": canaries.plant("client's given name").title(),
        "infix": canaries.plant("client's infix"),
        "familyName": canaries.plant("client's family name").title(),
        "birthDate": "1950-02-01",
        "email": f"{canaries.plant('e-mail address of a client')}@example.org",
        "phone": "+31 20 794 0881",
        "address": {
            "street": canaries.plant("client's street"),
            "houseNumber": "12",
            "postalCode": "1234 AB",
            "city": canaries.plant("client's city"),
        },
    }
    headers = {"Idempotency-Key": canaries.plant("idempotency key")}
    body = {"groupId": group["id"], "profile": profile}
    client = (await owner.ask("POST", "/dossier/v1/clients", body, **headers)).json()
    await owner.ask("POST", "/dossier/v1/clients", body, **headers)
    await owner.patch(
        f"/dossier/v1/dossiers/{client['dossierId']}/profile", {"familyName": canaries.plant("corrected family name")}
    )
    await owner.post("/dossier/v1/clients/_search", {"query": canaries.plant("search words")})
    await owner.post("/dossier/v1/clients/_search", {"query": profile["familyName"]})
    return {"group": group["id"], "client": client["clientId"], "dossier": client["dossierId"]}


async def _write(canaries: Canaries, owner: Caller, dossier: str) -> None:
    of = f"/dossier/v1/dossiers/{dossier}"
    report = await owner.post(f"{of}/reports", {"text": canaries.plant("report")})
    await owner.patch(f"{of}/reports/{report['id']}", {"text": canaries.plant("corrected report")})
    goal = await owner.post(
        f"{of}/goals", {"title": canaries.plant("goal"), "description": canaries.plant("what a goal says")}
    )
    await owner.post(f"{of}/goals/{goal['id']}/actions", {"title": canaries.plant("action")})
    await owner.post(f"{of}/tasks", {"title": canaries.plant("task"), "dueDate": "2027-01-15"})
    for section in ("documents", "medical"):
        note = {"title": canaries.plant(f"title of {section}"), "text": canaries.plant(f"text of {section}")}
        await owner.post(f"{of}/{section}", note)


async def _share(canaries: Canaries, house: Organisation, receiving: Organisation, dossier: str) -> dict[str, str]:
    owner = house.owner
    sections = {"reports": ["read", "write"], "profile": ["read"]}
    level = {"code": f"own-{new_id().hex[-12:]}", "name": canaries.plant("level"), "sections": sections}
    await owner.post("/sharing/v1/levels", level)
    await owner.post("/identity/v1/users/_find", {"email": receiving.owner_email})
    unknown = {"email": f"{canaries.plant('unknown e-mail address')}@example.org"}
    await owner.ask("POST", "/identity/v1/users/_find", unknown)
    asked = {
        "dossierId": dossier,
        "recipient": {"userId": receiving.owner_id},
        "levelId": LEVEL["edit"],
        "purpose": canaries.plant("purpose of a grant"),
        "legalBasis": "consent",
        "consentReference": canaries.plant("consent reference"),
    }
    grant = await owner.post("/sharing/v1/grants", asked)
    await owner.patch(f"/sharing/v1/grants/{grant['id']}", {"purpose": canaries.plant("corrected purpose")})
    receiving.owner.seen(owner)
    return {"grant": grant["id"]}


async def _send_file(canaries: Canaries, receiving: Organisation, owner: Caller, dossier: str) -> None:
    noor = receiving.owner
    announced = await noor.post(
        "/documents/v1/files", {"dossierId": dossier, "name": f"{canaries.plant('file name')}.txt"}
    )
    await noor.put(f"/documents/v1/files/{announced['id']}/content", canaries.plant("content of a file").encode())
    owner.seen(noor)
    [listed] = (await owner.get(f"/documents/v1/files?dossierId={dossier}"))["items"]
    await owner.ask("GET", listed["content"]["url"])


async def _colleagues(canaries: Canaries, owner: Caller) -> None:
    colleague = {
        "name": canaries.plant("colleague's name").title(),
        "email": f"{canaries.plant('e-mail address of a colleague')}@example.org",
        "role": "member",
    }
    await owner.post("/identity/v1/users", colleague)
    await owner.post("/identity/v1/password-resets", {"email": colleague["email"]})
    system = {"name": canaries.plant("service account"), "description": canaries.plant("what a service account does")}
    await owner.post("/identity/v1/service-accounts", system)
    await owner.ask("POST", "/identity/v1/email-verifications", {"email": colleague["email"], "password": PASSWORD})


async def _go_wrong(canaries: Canaries, house: Organisation, receiving: Organisation, ids: Mapping[str, str]) -> None:
    """Refused input, unknown paths, wrong passwords, races and rights: 400, 401, 403, 404, 405, 409, 412, 413."""
    owner, of = house.owner, f"/dossier/v1/dossiers/{ids['dossier']}"
    word = canaries.plant
    wrong: list[tuple[str, str, Any, dict[str, str]]] = [
        ("POST", "/dossier/v1/clients", {"groupId": word("wrong id"), "profile": {word("wrong field"): "x"}}, {}),
        ("POST", "/dossier/v1/client-groups", {"name": word("too long a name") * 400}, {}),
        ("POST", "/dossier/v1/client-groups", f'{{"name": "{word("broken JSON")}'.encode(), {}),
        ("POST", f"{of}/reports", {"text": word("too large a report") * 200_000}, {}),
        ("POST", "/sharing/v1/grants", {"dossierId": ids["dossier"], "purpose": word("purpose refused")}, {}),
        ("GET", f"/dossier/v1/clients?cursor={word('wrong cursor')}", None, {}),
        ("GET", f"/dossier/v1/clients?limit={word('wrong limit')}&{word('unknown key')}=1", None, {}),
        ("GET", f"/dossier/v1/dossiers/{word('wrong id in a path')}/reports", None, {}),
        ("GET", f"/{word('unknown path')}/{word('rest of a path')}?{word('key')}={word('query string')}", None, {}),
        ("GET", f"/identity/sign-in/{word('unknown page')}?{word('key of a page')}=1", None, {}),
        ("GET", "/dossier/v1/clients", None, {"Authorization": f"Bearer {word('wrong token')}"}),
        ("GET", "/dossier/v1/clients", None, {"Keten-Position": word("wrong position")}),
        ("GET", "/dossier/v1/clients", None, {"traceparent": word("wrong traceparent")}),
        (
            "GET",
            "/dossier/v1/clients",
            None,
            {"tracestate": f"x={word('trace state')}", "baggage": f"y={word('baggage')}"},
        ),
        ("GET", "/dossier/v1/clients", None, {"X-Forwarded-For": word("forwarded for"), "Referer": word("referer")}),
        ("GET", "/dossier/v1/clients", None, {"Accept-Language": word("language"), "Cookie": f"a={word('cookie')}"}),
        (word("method").upper(), "/dossier/v1/clients", None, {}),
        ("PATCH", f"{of}/profile", {"familyName": word("name without a version")}, {}),
        ("PATCH", f"{of}/profile", {"familyName": word("name of a stale version")}, {"If-Match": '"7.0"'}),
        ("POST", "/identity/v1/positions/_check", {"position": word("position that is none")}, {}),
        ("GET", f"/documents/v1/files/{new_id()}/content?link={word('link that is none')}", None, {}),
    ]
    for method, path, body, headers in wrong:
        answer = await owner.http.request(method, path, **_sent(body), headers=headers)
        assert 200 <= answer.status_code < 500, (method, path, answer.status_code)
    key = {"Idempotency-Key": word("idempotency key used twice")}
    for name in (word("name that comes first"), word("name that comes second")):
        await owner.ask("POST", "/dossier/v1/client-groups", {"name": name}, **key)
    await _sign_in_wrongly(canaries, owner, house.owner_email)
    await owner.delete(f"/sharing/v1/grants/{ids['grant']}")
    receiving.owner.position = None
    await receiving.owner.ask("GET", f"{of}/reports")
    await owner.ask("PATCH", f"/sharing/v1/grants/{ids['grant']}", {"purpose": word("purpose of what has ended")})


async def _sign_in_wrongly(canaries: Canaries, owner: Caller, email: str) -> None:
    for address, password in (
        (email, canaries.plant("wrong password")),
        (f"{canaries.plant('e-mail address of nobody')}@example.org", PASSWORD),
    ):
        try:
            await sign_in(str(owner.http.base_url), address, password)
        except (SignInRefused, httpx.HTTPError):
            continue


def _sent(body: Any) -> dict[str, Any]:
    return {"content": body} if isinstance(body, bytes) else {} if body is None else {"json": body}


async def _mails_are_sent(owner: Caller) -> None:
    async def all_ended() -> None:
        mails = (await owner.get("/documents/v1/mails"))["items"]
        assert mails
        assert all(mail["state"] != "waiting" for mail in mails)

    await eventually(all_ended, patience=60)


# Who hears what identity says of people.
HEARERS = ("dossier", "sharing", "documents")


@asynccontextmanager
async def poisoned(canaries: Canaries, operator: Operator) -> AsyncIterator[Sequence[str]]:
    """Events that nobody can handle, with what people wrote in them: not as their type says, no JSON at all, and as it says
    but nothing that a database takes. Gives their keys while they are parked; in the end they are gone."""
    keys = [str(new_id()) for _ in range(3)]
    wrong = _profile(keys[0], canaries.plant("name in an event that is not as its type says"))
    wrong["data"] |= {"name": [wrong["data"]["name"]], "language": canaries.plant("wrong code in an event")}
    wrong["data"] |= {canaries.plant("unknown field of an event"): canaries.plant("unknown value in an event")}
    broken = json.dumps(_profile(keys[1], canaries.plant("name in an event that is no JSON")))[:-2]
    refused = _profile(keys[2], canaries.plant("name that the database refuses") + "\0")
    for key, body in zip(keys, (json.dumps(wrong), broken, json.dumps(refused)), strict=True):
        row = f"'{new_id()}', '{UserProfile.topic()}', '{key}', '{UserProfile.type}', '{body}'"
        await operator.sql("identity", f"insert into public.outbox (id, topic, key, type, body) values ({row})")
    of_them = "from projection.dead_letter where key in ({})".format(", ".join(f"'{key}'" for key in keys))

    async def are_parked() -> None:
        assert [await operator.sql(one, f"select count(*) {of_them}") for one in HEARERS] == ["3"] * len(HEARERS)

    try:
        await eventually(are_parked, patience=60)
        yield keys
    finally:
        for service in HEARERS:
            await operator.sql(service, f"delete {of_them}")


def _profile(user: str, name: str) -> dict[str, Any]:
    """A user as identity states him, on the log."""
    profile = UserProfile(
        user_id=UserId(UUID(user)),
        account_id=AccountId(new_id()),
        name=name,
        initials="A",
        sort_key=name,
        language="nl",
    )
    body: dict[str, Any] = json.loads(stage(profile, version=1, at=datetime.now(UTC)).record().body)
    return body
