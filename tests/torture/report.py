"""What a run says in the end, for who sits before it, and for the page of results."""

from collections.abc import Iterable, Sequence

from tests.torture.kinds import KINDS
from tests.torture.story import Difference, Step
from tests.torture.telling import Result

# Of many differences the first show enough.
_SHOWN = 20


def summary(shape: str, result: Result) -> str:
    chaos, tally = result.chaos, result.stage.cast.tally
    lines = [
        f"seed                 {result.plan.seed}",
        f"shape                {shape}",
        f"seconds              {result.seconds:.0f}",
        f"commands answered    {tally.commands}",
        f"reads answered       {tally.reads}",
        f"refusals answered    {tally.refused}",
        f"asked again          {tally.asked_again}   {_told(tally.faults.items())}",
        f"kills survived       {chaos.kills}   {_told(_by_name(result, 'kill'))}",
        f"pauses, cuts         {chaos.done['pause']}, {chaos.done['cut']}",
        f"longest recovery     {chaos.longest_recovery:.1f} s",
        f"differences          {len(result.differences)}",
    ]
    return "\n".join(lines)


def differences(found: Sequence[Difference]) -> str:
    more = len(found) - _SHOWN
    return "\n".join([*(f"  {one}" for one in found[:_SHOWN]), *([f"  and {more} more"] if more > 0 else [])])


def story(result: Result, steps: Sequence[Step]) -> str:
    """In plain sentences, with what hurt the platform meanwhile."""
    labels = {step.label for step in steps}
    played = [told for told in result.stage.told if told.step.label in labels]
    events = [(told.at, f"{told.sentence} → {told.outcome}") for told in played]
    if played:
        first, last = played[0].at - 5, played[-1].at + 5
        events += [(one.at, f"    ({one})") for one in result.chaos.happened if first <= one.at <= last]
    return "\n".join(f"  {at:7.2f} s  {text}" for at, text in sorted(events))


def in_peace(steps: Iterable[Step]) -> str:
    """A story that was told anew, without the times at which it was first played."""
    return "\n".join(f"  {number}. {KINDS[step.kind].sentence(step)}" for number, step in enumerate(steps, 1))


def _by_name(result: Result, kind: str) -> Iterable[tuple[str, int]]:
    names = [one.hurt.name for one in result.chaos.happened if one.hurt.kind == kind]
    return sorted((name, names.count(name)) for name in set(names))


def _told(counts: Iterable[tuple[str, int]]) -> str:
    told = ", ".join(f"{name}: {count}" for name, count in counts)
    return f"({told})" if told else ""
