"""Positions (BEY-16): a signed list of what a write stated; whoever shows it never reads an older state elsewhere."""

import asyncio
import base64
import binascii
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from chassis.database import Sessions
from chassis.keyrings import Keyring
from chassis.problems import Invalid
from chassis.staging import Staged

# More than this is bulk work, which answers with a job to watch instead.
MOST_EVENTS = 16

# Much less than the inbox is kept, or an event that arrived long ago would be waited for in vain.
LIFE = timedelta(minutes=10)

# A person's screen may carry the positions of its last few writes.
MOST_TOKENS = 8

_ARRIVED = text("select count(*) from inbox where event_id = any(cast(:ids as uuid[]))")


class PositionInvalid(Invalid):
    """The Keten-Position sent along is not one of ours, or older than ten minutes. Leave it out."""

    nl = "De meegestuurde Keten-Position is niet van ons, of ouder dan tien minuten. Laat hem weg."


class TooMuchForOnePosition(Exception):
    """One request stated more events than a position may name; such work belongs in a job."""


@dataclass(frozen=True)
class Position:
    """Types and ids of the events of one write."""

    events: tuple[tuple[str, UUID], ...]

    def only(self, types: Collection[str]) -> tuple[UUID, ...]:
        """The events that somebody who hears these types must have."""
        return tuple(event_id for kind, event_id in self.events if kind in types)


def issue(ring: Keyring, staged: Sequence[Staged], *, now: datetime) -> str:
    """The token for what was staged. Raises `TooMuchForOnePosition`."""
    if len(staged) > MOST_EVENTS:
        raise TooMuchForOnePosition
    said = {"e": [[one.event.type, one.id.hex] for one in staged], "x": int((now + LIFE).timestamp())}
    payload = base64.urlsafe_b64encode(json.dumps(said, separators=(",", ":")).encode()).rstrip(b"=").decode()
    return f"{payload}.{ring.sign(payload.encode())}"


def read(ring: Keyring, header: str, *, now: datetime) -> Position:
    """What one or more tokens (comma-separated) name together. Raises `PositionInvalid`."""
    tokens = [token.strip() for token in header.split(",")]
    if len(tokens) > MOST_TOKENS:
        raise PositionInvalid
    return Position(tuple(event for token in tokens for event in _events(ring, token, now)))


async def arrived(made: Sessions, events: Collection[UUID], *, patience: float) -> bool:
    """Whether the inbox holds all of these, waiting up to `patience` seconds."""
    loop, wanted = asyncio.get_running_loop(), sorted(set(events))
    end, pause = loop.time() + patience, 0.005
    while True:
        async with made() as session:
            found = await session.scalar(_ARRIVED, {"ids": wanted})
        if found == len(wanted):
            return True
        if loop.time() + pause > end:
            return False
        await asyncio.sleep(pause)
        pause = min(pause * 2, 0.05)


def _events(ring: Keyring, token: str, now: datetime) -> list[tuple[str, UUID]]:
    payload, _, signature = token.partition(".")
    if not ring.verifies(payload.encode(), signature):
        raise PositionInvalid
    try:
        said = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        if said["x"] < now.timestamp():
            raise PositionInvalid
        return [(kind, UUID(event_id)) for kind, event_id in said["e"]]
    except (binascii.Error, ValueError, KeyError, TypeError):
        raise PositionInvalid from None
