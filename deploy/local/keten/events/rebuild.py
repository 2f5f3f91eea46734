"""`keten events rebuild`: a service's projections, built anew from the whole log beside the live ones, and swapped in."""

import argparse
import sys
import time

from chassis import operators as deeds
from chassis.clock import utc_now
from chassis.operators import Deed
from chassis.rebuild import rebuild
from contracts.operators import OperatorAction, OperatorReason
from contracts.services import SERVICES
from keten import operators
from keten.events.lines import say
from keten.events.reach import Reach, handlers_of
from keten.place import Refusal

# Between two lines of progress where they do not replace one another (seconds).
_SOMETIMES, _OFTEN = 5.0, 0.2


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("service", choices=SERVICES)
    operators.ask_why(parser, default=OperatorReason.FAULT)


async def run(reach: Reach, given: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    handlers = handlers_of(given.service)
    if not handlers:
        raise Refusal(f"{given.service} listens to nobody, so there is nothing to build anew.")
    async with reach.sessions(given.service) as made:
        async with made() as session, session.begin():
            deed = Deed(OperatorAction.EVENTS_REBUILD, None, {"service": given.service})
            await deeds.write(session, operators.operator(given), [deed], at=utc_now())
        telling = _Telling()
        try:
            events = await rebuild(reach.databases, given.service, made, reach.log, handlers, progress=telling)
        finally:
            telling.end()
    say(f"The projections of {given.service} were built anew from {events} events.")
    return 0


class _Telling:
    """How far it has come, to standard error: in one line that changes where somebody looks, else a line now and then."""

    def __init__(self) -> None:
        self._is_watched, self._at, self._said = sys.stderr.isatty(), float("-inf"), False

    def __call__(self, read: int, of: int) -> None:
        now = time.monotonic()
        if now - self._at < (_OFTEN if self._is_watched else _SOMETIMES):
            return
        self._at, self._said = now, True
        part = f" ({100 * read // of} %)" if of else ""
        told = f"{read} of {of} events read{part}"
        sys.stderr.write(f"\r{told}\033[K" if self._is_watched else f"{told}\n")
        sys.stderr.flush()

    def end(self) -> None:
        if self._said and self._is_watched:
            sys.stderr.write("\n")
