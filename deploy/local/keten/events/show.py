"""`keten events show`: one event in full, or what was said of one key, and what every service made of it."""

import argparse
from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from contracts.services import SERVICES
from keten.events.lines import in_full, line, pairs, say
from keten.events.masking import Shown, shown
from keten.events.reach import Reach
from keten.events.standing import Found, find, states
from keten.events.unmasking import ask_unmask, note, unmasking


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "id", type=UUID, help="an event's id; or a key: a dossier, a user, an account, a group, a level"
    )
    ask_unmask(parser)


async def run(reach: Reach, given: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    operator = unmasking(given, parser)
    found = await find(reach, given.id)
    if not found:
        say(
            "Neither an event nor a key has this id: it is not on the log and in no outbox. What is private is kept in its"
        )
        say("latest version only: the key shows what there is.")
        return 1
    seen = [shown(one.record, unmask=given.unmask) for one in found]
    if operator is not None:
        await note(reach, operator, _by_service(found, seen))
    if len(found) == 1:
        await _show_one(reach, found[0], seen[0])
    else:
        await _show_history(reach, found, seen)
    return 0


async def _show_one(reach: Reach, found: Found, seen: Shown) -> None:
    say(*in_full(seen), f"stands {found.where}")
    told = {service: (await states(reach, service, [found]))[found.record.id] for service in SERVICES}
    say(*pairs(told, indent="  "))


async def _show_history(reach: Reach, found: Sequence[Found], seen: Sequence[Shown]) -> None:
    say(*(line(one, of_key=True) for one in seen))
    told = {}
    for service in SERVICES:
        # The moment and the reason of each are told with the event; here it is how many.
        counted = Counter(_in_short(state) for state in (await states(reach, service, found)).values())
        told[service] = ", ".join(f"{number} {state}" for state, number in counted.items())
    say(
        "",
        f"{len(found)} events of key {seen[0].key}. One of them in full: keten events show, with the id in its line.",
    )
    say(*pairs(told, indent="  "))


def _in_short(state: str) -> str:
    for short in ("handled", "parked", "dropped"):
        if state.startswith(short):
            return short
    return "stated" if state == "stated it" else "not for it" if state.startswith("does not") else state


def _by_service(found: Sequence[Found], seen: Sequence[Shown]) -> dict[str, list[Shown]]:
    grouped: dict[str, list[Shown]] = {}
    for one, told in zip(found, seen, strict=True):
        grouped.setdefault(one.record.topic.split(".")[1], []).append(told)
    return grouped
