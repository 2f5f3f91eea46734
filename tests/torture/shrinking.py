"""From a long story with a difference to the shortest that shows it: first only what touches the thing that differs, then
always less, as long as the shorter story told anew shows a difference of the same check."""

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from tests.torture.story import NOUNS, Step

# So long is looked for a shorter story (seconds).
BOUND: Final = 120.0


def touching(steps: Sequence[Step], about: str) -> list[Step]:
    """The steps about a thing and about what was made with it, and those that made what these are about."""
    makers = {step.made(noun): step for step in steps for noun in NOUNS}
    with_it = {about} | {step.made(noun) for step in steps if about in step.args.values() for noun in NOUNS}
    wanted = {step.label for step in steps if with_it & step.names()}
    missing = [step for step in steps if step.label in wanted]
    while missing:
        step = missing.pop()
        made_before = [makers[name] for name in (*step.args.values(), step.by) if name in makers]
        missing += [maker for maker in made_before if maker.label not in wanted]
        wanted |= {maker.label for maker in made_before}
    return [step for step in steps if step.label in wanted]


async def shortest(
    steps: Sequence[Step], shows: Callable[[Sequence[Step]], Awaitable[bool]], *, bound: float = BOUND
) -> tuple[list[Step], bool]:
    """Delta debugging (Zeller 1999) within a bound of time. Returns the shortest found, and whether it shows it by itself:
    what only chaos brings about, a story told in peace does not."""
    end, least = time.monotonic() + bound, list(steps)
    if not await shows(least):
        return least, False
    parts = 2
    while len(least) > 1 and time.monotonic() < end:
        size = -(-len(least) // parts)
        for begin in range(0, len(least), size):
            rest = [*least[:begin], *least[begin + size :]]
            if rest and time.monotonic() < end and await shows(rest):
                least, parts = rest, max(parts - 1, 2)
                break
        else:
            if size == 1:
                break
            parts = min(parts * 2, len(least))
    return least, True
