"""Showing what is masked: direct access to what people entrusted to the platform (NEN 7513). Each event is a line of the
access log of its dossier before a letter of it is shown."""

import argparse
from collections.abc import Mapping, Sequence

from chassis import operators as deeds
from chassis.clock import utc_now
from chassis.operators import Deed, Operator
from contracts.operators import OperatorAction
from keten import operators
from keten.events.masking import Shown
from keten.events.reach import Reach


def ask_unmask(parser: argparse.ArgumentParser) -> None:
    """Add `--unmask` and what it asks for."""
    parser.add_argument(
        "--unmask",
        action="store_true",
        help="show the values that are masked; asks for --reason, and each event shown is a line of the access log",
    )
    operators.ask_why(parser, required=False)


def unmasking(given: argparse.Namespace, parser: argparse.ArgumentParser) -> Operator | None:
    """Who unmasks, and why; None when nothing is to be unmasked. Ends the program when no reason is given."""
    if given.unmask and given.reason is None:
        parser.error("--unmask asks for a --reason: " + ", ".join(operators.CODES))
    return operators.operator(given) if given.unmask else None


async def note(reach: Reach, operator: Operator, seen: Mapping[str, Sequence[Shown]]) -> None:
    """Write that these are shown, each in the access log of the service from which it came."""
    for service, events in seen.items():
        told = [
            Deed(OperatorAction.EVENTS_UNMASK, one.dossier, {"event": str(one.id), "type": one.type})
            for one in events
            if one.is_masked
        ]
        if told:
            async with reach.sessions(service) as made, made() as session, session.begin():
                await deeds.write(session, operator, told, at=utc_now())
