"""Two demo organisations on a new platform, made as anybody would make them: over HTTP, and by the links that are mailed.
Writes who can be signed in as."""

import asyncio
import json
import secrets as random
import sys
from collections.abc import Sequence
from typing import Any

import httpx

from chassis.passwords import write_secret
from keten.caller import Caller, Refused
from keten.joining import NotJoined, open_account
from keten.mailbox import Mailbox, MailMissing
from keten.place import Place, Refusal, this_place
from keten.portraits import portrait
from keten.running import mail_page
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
        asyncio.run(seed(place.url, _mailbox(place), people))
    except (Refusal, Refused, SignInRefused, NotJoined, MailMissing, httpx.HTTPError) as fault:
        print(f"keten: {str(fault) or type(fault).__name__}", file=sys.stderr)
        return 1
    opened = [f"{place.url}/docs", f"{place.url}/docs/events"]
    write_secret(place.demo, json.dumps({"people": people, "open": opened}, indent=1))
    begun.unlink()
    return 0


async def seed(url: str, mailbox: Mailbox, people: Sequence[dict[str, str]]) -> None:
    """Sign both organisations up, each with its owner, and fill them."""
    for organisation, person in zip((KRACHT, ZORG_4_YOU), people, strict=True):
        owner = await _owner(url, mailbox, person)
        await _fill(owner, organisation)
        await _portray(owner)
        await owner.close()


def _person(organisation: dict[str, Any]) -> dict[str, str]:
    name, email = organisation["owner"]
    password = "-".join(random.token_hex(3) for _ in range(3))
    return {"name": name, "email": email, "password": password, "organisation": organisation["name"]}


async def _owner(url: str, mailbox: Mailbox, person: dict[str, str]) -> Caller:
    """Whoever was signed up by an earlier run signs in; an answer to a sign-up would not tell that he is known."""
    email, password = person["email"], person["password"]
    try:
        return await Caller.signed_in(url, email, password)
    except SignInRefused:
        names = {"organisation": person["organisation"], "name": person["name"]}
        position = await open_account(url, mailbox, email=email, password=password, **names)
        owner = await Caller.signed_in(url, email, password)
        owner.position = position
        return owner


def _mailbox(place: Place) -> Mailbox:
    """Where the links arrive."""
    page = mail_page(place)
    if page is None:
        raise Refusal("Nothing shows the mail of this platform. Start it first: make up")
    return Mailbox(page)


async def _fill(owner: Caller, organisation: dict[str, Any]) -> None:
    groups = {group["name"]: group["id"] for group in (await owner.get("/dossier/v1/client-groups"))["items"]}
    for name in organisation["groups"]:
        if name not in groups:
            groups[name] = (await owner.post("/dossier/v1/client-groups", {"name": name}))["id"]
    if organisation is KRACHT and not (await owner.get("/dossier/v1/clients"))["items"]:
        for group, profile in CLIENTS:
            await owner.post("/dossier/v1/clients", {"groupId": groups[group], "profile": profile})


async def _portray(owner: Caller) -> None:
    """Give somebody a face. It is made by long work, and shown as soon as that is done."""
    me = await owner.get("/identity/v1/users/me")
    if me["photo"] is None:
        await owner.put(f"/identity/v1/users/{me['id']}/photo", portrait(me["name"]))


if __name__ == "__main__":
    sys.exit(main())
