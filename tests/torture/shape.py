"""What the torture must reach on a platform of either shape: its databases, its event log, and what can be hurt there."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tests.e2e.people import Platform


@dataclass(frozen=True)
class Hurt:
    """Something that can be done to the platform. `services` are those whose next answered write shows that it is over."""

    name: str
    kind: str
    services: tuple[str, ...]
    weight: int


@dataclass(frozen=True)
class Logged:
    """A record as it stands on the log: `place` is its topic, or its part of one, and `offset` its place there."""

    place: str
    offset: int
    key: str
    id: str
    type: str
    body: Mapping[str, Any]

    @classmethod
    def of(cls, place: str, offset: int, key: str, id: str, type: str, body: str) -> "Logged":
        """Other tests may have put there what nobody can read: it says nothing."""
        try:
            said = json.loads(body)
        except ValueError:
            said = {}
        return cls(place, offset, key, id, type, said)


class Shape(Protocol):
    """A running platform, seen from inside."""

    name: str
    platform: Platform
    hurts: Sequence[Hurt]

    async def rows(self, database: str, sql: str) -> list[dict[str, Any]]:
        """What the administrator reads, as JSON makes it."""

    async def execute(self, database: str, sql: str) -> None:
        """What the administrator does."""

    async def log(self) -> list[Logged]:
        """Every record that the log holds."""

    async def hurt(self, hurt: Hurt, how: float) -> bool:
        """Do it; `how` (0 to 1) chooses what it leaves open. False when there was nothing to hurt just then."""

    async def mails(self) -> list[str]:
        """The ids of all mails that arrived, each as often as it arrived."""
