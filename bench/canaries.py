"""Canaries, words planted in all that people can fill in: how many, in how many places they stood, and that none was found
where none may be. `python -m bench.canaries --write`; takes the tests that plant them, on both shapes."""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from bench.results import write_part
from keten.place import CHECKOUT

# What is looked through, by the test that does it.
TESTS: Final = {
    "tests/telemetry/test_canaries.py::test_nothing_that_people_wrote_is_seen_by_operators": (
        "logs, metrics, traces, decision logs"
    ),
    "tests/e2e/test_erasure.py::test_what_is_erased_is_nowhere_any_more": (
        "after erasure: tables, topics, files, mails, logs, backups"
    ),
}

_HEAD: Final = """| looked through | shape | planted | places they stood in before | found |
|---|---|---|---|---|"""

_TEXT: Final = """Found: as they are, in any case, in base64 or in hexadecimal. Where *before* is empty, the word of a
counter-test was put into one place of each kind, and found there. In containers Kafka's compaction and the object store's
cleaning, which take a day and a quarter of an hour, were made to come at once."""


@dataclass(frozen=True)
class Looked:
    """What a test looked through, and what it recorded."""

    through: str
    shape: str
    planted: int
    before: int | None
    found: int

    def row(self) -> str:
        return f"| {self.through} | {self.shape} | {self.planted} | {self.before or ''} | {self.found} |"


def main(arguments: Sequence[str]) -> int:
    """Exit code 1 when a test failed, which says what was found where: nothing is written then."""
    parser = argparse.ArgumentParser(prog="bench.canaries", description=__doc__)
    parser.add_argument("--write", action="store_true", help="into bench/RESULTS.md")
    given = parser.parse_args(list(arguments))
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", *TESTS]
        required = {"KETEN_ENGINES": "required"}
        if subprocess.run(command, cwd=CHECKOUT, env=os.environ | required, check=False).returncode != 0:
            return 1
        table = "\n".join([_HEAD, *(looked.row() for looked in _recorded(report))])
    print(table)
    if given.write:
        write_part("Canaries", f"{table}\n\n{_TEXT}")
    return 0


def _recorded(report: Path) -> Iterator[Looked]:
    through = {test.rpartition("::")[2]: looked for test, looked in TESTS.items()}
    for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314 - pytest has just written it
        test, _, shape = case.attrib["name"].partition("[")
        told = {each.attrib["name"]: int(each.attrib["value"]) for each in case.iter("property")}
        shape = "containers" if shape == "compose]" else shape.removesuffix("]")
        yield Looked(through[test], shape, told["planted"], told.get("before"), told["found"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
