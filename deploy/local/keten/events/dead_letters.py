"""`keten events dead-letters`: what a service could not handle: see it, handle it again, or let it go."""

import argparse
import sys
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chassis import operators as deeds
from chassis.clock import utc_now
from chassis.consumer import reason_of, replay
from chassis.database import is_outage, on_schema
from chassis.dead_letters import drop, parked
from chassis.log import Record
from chassis.operators import Deed
from contracts.events import event_types
from contracts.operators import OperatorAction, OperatorReason
from contracts.services import SERVICES
from keten import operators
from keten.events.lines import in_full, moment, say, table
from keten.events.masking import Shown, shown
from keten.events.reach import Reach, handlers_of
from keten.events.unmasking import ask_unmask, note, unmasking
from keten.place import Refusal


def add_list(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--service", choices=SERVICES, help="of this one alone")


def add_show(parser: argparse.ArgumentParser) -> None:
    _add_key(parser)
    ask_unmask(parser)


def add_replay(parser: argparse.ArgumentParser) -> None:
    _add_key(parser)
    operators.ask_why(parser, default=OperatorReason.FAULT)


def add_drop(parser: argparse.ArgumentParser) -> None:
    _add_key(parser)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("event", type=UUID, nargs="?", help="the event's id")
    which.add_argument("--all", action="store_true", help="every parked event of the key")
    parser.add_argument("--yes", action="store_true", help="without being asked")
    operators.ask_why(parser)


async def run_list(reach: Reach, given: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    rows: list[Sequence[object]] = []
    for service in [given.service] if given.service else SERVICES:
        async with reach.sessions(service) as made, made() as session:
            held = await parked(session)
        for key in dict.fromkeys(one.key for one in held):
            of_key = [one for one in held if one.key == key]
            first = of_key[0]
            rows.append((service, key, len(of_key), moment(first.parked_at), _shown(first).type, first.reason))
    if not rows:
        say("Nothing is parked.")
        return 0
    say(*table(("service", "key", "events", "since", "the first of them", "why"), rows, right=(2,)))
    return 0


async def run_show(reach: Reach, given: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    operator = unmasking(given, parser)
    async with reach.sessions(given.service) as made, made() as session:
        held = await parked(session, given.key)
    if not held:
        say(_NOTHING)
        return 1
    seen = [_shown(one, unmask=given.unmask) for one in held]
    if operator is not None:
        await note(reach, operator, {given.service: seen})
    for number, (row, one) in enumerate(zip(held, seen, strict=True), start=1):
        say(f"{number} of {len(held)}, parked {moment(row.parked_at)}: {row.reason}", *in_full(one), "")
    say(f"{given.service} answers 503 to whatever leans on this key. When the cause is mended: ")
    say(f"  keten events dead-letters replay {given.service} {given.key}")
    return 0


async def run_replay(reach: Reach, given: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    async with reach.sessions(given.service) as made:
        async with made() as session:
            held = await parked(session, given.key)
        if not held:
            say(_NOTHING)
            return 0
        deed = Deed(
            OperatorAction.EVENTS_REPLAY, _shown(held[0]).dossier, {"key": str(given.key), "service": given.service}
        )
        try:
            async with on_schema(made, "projection") as session:
                await deeds.write(session, operators.operator(given), [deed], at=utc_now())
                events = await replay(session, handlers_of(given.service), given.key)
        except Exception as fault:
            if is_outage(fault):
                raise
            say(f"They still cannot be handled ({reason_of(fault)}). Nothing was changed: all {len(held)} stay parked.")
            return 1
    say(f"{_events(events)} of this key {'was' if events == 1 else 'were'} handled; {given.service} answers again.")
    return 0


async def run_drop(reach: Reach, given: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    async with reach.sessions(given.service) as made:
        async with made() as session:
            held = await parked(session, given.key)
        chosen = [one for one in held if given.all or one.event_id == given.event]
        if not chosen:
            say(_NOTHING if not held else "This event is not among those parked for the key.")
            return 1
        seen = [_shown(one) for one in chosen]
        say(
            f"{given.service} will never know:",
            *(f"  {_untold(row.type)} ({one.type}, {one.id})" for row, one in zip(chosen, seen, strict=True)),
        )
        say(*_warnings(chosen))
        _confirm(given)
        async with on_schema(made, "projection") as session:
            told = [
                Deed(OperatorAction.EVENTS_DROP, one.dossier, {"event": str(one.id), "type": one.type}) for one in seen
            ]
            await deeds.write(session, operators.operator(given), told, at=utc_now())
            await drop(session, given.key, [one.event_id for one in chosen])
    say(*_afterwards(given, len(chosen), len(held) - len(chosen)))
    return 0


_NOTHING = "Nothing is parked for this key."


def _add_key(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("service", choices=SERVICES)
    parser.add_argument("key", type=UUID, help="as the list shows it")


def _shown(row: Any, *, unmask: bool = False) -> Shown:
    return shown(Record(row.topic, row.key, row.event_id, row.type, row.body), unmask=unmask)


def _untold(kind: str) -> str:
    event = event_types().get(kind)
    return (event.__doc__ or "").partition("\n")[0] if event else "something that no service here knows"


def _warnings(chosen: Sequence[Any]) -> Sequence[str]:
    if any((event := event_types().get(row.type)) is not None and event.enforced_by for row in chosen):
        return [
            "This decides who reaches what. If it took access away, the service goes on giving it; if it gave access, it is",
            "not given. Mending the cause and replaying is better wherever it is possible.",
        ]
    return []


def _confirm(given: argparse.Namespace) -> None:
    """Raises `Refusal` when the answer is not yes, or there is nobody to ask."""
    if given.yes:
        return
    if not sys.stdin.isatty():
        raise Refusal("Dropping cannot be taken back. Say --yes where nobody can be asked.")
    if input("It cannot be taken back. Type drop to go on: ").strip() != "drop":
        raise Refusal("Nothing was dropped.")


def _afterwards(given: argparse.Namespace, dropped: int, left: int) -> Sequence[str]:
    if not left:
        return [
            f"{_events(dropped)} dropped; nothing of this key is parked any more, and {given.service} answers again."
        ]
    return [
        f"{_events(dropped)} dropped; {_events(left)} of this key can be handled now:",
        f"  keten events dead-letters replay {given.service} {given.key}",
    ]


def _events(number: int) -> str:
    return "1 event" if number == 1 else f"{number} events"
