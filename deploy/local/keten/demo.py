"""The first journey, played against the running platform and told step by step, with the HTTP calls."""

import asyncio
import json
import sys
import textwrap
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import httpx

from contracts.rights import STANDARD_LEVELS
from keten.caller import Caller, Refused
from keten.place import this_place

LEVEL = {level.code: str(level.id) for level in STANDARD_LEVELS}


def main(arguments: Sequence[str] = ()) -> int:
    """Exit code 1 with a sentence when the platform does not run or has no demo organisations."""
    place = this_place()
    if not place.demo.exists():
        print("keten: there are no demo organisations yet. Start the platform first: make up", file=sys.stderr)
        return 1
    people = {person["organisation"]: person for person in json.loads(place.demo.read_text())["people"]}
    try:
        asyncio.run(play(place.url, people["Kracht"], people["Zorg 4 You"]))
    except httpx.ConnectError:
        print(f"keten: nothing answers on {place.url}. Start the platform first: make up", file=sys.stderr)
        return 1
    except Refused as fault:
        print(f"keten: the journey stopped at a refusal. {fault}", file=sys.stderr)
        return 1
    return 0


async def play(url: str, sharer: dict[str, str], recipient: dict[str, str]) -> None:
    """Tell the journey of a dossier that is shared, worked in, lowered and withdrawn."""
    print(f"Keten on {url}: two organisations, one dossier.\n")
    tess = await Caller.signed_in(url, sharer["email"], sharer["password"], name="Tess")
    noor = await Caller.signed_in(url, recipient["email"], recipient["password"], name="Noor")
    tess.listener = noor.listener = _tell
    try:
        dossier = await _register(tess)
        grant = await _share(tess, noor, recipient["email"], dossier)
        await _work_together(tess, noor, dossier)
        middle = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        await _lower(tess, noor, grant, dossier)
        await _withdraw(tess, noor, grant, dossier)
        await _look_back(tess, dossier, middle)
    finally:
        await tess.close()
        await noor.close()


async def _register(tess: Caller) -> str:
    _say(
        "Tess Bakker works for Kracht, which has six client groups. She registers a client; the dossier is born with it."
    )
    groups = (await tess.get("/dossier/v1/client-groups"))["items"]
    profile = {"givenName": "Marijn", "infix": "de", "familyName": "Groot", "birthDate": "1948-02-17"}
    client = await tess.post("/dossier/v1/clients", {"groupId": groups[0]["id"], "profile": profile})
    return str(client["dossierId"])


async def _share(tess: Caller, noor: Caller, email: str, dossier: str) -> str:
    _say("She finds Noor de Wit of Zorg 4 You by her exact e-mail address, and shares the dossier in one call.")
    found = await tess.post("/identity/v1/users/_find", {"email": email})
    grant = await tess.post(
        "/sharing/v1/grants",
        {
            "dossierId": dossier,
            "recipient": {"userId": found["userId"]},
            "levelId": LEVEL["edit"],
            "purpose": "Care at home together",
            "legalBasis": "consent",
        },
    )
    noor.seen(tess)
    _say("Noor sees one new group beside her own twelve, with this client, where it came from and at which level.")
    groups = (await noor.get("/dossier/v1/client-groups"))["items"]
    received = next(group for group in groups if group["system"])
    rows = (await noor.get(f"/dossier/v1/clients?group={received['id']}"))["items"]
    for row in (row for row in rows if row["dossierId"] == dossier):
        print(f"      {received['name']}: {row['name']} · {row['organisation']} · {row['level']}")
    return str(grant["id"])


async def _work_together(tess: Caller, noor: Caller, dossier: str) -> None:
    _say("Noor works in every section that her level gives, and writes a day report.")
    await noor.patch(f"/dossier/v1/dossiers/{dossier}/profile", {"phone": "06 1234 5678"})
    await noor.post(f"/dossier/v1/dossiers/{dossier}/goals", {"title": "Walk to the shop again"})
    await noor.post(f"/dossier/v1/dossiers/{dossier}/reports", {"text": "Good morning. Slept well, ate well."})
    _say("Medical entries stand in no ordinary level. The refusal says why, as data.")
    await noor.ask("GET", f"/dossier/v1/dossiers/{dossier}/medical")


async def _lower(tess: Caller, noor: Caller, grant: str, dossier: str) -> None:
    _say("Tess lowers the level to view. It counts from the next request on.")
    await tess.patch(f"/sharing/v1/grants/{grant}", {"levelId": LEVEL["view"]})
    await noor.ask("POST", f"/dossier/v1/dossiers/{dossier}/reports", {"text": "One more thing."})


async def _withdraw(tess: Caller, noor: Caller, grant: str, dossier: str) -> None:
    _say(
        "Tess withdraws. Once that is answered, the dossier is not there for Noor, in any service, whatever she sends along."
    )
    await tess.delete(f"/sharing/v1/grants/{grant}")
    noor.position = None
    await noor.ask("GET", f"/dossier/v1/dossiers/{dossier}")
    groups = (await noor.get("/dossier/v1/client-groups"))["items"]
    own = [group for group in groups if not group["system"]]
    print(f"      Noor's own groups: {len(own)}. What she wrote stays under her name.")


async def _look_back(tess: Caller, dossier: str, middle: str) -> None:
    _say("Who has access now, and who had it in the middle of the story, each with the reason.")
    for moment in ("", f"?at={middle}"):
        for person in (await tess.get(f"/dossier/v1/dossiers/{dossier}/access{moment}"))["items"]:
            rules = ", ".join(sorted({reason["rule"] for reason in person["why"]}))
            print(f"      {person['name']} ({person['organisation']}): {rules}")
    _say("The access log shows all of it, refusals too, and its chain holds.")
    for line in await _log(tess, dossier):
        what = f"{line['action']:<22} {line['outcome']:<8} {_rules(line)}"
        print(f"      {line['at'][11:19]}  {line['person']['name']:<12} {what}".rstrip())
    held = await tess.post("/dossier/v1/access-log/_verify")
    print(f"      {held['lines']} lines in the chain, intact: {'yes' if held['intact'] else 'NO'}\n")


async def _log(tess: Caller, dossier: str) -> list[dict[str, Any]]:
    """Oldest first. Lines of the sharing service arrive a moment later than those of the dossier itself."""
    path = f"/dossier/v1/dossiers/{dossier}/access-log?limit=100"
    for _ in range(50):
        lines = (await tess.http.get(path)).json()["items"]
        if any(line["action"] == "grant.withdraw" for line in lines):
            break
        await asyncio.sleep(0.1)
    lines = (await tess.get(path))["items"]
    return [line for line in reversed(lines) if line["action"] != "access_log.read"]


def _say(sentence: str) -> None:
    print("\n" + textwrap.fill(sentence, 100))


def _tell(name: str, answer: httpx.Response) -> None:
    request = answer.request
    print(
        f"   {name:<5} {request.method:<6} {request.url.raw_path.decode()}  →  {answer.status_code} {_gist(answer)}".rstrip()
    )


def _gist(answer: httpx.Response) -> str:
    if answer.is_success:
        return ""
    problem: dict[str, Any] = answer.json()
    return f"{problem['detail']}" + (f" ({_rules(problem)})" if problem.get("reasons") else "")


def _rules(told: dict[str, Any]) -> str:
    return ", ".join(str(reason["rule"]) for reason in told["reasons"])
