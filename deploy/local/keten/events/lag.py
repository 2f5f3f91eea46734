"""`keten events lag`: how far each service has read, how fresh it is, and what waits or is parked."""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from chassis.consumer import Consumer
from chassis.database import Sessions
from chassis.log import topic_of
from contracts.services import SERVICES
from keten.events.lines import age, say, table
from keten.events.reach import Reach, handlers_of


@dataclass(frozen=True)
class Reading:
    """One service's reading of one topic. `behind` counts places, of which some may hold nothing any more; `head` is how
    long ago it was known that nothing was missing."""

    service: str
    topic: str
    end: int
    read: int
    behind: int
    head: timedelta | None
    stale: bool


@dataclass(frozen=True)
class Keeping:
    """What one service holds back: events not yet on the log, and those it cannot handle."""

    service: str
    outbox: int
    oldest: timedelta | None
    stuck: bool
    parked_keys: int
    parked_events: int
    parked_since: timedelta | None


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="for programs: one object, ages in seconds")


async def run(reach: Reach, given: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Exit code 1 when a reading is stale, an outbox stands still, or something is parked."""
    readings: list[Reading] = []
    keepings: list[Keeping] = []
    for service in SERVICES:
        async with reach.sessions(service) as made:
            readings += await _readings(reach, service, made)
            keepings.append(await _keeping(reach, service, made))
    if given.json:
        rows = {"readings": [asdict(one) for one in readings], "services": [asdict(one) for one in keepings]}
        say(json.dumps(rows, default=lambda passed: round(passed.total_seconds(), 1)))
    else:
        _say(readings, keepings, reach.settings.staleness)
    return int(any(one.stale for one in readings) or any(one.stuck or one.parked_keys for one in keepings))


async def _readings(reach: Reach, service: str, made: Sessions) -> Sequence[Reading]:
    topics = Consumer(service, made, reach.log, handlers_of(service)).topics(own=False)
    if not topics:
        return []
    ends, read = await reach.log.ends(topics), await reach.log.read_to(service, topics)
    heads = await _heads(made)
    limit = timedelta(seconds=reach.settings.staleness)
    found = []
    for topic in topics:
        streams = [stream for stream in ends if topic_of(stream) == topic]
        end = sum(ends[stream] for stream in streams)
        behind = sum(max(0, ends[stream] - read.get(stream, 0)) for stream in streams)
        head = heads.get(topic)
        found.append(Reading(service, topic, end, end - behind, behind, head, stale=head is None or head > limit))
    return found


async def _heads(made: Sessions) -> Mapping[str, timedelta]:
    """The age of the oldest head of each topic; none for one that was never heard of."""
    async with made() as session:
        rows = (
            await session.execute(text("select topic, now() - at as age, at = 'epoch' as never from freshness"))
        ).all()
    never = {topic_of(row.topic) for row in rows if row.never}
    oldest: dict[str, timedelta] = {}
    for row in rows:
        topic = topic_of(row.topic)
        oldest[topic] = max(oldest.get(topic, row.age), row.age)
    return {topic: passed for topic, passed in oldest.items() if topic not in never}


async def _keeping(reach: Reach, service: str, made: Sessions) -> Keeping:
    async with made() as session:
        row = (await session.execute(_KEPT)).one()
    # An event has no time of its own in the outbox; its id tells when it was made.
    stated = datetime.fromtimestamp((row.first.int >> 80) / 1000, UTC) if row.first else None
    oldest = row.now - stated if stated else None
    stuck = oldest is not None and oldest > timedelta(seconds=reach.settings.staleness)
    return Keeping(service, row.outbox, oldest, stuck, row.keys, row.events, row.since)


_KEPT = text("""
select now() as now, (select count(*) from public.outbox) as outbox,
    (select id from public.outbox order by seq limit 1) as first,
    (select count(distinct key) from dead_letter) as keys, (select count(*) from dead_letter) as events,
    (select now() - min(parked_at) from dead_letter) as since
""")


def _say(readings: Sequence[Reading], keepings: Sequence[Keeping], staleness: float) -> None:
    heads = ("service", "reads", "end", "read to", "behind", "head", "")
    rows = [
        (one.service, one.topic, one.end, one.read, one.behind, age(one.head), "stale" if one.stale else "")
        for one in readings
    ]
    say(*table(heads, rows, right=(2, 3, 4)), "")
    heads = ("service", "outbox", "oldest", "parked keys", "events", "since", "")
    waits = [
        (
            one.service,
            one.outbox,
            age(one.oldest),
            one.parked_keys,
            one.parked_events,
            age(one.parked_since),
            " ".join(word for word, is_so in (("stands still", one.stuck), ("parked", one.parked_keys)) if is_so),
        )
        for one in keepings
    ]
    say(*table(heads, waits, right=(1, 3, 4)))
    if any(one.stale for one in readings):
        say("", f"stale: no word from the log for {staleness:.0f} seconds; received access answers 503 there.")
    if any(one.stuck for one in keepings):
        say(
            "",
            "stands still: what that service states does not come onto the log. Its logs say why: relay_interrupted.",
        )
    if any(one.parked_keys for one in keepings):
        say("", "parked: decisions that lean on such a key answer 503. keten events dead-letters list")
