"""The same policies on OPA: checked, formatted, tested, and compared with the embedded interpreter fact by fact.

The embedded interpreter cannot run the `_test` files (its compiler ends the process at a `with` on a `decision`), so the
decision tables and the random comparison are what both are held to.
"""

import asyncio
import copy
import random
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from chassis.decisions import DecisionUnavailable
from chassis.decisions_opa import Opa
from chassis.policy_bundle import revision_of
from chassis.testing.engines import ENGINES, require
from chassis.testing.policies import opa_with

POLICIES = Path(__file__).parent
DEPLOYED = POLICIES.parent / "deploy" / "opa"
SECONDS = 120
COMPARED = 10_000
AT_ONCE = 8

# What a fact may turn into when it goes wrong; the kinds that the two engines could order or compare differently.
WRONG: Sequence[Any] = (
    *(None, True, False, 0, 5, -1, 0.5, 1_900_000_000, "", "nobody", "2026-11-24", "9999-12-31", [], {}),
    *(["reports:write"], ["reports:write", 'quote " and \\'], 'quote " and \\', "new\nline", "é", "\U0001f600"),
)


@pytest.fixture(scope="module")
def opa() -> Sequence[str]:
    """The command that runs OPA, with the policies in its working directory and what is deployed beside them."""
    if binary := shutil.which("opa"):
        return [binary]
    require("opa")
    mounted = ["-v", f"{POLICIES}:/at/policies:ro", "-v", f"{DEPLOYED}:/at/deploy/opa:ro", "-w", "/at/policies"]
    return ["docker", "run", "--rm", "-i", *mounted, ENGINES["opa"].image]


@pytest.fixture(scope="module")
def opa_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """OPA as it is deployed, on our policies."""
    with opa_with(POLICIES, tmp_path_factory.mktemp("keys") / "secrets") as container:
        yield f"http://{container.address}"


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - a fixed command on our own files
        command, capture_output=True, text=True, cwd=POLICIES, timeout=SECONDS, check=False
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "--strict", "keten", "data.json"],
        ["fmt", "--list", "--fail", "keten", "../deploy/opa"],
        ["test", "keten", "data.json"],
        *(
            [verb, f"../deploy/opa/{name}.rego", f"../deploy/opa/{name}_test.rego"]
            for verb in ("check", "test")
            for name in ("log", "authz")
        ),
    ],
    ids=" ".join,
)
def test_opa_finds_no_fault(opa: Sequence[str], arguments: list[str]) -> None:
    result = _run([*opa, *arguments])

    assert result.returncode == 0, result.stdout + result.stderr


async def test_opa_answers_each_row_as_the_embedded_interpreter_does(
    opa_url: str, rows: Sequence[Any], embedded: Any
) -> None:
    questions = [(row.package, row.facts) for row in rows]

    assert await _by_opa(opa_url, questions) == [embedded.answer(*question) for question in questions]


async def test_opa_agrees_on_facts_gone_wrong_at_random(opa_url: str, rows: Sequence[Any], embedded: Any) -> None:
    chance = random.Random(20261123)  # noqa: S311 - the same facts each time
    chosen = [chance.choice(rows) for _ in range(COMPARED)]
    questions = [(row.package, _gone_wrong(row.facts, chance)) for row in chosen]

    by_opa = await _by_opa(opa_url, questions)

    differing = [
        (*question, one, other)
        for question, one in zip(questions, by_opa, strict=True)
        if one != (other := embedded.answer(*question))
    ]
    assert differing == []
    assert {answer["allow"] if answer else None for answer in by_opa} == {True, False}


async def _by_opa(url: str, questions: Sequence[tuple[str, Any]]) -> list[Mapping[str, Any] | None]:
    """Every answer, by the driver itself, some questions at once; None where there is no decision."""
    point, places = Opa(url, own=revision_of(POLICIES), timeout=30), asyncio.Semaphore(AT_ONCE)

    async def ask(package: str, facts: Any) -> Mapping[str, Any] | None:
        async with places:
            try:
                return await point.decide(package, facts)
            except DecisionUnavailable as failure:
                if failure.__cause__ is not None:
                    raise  # no answer at all says nothing about the policies
                return None

    try:
        return await asyncio.gather(*(ask(*question) for question in questions))
    finally:
        await point.close()


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
