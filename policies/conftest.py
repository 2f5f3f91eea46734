"""The decision tables as rows, and the drivers that must answer them all alike."""

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from chassis.decisions import DecisionUnavailable, EmbeddedRego

POLICIES = Path(__file__).parent


@dataclass(frozen=True)
class Row:
    """One line of a decision table: facts, and the members of the decision that are expected of them."""

    package: str
    name: str
    facts: Mapping[str, Any]
    expect: Mapping[str, Any]
    rules: tuple[str, ...] = ()
    several_ways: bool = False
    leans_on_subject: bool = False


@dataclass(frozen=True)
class Embedded:
    """Asks the embedded interpreter; None stands for "cannot be told"."""

    point: EmbeddedRego = field(default_factory=lambda: EmbeddedRego(POLICIES))

    def answer(self, package: str, facts: Mapping[str, Any]) -> Mapping[str, Any] | None:
        try:
            return self.point.decide_now(package, facts)
        except DecisionUnavailable:
            return None


@pytest.fixture(scope="session")
def embedded() -> Embedded:
    return Embedded()


@pytest.fixture(scope="session")
def rows() -> list[Row]:
    return _rows()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes `row` runs once for each; one that takes `allowed_row` once for each row that allows."""
    for name, wanted in (("row", _rows()), ("allowed_row", [row for row in _rows() if row.expect["allow"]])):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, [_param(row) for row in wanted])


def _param(row: Row) -> Any:
    return pytest.param(row, id=f"{row.package}: {row.name}", marks=[pytest.mark.rule(*row.rules)] if row.rules else [])


def _rows() -> list[Row]:
    tables = (json.loads(path.read_text(encoding="utf-8")) for path in sorted((POLICIES / "tables").glob("*.json")))
    return [_row(package, table, line) for file in tables for package, table in file.items() for line in table["rows"]]


def _row(package: str, table: Mapping[str, Any], line: Mapping[str, Any]) -> Row:
    facts = copy.deepcopy(table["facts"])
    for change in [*(table["ways"][way] for way in line.get("ways", [])), line.get("change", {})]:
        for path, value in change.items():
            _put(facts, path.split("."), copy.deepcopy(value))
    return Row(
        package=package,
        name=line["name"],
        facts=facts,
        expect=line["expect"],
        rules=tuple(line.get("rules", ())),
        several_ways=line.get("several_ways", False),
        leans_on_subject=line.get("leans_on_subject", False),
    )


def _put(facts: Any, path: list[str], value: Any) -> None:
    *above, last = path
    for step in above:
        facts = facts[int(step)] if isinstance(facts, list) else facts[step]
    facts[last] = value
