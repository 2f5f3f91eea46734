"""The page of results: what all runs that were written down survived together, by shape."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bench.results import PAGE, write_part
from tests.torture.telling import Result

TITLE: Final = "Torture"

_HEAD: Final = """| shape | runs | seconds | kills | pauses | cuts | writes answered | longest recovery | differences |
|---|---|---|---|---|---|---|---|---|"""

_TEXT: Final = """Sums over the runs, each by a seed of its own (`make torture … WRITE=1` adds one). Recovery is from a kill
to the next answered write of a service that it touched, on a machine that has other work to do.

What differed: an answer that was given once more did not name its dossier in the access log (seed 5104; mended); the object
store kept the index of its files in memory, so that a kill lost all of them (seed 7601; mended). Twice the model was wrong:
who was suspended heard that a closed group is not there, as anybody does (seed 7503); who had not taken up his invitation
was not mailed to the address that he had not proven (seed 7504)."""

_ROW: Final = re.compile(r"^\| (one machine|containers) \|(.+)\|$", re.MULTILINE)


@dataclass(frozen=True)
class Survived:
    """What the runs of one shape came through."""

    runs: int = 0
    seconds: int = 0
    kills: int = 0
    pauses: int = 0
    cuts: int = 0
    writes: int = 0
    longest: float = 0.0
    differences: int = 0

    def and_(self, result: Result) -> "Survived":
        done, tally = result.chaos.done, result.stage.cast.tally
        return Survived(
            self.runs + 1,
            self.seconds + round(result.seconds),
            self.kills + done["kill"],
            self.pauses + done["pause"],
            self.cuts + done["cut"],
            self.writes + tally.commands,
            max(self.longest, result.chaos.longest_recovery),
            self.differences + len(result.differences),
        )

    def row(self, shape: str) -> str:
        counts = [self.runs, self.seconds, self.kills, self.pauses, self.cuts, self.writes]
        told = [*(f"{count:,}" for count in counts), f"{self.longest:.1f} s", str(self.differences)]
        return f"| {shape} | {' | '.join(told)} |"


def write(shape: str, result: Result) -> None:
    """Add a run to what stands there."""
    survived = dict(standing(PAGE.read_text()))
    survived[shape] = survived.get(shape, Survived()).and_(result)
    rows = [one.row(name) for name, one in sorted(survived.items(), reverse=True)]
    write_part(TITLE, "\n".join([_HEAD, *rows, "", _TEXT]))


def standing(page: str) -> Mapping[str, Survived]:
    """What was written before."""
    part = page.partition(f"## {TITLE}\n")[2].partition("\n## ")[0]
    return {shape: _read(cells) for shape, cells in _ROW.findall(part)}


def _read(cells: str) -> Survived:
    told = [cell.strip().removesuffix(" s").replace(",", "") for cell in cells.split("|")]
    runs, seconds, kills, pauses, cuts, writes, longest, differences = told
    return Survived(
        int(runs), int(seconds), int(kills), int(pauses), int(cuts), int(writes), float(longest), int(differences)
    )
