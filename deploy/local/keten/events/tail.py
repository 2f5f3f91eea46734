"""`keten events tail`: events as they come, a line each."""

import argparse
import difflib
import re
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from uuid import UUID

from chassis.clock import utc_now
from chassis.log import Standing, topic_of
from contracts.events import event_types
from contracts.services import SERVICES, private_topic, topic
from keten.events.lines import as_json, line, say
from keten.events.masking import Shown, short, shown
from keten.events.reach import Reach
from keten.events.unmasking import ask_unmask, note, unmasking

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

Begin = str | datetime


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--service", action="append", choices=SERVICES, help="stated by this one; may be repeated")
    parser.add_argument("--type", action="append", type=_type, help="such as grant-given; may be repeated")
    parser.add_argument("--key", type=UUID, help="a dossier's id, or that of a user, an account, a group, a level")
    parser.add_argument(
        "--from",
        dest="begin",
        type=_begin,
        default="end",
        metavar="WHEN",
        help="start, end (the default: the last ones), how long ago (15m, 2h, 3d) or a moment (2026-11-27T09:00:00Z)",
    )
    parser.add_argument(
        "-n", type=_positive, dest="number", help="so many: the last from the end (10), else the first (all)"
    )
    parser.add_argument("-f", "--follow", action="store_true", help="go on as events come")
    parser.add_argument("--json", action="store_true", help="a JSON object a line, with the data of facts")
    ask_unmask(parser)


async def run(reach: Reach, given: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    operator, left = unmasking(given, parser), given.number
    async for standing in _asked(reach, given):
        events = [(one, shown(one.record, unmask=given.unmask)) for one in standing[:left]]
        if operator is not None:
            by_service: dict[str, list[Shown]] = {}
            for one, seen in events:
                by_service.setdefault(_service_of(one), []).append(seen)
            await note(reach, operator, by_service)
        say(*(_said(one, seen, json=given.json) for one, seen in events))
        left = None if left is None else left - len(events)
        if left == 0:
            break
    return 0


async def _asked(reach: Reach, given: argparse.Namespace) -> AsyncIterator[Sequence[Standing]]:
    """What was asked for, in the order of time as far as it comes at once."""
    topics = [name(service) for service in given.service or SERVICES for name in (topic, private_topic)]
    wanted = frozenset[str]().union(*(given.type or ()))
    begin: Begin = given.begin
    if begin == "end":
        number, given.number = given.number or 10, None
        async for standing in _from_end(reach, topics, given, wanted, number):
            yield standing
        return
    since = begin if isinstance(begin, datetime) else None
    async with aclosing(reach.log.look(topics, key=given.key, since=since, follow=given.follow)) as looking:
        async for standing in looking:
            yield _in_time(one for one in standing if _is_wanted(one, wanted))


async def _from_end(
    reach: Reach, topics: Sequence[str], given: argparse.Namespace, wanted: frozenset[str], number: int
) -> AsyncIterator[Sequence[Standing]]:
    """The last so many, and then what comes. Whoever asks for some only has all of it looked through for them."""
    is_some = bool(wanted or given.key)
    ends = await reach.log.ends(topics)
    last: list[Standing] = []
    async with aclosing(reach.log.look(topics, key=given.key, last=None if is_some else number)) as looking:
        async for standing in looking:
            last = _in_time([*last, *(one for one in standing if _is_wanted(one, wanted))])[-number:]
    yield last
    if given.follow:
        told = {one.record.id for one in last}
        # From before the ends that were looked at: what came meanwhile stands between.
        async with aclosing(reach.log.look(topics, key=given.key, since=utc_now() - _OVERLAP, follow=True)) as looking:
            async for standing in looking:
                news = [one for one in standing if one.end > ends.get(one.stream, 0) and one.record.id not in told]
                yield _in_time(one for one in news if _is_wanted(one, wanted))


# Longer than looking at the last takes, clocks included.
_OVERLAP = timedelta(minutes=15)


def _said(one: Standing, seen: Shown, *, json: bool) -> str:
    return as_json(seen, stream=one.stream, offset=one.offset) if json else line(seen)


def _service_of(one: Standing) -> str:
    return topic_of(one.stream).split(".")[1]


def _is_wanted(one: Standing, wanted: frozenset[str]) -> bool:
    return not wanted or one.record.type in wanted


def _in_time(standing: Iterable[Standing]) -> list[Standing]:
    # Ids sort by the time of their making; the order within a stream is that of the log.
    return sorted(standing, key=lambda one: one.record.id.int >> 80)


def _type(given: str) -> frozenset[str]:
    """The whole names of the types that were named in part."""
    found = {
        kind for kind in event_types() if given in (kind, short(kind), short(kind).rpartition(".")[0], _noun(kind))
    }
    if not found:
        names = sorted({_noun(kind) for kind in event_types()})
        near = difflib.get_close_matches(given, names, n=3, cutoff=0.5) or names
        raise argparse.ArgumentTypeError(f"is no type of event. There are: {', '.join(near)}")
    return frozenset(found)


def _noun(kind: str) -> str:
    return kind.split(".")[3]


def _begin(given: str) -> Begin:
    if given in ("start", "end"):
        return given
    if ago := re.fullmatch(r"(\d{1,6})([smhd])", given):
        return utc_now() - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        told = datetime.fromisoformat(given)
    except ValueError:
        raise argparse.ArgumentTypeError("is start, end, how long ago (15m, 2h, 3d), or a moment") from None
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def _positive(given: str) -> int:
    if not given.isdecimal() or int(given) < 1:
        raise argparse.ArgumentTypeError("is a number from 1 on")
    return int(given)
