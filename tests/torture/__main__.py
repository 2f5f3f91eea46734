"""`make torture`: people work while the platform is hurt, for a time and by a seed; then everything is compared. Exit code 1
when something is not as it must be."""

import argparse
import asyncio
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.torture import figures, report, shrinking
from tests.torture.grounds import in_containers, on_this_machine, planted
from tests.torture.shape import Shape
from tests.torture.story import Step
from tests.torture.telling import Plan, Result, retell, tell


def main(arguments: Sequence[str]) -> int:
    given = _parser().parse_args(arguments)
    plan = Plan(given.seed, given.seconds, accounts=given.accounts, actors=given.actors, is_hurt=not given.in_peace)
    print(f"Torture by seed {plan.seed} for {plan.seconds:.0f} s, on {given.shape}.", flush=True)
    with _grounds(given.shape, given.fault) as shape:
        result = asyncio.run(tell(shape, plan, say=lambda text: print(text, flush=True)))
        print(report.summary(shape.name, result), flush=True)
        if given.write:
            figures.write(shape.name, result)
        if not result.differences:
            return 0
        print(f"\nSEED {plan.seed}: not as it must be\n{report.differences(result.differences)}\n", flush=True)
        print(asyncio.run(smallest(shape, plan, result)), flush=True)
    return 1


async def smallest(shape: Shape, plan: Plan, result: Result) -> str:
    """The smallest story that shows the first difference: made from what touches the thing, or else from all of it."""
    first, whole = result.differences[0], [told.step for told in result.stage.told]
    cut = shrinking.touching(whole, first.about)

    async def shows(steps: Sequence[Step]) -> bool:
        return any(one.check == first.check for one in await retell(shape, plan, steps))

    for steps in (cut, whole):
        least, is_shown = await shrinking.shortest(steps, shows)
        if is_shown:
            return f"The smallest story that shows it, in peace as well:\n{report.in_peace(least)}"
    return (
        f"Told in peace it does not come back. All that touches {first.about}, with what hurt the platform meanwhile:\n"
        f"{report.story(result, cut)}"
    )


@contextmanager
def _grounds(shape: str, fault: str | None) -> Iterator[Shape]:
    if fault is not None:
        with tempfile.NamedTemporaryFile("w") as named, planted(Path(named.name)) as faulty:
            Path(named.name).write_text(fault)
            yield faulty
    else:
        with in_containers() if shape == "compose" else on_this_machine() as found:
            yield found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make torture", description=__doc__)
    parser.add_argument("--shape", choices=["machine", "compose"], default="machine")
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000), help="any, when left out")
    parser.add_argument("--accounts", type=int, default=4)
    parser.add_argument("--actors", type=int, default=8, help="how many act at the same time")
    parser.add_argument("--fault", help="put this fault in, to see that it is found (one machine)")
    parser.add_argument("--write", action="store_true", help="add the figures to bench/RESULTS.md")
    parser.add_argument("--in-peace", action="store_true", help="without anything that hurts")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
