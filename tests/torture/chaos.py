"""What hurts the platform while people work: something every second or two, chosen by the seed. Told are what was done, and
how long it took until the next write was answered."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Final

from tests.torture.shape import Hurt, Shape

# Between two hurts (seconds).
SHORTEST, LONGEST = 0.3, 1.7

# What everybody needs is hurt again once somebody was answered, or after so long in any case (seconds).
_MERCY: Final = 60.0


@dataclass(frozen=True)
class Done:
    """One hurt that was done, so many seconds after the beginning."""

    hurt: Hurt
    at: float

    def __str__(self) -> str:
        return f"{self.hurt.kind} {self.hurt.name}"


@dataclass
class Chaos:
    """`done` counts by kind; `recoveries` are the seconds from a kill to the next answered write of what it touched."""

    shape: Shape
    seed: int
    began: float = field(default_factory=time.monotonic)
    done: Counter[str] = field(default_factory=Counter)
    happened: list[Done] = field(default_factory=list)
    recoveries: list[float] = field(default_factory=list)
    _awaited: list[tuple[float, Hurt]] = field(default_factory=list)

    async def run(self, over: asyncio.Event) -> None:
        """Until it is over. Nothing is paused or cut off any more when this returns."""
        chance = Random(f"{self.seed} chaos")
        kinds, weights = self.shape.hurts, [hurt.weight for hurt in self.shape.hurts]
        while not over.is_set():
            [hurt], how, pause = chance.choices(kinds, weights), chance.random(), chance.uniform(SHORTEST, LONGEST)
            await self._wait_for_mercy(hurt, over)
            began = time.monotonic()
            if not over.is_set() and await self.shape.hurt(hurt, how):
                self._note(hurt, began)
            await _pause(over, pause)

    def heard(self, service: str, asked_at: float) -> None:
        """A write of a service that was asked at this moment has been answered."""
        now = time.monotonic()
        healed = [one for one in self._awaited if one[0] <= asked_at and service in one[1].services]
        self.recoveries += [now - at for at, _ in healed]
        self._awaited = [one for one in self._awaited if one not in healed]

    @property
    def kills(self) -> int:
        return self.done["kill"]

    @property
    def longest_recovery(self) -> float:
        """Seconds."""
        return max(self.recoveries, default=0.0)

    def _note(self, hurt: Hurt, began: float) -> None:
        self.done[hurt.kind] += 1
        self.happened.append(Done(hurt, began - self.began))
        if hurt.kind == "kill" and hurt.services:
            self._awaited.append((began, hurt))

    async def _wait_for_mercy(self, hurt: Hurt, over: asyncio.Event) -> None:
        """Whatever is always down shows nothing: somebody is answered between two kills of what all need."""
        end = time.monotonic() + _MERCY
        while hurt.services and self._awaited and time.monotonic() < end and not over.is_set():
            await _pause(over, 0.05)


async def _pause(over: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await over.wait()
    except TimeoutError:
        return
