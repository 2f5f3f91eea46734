"""One story from its beginning to its end: the cast is founded, acts while chaos does its work, and all is compared."""

import asyncio
import time
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from typing import Final

from tests.torture.cast import COLLEAGUES, account_names, found
from tests.torture.chaos import Chaos
from tests.torture.checks import all_checks
from tests.torture.shape import Shape
from tests.torture.stage import Stage, for_a_while
from tests.torture.story import Difference, Step

# Who is not answered for so long will never be: as often as what he needs is killed, on a machine as busy (seconds).
PATIENCE: Final = 300.0


@dataclass(frozen=True)
class Plan:
    """How a story is to be told. `pairs` is how many people and dossiers are held together in the end; who `hurries` does
    not wait for the leases of dead workers."""

    seed: int
    seconds: float
    accounts: int = 4
    colleagues: int = COLLEAGUES
    actors: int = 8
    pairs: int = 600
    is_hurt: bool = True
    hurries: bool = False
    patience: float = PATIENCE


@dataclass
class Result:
    """What became of it."""

    plan: Plan
    stage: Stage
    chaos: Chaos
    differences: Sequence[Difference]
    seconds: float
    """Of being hurt."""


def _silently(_text: str) -> None:
    """Nobody sits before it."""


async def tell(shape: Shape, plan: Plan, *, say: Callable[[str], None] = _silently) -> Result:
    """`say` is told how far it is."""
    say(f"founding {plan.accounts} accounts")
    before = await _on_the_log(shape)
    cast = await found(shape.platform, account_names(plan.accounts), colleagues=plan.colleagues, patience=plan.patience)
    try:
        return await _told(shape, plan, Stage(cast, before=before), say)
    finally:
        await cast.close()


async def retell(shape: Shape, plan: Plan, steps: Sequence[Step]) -> Sequence[Difference]:
    """The same steps in accounts of their own, one after the other, unhurt; only those accounts that come in it."""
    names = sorted(
        {_account_of(step.by) for step in steps}
        | {_account_of(name) for step in steps for name in step.args.values() if _is_of_cast(name)}
    )
    before = await _on_the_log(shape)
    cast = await found(shape.platform, names, colleagues=plan.colleagues, patience=plan.patience)
    try:
        stage = Stage(cast, before=before)
        await stage.retell(steps)
        stage.over.set()
        return stage.differences or await all_checks(shape, stage, pairs=plan.pairs, hurries=True)
    finally:
        await cast.close()


async def _on_the_log(shape: Shape) -> Set[str]:
    return frozenset(record.id for record in await shape.log())


async def _told(shape: Shape, plan: Plan, stage: Stage, say: Callable[[str], None]) -> Result:
    say(f"{len(stage.cast.people)} people are at work")
    chaos = Chaos(shape, plan.seed)
    stage.heard = chaos.heard
    began = time.monotonic()
    hurting = asyncio.create_task(chaos.run(stage.over)) if plan.is_hurt else None
    await for_a_while(stage, plan.seconds, stage.improvise(plan.seed, actors=plan.actors))
    if hurting is not None:
        await hurting
    seconds = time.monotonic() - began
    say(f"{chaos.kills} kills; waiting until nothing is under way, and comparing")
    # What follows from an answer that was wrong is not told besides.
    found = stage.differences or await all_checks(shape, stage, pairs=plan.pairs, hurries=plan.hurries)
    return Result(plan, stage, chaos, found, seconds)


def _is_of_cast(name: str) -> bool:
    return name.startswith(("owner ", "colleague "))


def _account_of(person: str) -> str:
    return "account " + person.partition(" ")[2].partition(".")[0]
