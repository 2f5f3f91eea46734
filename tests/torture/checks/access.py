"""What the platform answers to whom, against the resolution rule: a dossier opens to a person if and only if the rule gives
him a right, with those rights; and his lists hold what opens to him one by one."""

import asyncio
from collections.abc import Sequence
from itertools import product
from random import Random
from typing import Any, Final

import httpx

from tests.torture.kinds.reading import LISTS, dossier_read
from tests.torture.model import ACTIVE, Dossier, Model, User
from tests.torture.person import Person, problem
from tests.torture.rules import is_open, own_rights, rights
from tests.torture.stage import Stage
from tests.torture.story import Difference, Line, Request, Step

_AT_ONCE: Final = 6


async def check_access(stage: Stage, *, pairs: int) -> list[Difference]:
    """So many pairs of a person and a dossier; and all lists of everybody."""
    model, found = stage.cast.model, list[Difference]()
    acting = [user for user in model.people() if user.status == ACTIVE]
    there = [model.dossiers[name] for name in sorted(model.dossiers)]
    every = list(product(acting, there))
    chosen = Random(len(every)).sample(every, min(pairs, len(every)))
    room = asyncio.Semaphore(_AT_ONCE)

    async def looked_at(user: User, dossier: Dossier) -> None:
        async with room:
            found.extend(await _opens(stage, user, dossier))

    async def listed(user: User) -> None:
        async with room:
            found.extend(await _lists(stage, user))

    await asyncio.gather(*(looked_at(*pair) for pair in chosen), *(listed(user) for user in acting))
    return found


async def _opens(stage: Stage, user: User, dossier: Dossier) -> list[Difference]:
    model, person = stage.cast.model, await _signed_in(stage, user)
    request = dossier_read(model, Step("end", "open dossier", user.name, {"dossier": dossier.name}))
    answer = await person.ask(request, "end", ())
    if problem(answer) != request.expected:
        told = problem(answer) or "opened"
        return [
            Difference("access", dossier.name, f"is {told} to {user.name} and must be {request.expected or 'open'}")
        ]
    if request.expected is not None:
        return []
    held = {f"{section}:{verb}" for section, verbs in answer.json()["rights"].items() for verb in verbs}
    expected = rights(model, user, dossier)
    wrong = f"gives {user.name} {sorted(held)} and must give {sorted(expected)}"
    return [Difference("access", dossier.name, wrong)] if held != expected else []


async def _lists(stage: Stage, user: User) -> list[Difference]:
    model, person = stage.cast.model, await _signed_in(stage, user)
    mine = [one for one in model.dossiers.values() if rights(model, user, one)]
    clients = {row["dossierId"]: row["received"] for row in await _whole(person, "clients")}
    found = _compared(model, user, "clients", set(clients), {one.id for one in mine})
    received = {one.id for one in mine if not _is_own(model, user, one)}
    found += _compared(model, user, "received clients", {id for id in clients if clients[id]}, received)
    groups = {row["id"]: row["clients"] for row in await _whole(person, "client groups") if not row["system"]}
    found += _compared(model, user, "client groups", set(groups.items()), _groups(model, user, mine))
    grants = {row["id"] for row in await _whole(person, "grants received")}
    open_to_him = {g.id for g in model.grants.values() if g.recipient == user.name and is_open(g)}
    return found + _compared(model, user, "grants", grants, open_to_him)


def _is_own(model: Model, user: User, dossier: Dossier) -> bool:
    counting = rights(model, user, dossier)
    return bool(own_rights(model, user, dossier.account, dossier.group) & counting)


def _groups(model: Model, user: User, mine: Sequence[Dossier]) -> set[tuple[str, int]]:
    """Those that he sees, with how many of the dossiers in each he reaches through his own account."""
    own = [one for one in mine if one.account == user.account and _is_own(model, user, one)]
    return {
        (group.id, sum(one.group == group.name for one in own))
        for group in model.groups.values()
        if group.status == "open" and own_rights(model, user, group.account, group.name)
    }


async def _whole(person: Person, name: str) -> list[dict[str, Any]]:
    """Every page of a list."""
    path, actions = LISTS[name]
    rows, cursor = list[dict[str, Any]](), ""
    while True:
        request = Request("GET", path + cursor, lines=tuple(Line(action, None) for action in actions))
        answer = await person.ask(request, "end", ())
        if answer.status_code != httpx.codes.OK:
            return rows
        rows += answer.json()["items"]
        if answer.json()["next"] is None:
            return rows
        cursor = f"&cursor={answer.json()['next']}"


def _compared(model: Model, user: User, what: str, found: set[Any], expected: set[Any]) -> list[Difference]:
    return [
        Difference("lists", model.name_of(one[0] if isinstance(one, tuple) else one), text)
        for one, text in (
            *((one, f"stands among the {what} of {user.name} and must not: {one}") for one in found - expected),
            *((one, f"is missing among the {what} of {user.name}: {one}") for one in expected - found),
        )
    ]


async def _signed_in(stage: Stage, user: User) -> Person:
    person = stage.cast.people[user.name]
    if person.tokens is None:
        await person.sign_in()
    return person
