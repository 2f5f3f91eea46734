"""Two demo organisations on a new platform, made over HTTP as anybody would make them. Writes who can be signed in as."""

import asyncio
import json
import secrets as random
import sys
from collections.abc import Sequence
from typing import Any

import httpx

from chassis.passwords import write_secret
from contracts.services import SERVICES
from keten.caller import Caller, Refused
from keten.place import this_place
from keten.sign_in import SignInRefused

KRACHT = {
    "name": "Kracht",
    "owner": ("Tess Bakker", "tess@kracht.example"),
    "groups": ["Noord", "Oost", "Zuid", "West", "Centrum", "Nachtzorg"],
}
ZORG_4_YOU = {
    "name": "Zorg 4 You",
    "owner": ("Noor de Wit", "noor@zorg4you.example"),
    "groups": [f"Wijkteam {n}" for n in range(1, 13)],
}
CLIENTS = [
    ("Noord", {"givenName": "Eddy", "infix": "van den", "familyName": "Berg", "birthDate": "1951-04-12"}),
    ("Noord", {"givenName": "Fenna", "familyName": "Smit", "birthDate": "1987-09-30"}),
    ("Zuid", {"givenName": "Youssef", "infix": "el", "familyName": "Amrani", "birthDate": "1964-01-05"}),
]


def main(arguments: Sequence[str] = ()) -> int:
    """Make what is not there yet; can be repeated after a failure."""
    place = this_place()
    if place.demo.exists():
        print("The demo organisations are there already.")
        return 0
    begun = place.demo.with_suffix(".begun")
    if not begun.exists():
        write_secret(begun, json.dumps([_person(organisation) for organisation in (KRACHT, ZORG_4_YOU)]))
    people = json.loads(begun.read_text())
    try:
        asyncio.run(seed(place.url, people))
    except (Refused, SignInRefused, httpx.HTTPError) as fault:
        print(f"keten: {fault}", file=sys.stderr)
        return 1
    opened = [f"{place.url}/{service}/v1/openapi.json" for service in SERVICES]
    write_secret(place.demo, json.dumps({"people": people, "open": opened}, indent=1))
    begun.unlink()
    return 0


async def seed(url: str, people: Sequence[dict[str, str]]) -> None:
    """Sign both organisations up, each with its owner, and fill them."""
    for organisation, person in zip((KRACHT, ZORG_4_YOU), people, strict=True):
        position = await _open_account(url, person)
        owner = await Caller.signed_in(url, person["email"], person["password"])
        owner.position = position
        await _fill(owner, organisation)
        await owner.close()


def _person(organisation: dict[str, Any]) -> dict[str, str]:
    name, email = organisation["owner"]
    password = "-".join(random.token_hex(3) for _ in range(3))
    return {"name": name, "email": email, "password": password, "organisation": organisation["name"]}


async def _open_account(url: str, person: dict[str, str]) -> str | None:
    owner = {"name": person["name"], "email": person["email"], "password": person["password"]}
    async with httpx.AsyncClient(base_url=url, timeout=30) as anybody:
        answer = await anybody.post("/identity/v1/accounts", json={"name": person["organisation"], "owner": owner})
    if not answer.is_success and answer.json()["type"] != "/problems/email-in-use":
        raise Refused(answer)
    position: str | None = answer.headers.get("Keten-Position")
    return position


async def _fill(owner: Caller, organisation: dict[str, Any]) -> None:
    groups = {group["name"]: group["id"] for group in (await owner.get("/dossier/v1/client-groups"))["items"]}
    for name in organisation["groups"]:
        if name not in groups:
            groups[name] = (await owner.post("/dossier/v1/client-groups", {"name": name}))["id"]
    if organisation is KRACHT and not (await owner.get("/dossier/v1/clients"))["items"]:
        for group, profile in CLIENTS:
            await owner.post("/dossier/v1/clients", {"groupId": groups[group], "profile": profile})


if __name__ == "__main__":
    sys.exit(main())
