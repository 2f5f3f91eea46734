"""The same policies on OPA: checked, formatted, tested, and compared with the embedded interpreter fact by fact.

The embedded interpreter cannot run the `_test` files (its compiler ends the process at a `with` on a `decision`), so the
decision tables and the random comparison are what both are held to.
"""

import copy
import json
import os
import random
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

POLICIES = Path(__file__).parent
IMAGE = "openpolicyagent/opa:1.22.2"
SECONDS = 120
COMPARED = 2_000

# What a fact may turn into when it goes wrong; the kinds that the two engines could order or compare differently.
WRONG: Sequence[Any] = (None, True, False, 0, 5, "", "nobody", "2026-11-24", "9999-12-31", [], {}, ["reports:write"])


@pytest.fixture(scope="module")
def opa() -> Sequence[str]:
    """The command that runs OPA, with the policies in its working directory."""
    binary = shutil.which("opa")
    if binary:
        return [binary]
    docker = shutil.which("docker")
    if docker and _run([docker, "image", "inspect", IMAGE]).returncode == 0:
        return [docker, "run", "--rm", "-i", "-v", f"{POLICIES}:/policies:ro", "-w", "/policies", IMAGE]
    if os.environ.get("KETEN_ENGINES") == "required":
        pytest.fail("OPA: no engine, and KETEN_ENGINES=required")
    pytest.skip("OPA: no engine")


def _run(command: Sequence[str], text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - a fixed command on our own files
        command, input=text, capture_output=True, text=True, cwd=POLICIES, timeout=SECONDS, check=False
    )


@pytest.mark.parametrize(
    "arguments", [["check", "--strict", "."], ["fmt", "--list", "--fail", "keten"], ["test", "."]], ids=lambda a: a[0]
)
def test_opa_finds_no_fault(opa: Sequence[str], arguments: list[str]) -> None:
    result = _run([*opa, *arguments])

    assert result.returncode == 0, result.stdout + result.stderr


def test_opa_answers_each_row_as_the_embedded_interpreter_does(
    opa: Sequence[str], rows: Sequence[Any], embedded: Any
) -> None:
    questions = [(row.package, row.facts) for row in rows]

    assert _by_opa(opa, questions) == [embedded.answer(*question) for question in questions]


def test_opa_agrees_on_facts_gone_wrong_at_random(opa: Sequence[str], rows: Sequence[Any], embedded: Any) -> None:
    chance = random.Random(20261123)  # noqa: S311 - the same facts each time
    chosen = [chance.choice(rows) for _ in range(COMPARED)]
    questions = [(row.package, _gone_wrong(row.facts, chance)) for row in chosen]

    by_opa = _by_opa(opa, questions)

    differing = [
        (*question, one, other)
        for question, one in zip(questions, by_opa, strict=True)
        if one != (other := embedded.answer(*question))
    ]
    assert differing == []


def _by_opa(opa: Sequence[str], questions: Sequence[tuple[str, Any]]) -> list[Mapping[str, Any] | None]:
    """Every answer in one run of OPA; None where the decision is undefined.

    The facts are bound to a name first: `with input as q[1]` inside a comprehension hands over nothing (OPA 1.22).
    """
    packages = sorted({package for package, _ in questions})
    query = " ".join(
        f"{package} := {{i: answer | some i, q in input.questions; q[0] == {json.dumps(package)}; "
        f"facts := q[1]; answer := data.keten.{package}.decision with input as facts}};"
        for package in packages
    )
    result = _run(
        [*opa, "eval", "--format", "json", "-d", "keten", "-d", "data.json", "--stdin-input", query.rstrip(";")],
        json.dumps({"questions": questions}),
    )
    assert result.returncode == 0, result.stderr + result.stdout
    bindings = json.loads(result.stdout)["result"][0]["bindings"]
    return [bindings[package].get(str(i)) for i, (package, _) in enumerate(questions)]


def _gone_wrong(facts: Mapping[str, Any], chance: random.Random) -> Any:
    """One to three facts dropped, or replaced by something of a wrong kind."""
    changed: Any = copy.deepcopy(facts)
    for _ in range(chance.randint(1, 3)):
        place = changed
        while True:
            step = chance.choice(list(place) if isinstance(place, dict) else range(len(place)))
            if not (isinstance(place[step], dict | list) and place[step] and chance.random() < 0.8):
                break
            place = place[step]
        if chance.random() < 0.4:
            del place[step]
        else:
            place[step] = copy.deepcopy(chance.choice(WRONG))
    return changed
