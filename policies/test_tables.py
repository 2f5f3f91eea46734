"""The decision tables: each row answers as expected, and no fact can be lost and leave a door open."""

import copy
import json
import random
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from chassis.decisions import Decision
from contracts.actions import ACTIONS, ROLES, Role, policy_data

POLICIES = Path(__file__).parent

FactPath = tuple[str | int, ...]


def test_a_row_answers_as_expected(row: Any, embedded: Any) -> None:
    answer = embedded.answer(row.package, row.facts)

    assert answer is not None
    assert {member: answer[member] for member in row.expect} == row.expect


def test_a_row_is_read_strictly(row: Any, embedded: Any) -> None:
    decision = Decision.of(embedded.answer(row.package, row.facts))

    assert decision.allow == row.expect["allow"]
    assert not (decision.allow and decision.uncertain)
    assert decision.visible or not decision.allow
    assert decision.reasons, "yes and no are both explained"


def test_each_fact_dropped_once_denies(allowed_row: Any, embedded: Any) -> None:
    before = embedded.answer(allowed_row.package, allowed_row.facts)

    for path in _paths(allowed_row.facts):
        after = embedded.answer(allowed_row.package, _without(allowed_row.facts, path))
        _assert_closed(allowed_row, path, before, after)


def test_each_fact_made_null_denies(allowed_row: Any, embedded: Any) -> None:
    before = embedded.answer(allowed_row.package, allowed_row.facts)

    for path in _paths(allowed_row.facts):
        if path[-1] == "until":
            continue  # null is a value here: a grant without an end
        after = embedded.answer(allowed_row.package, _replaced(allowed_row.facts, path, None))
        _assert_closed(allowed_row, path, before, after)


def _assert_closed(row: Any, path: FactPath, before: Mapping[str, Any], after: Mapping[str, Any] | None) -> None:
    if after is None or after["allow"] is False:
        return
    assert set(after["rights"]) <= set(before["rights"]), path
    assert _is_exempt(row, path), f"allowed without {'.'.join(map(str, path))}"


def _is_exempt(row: Any, path: FactPath) -> bool:
    """The facts whose absence may leave an allowance as it is; the rights have been seen not to grow."""
    names = [step for step in path if isinstance(step, str)]
    return (
        # One right of several: what is asked for is another one, or any.
        (names[-1] == "rights" and isinstance(path[-1], int))
        # The subject matters to what is one's own, and to nothing else.
        or (path == ("subject",) and not row.leans_on_subject)
        # With two ways in, one may fail: the other one holds.
        or (row.several_ways and names[0] in ("groups", "grants") and len(path) > 1)
    )


def _paths(facts: Any, above: FactPath = ()) -> Iterator[FactPath]:
    """Every key and every item, save whole links: a chain is read as one closure, so a link is not lost alone."""
    steps: list[str | int] = list(facts) if isinstance(facts, dict) else list(range(len(facts)))
    for step in steps:
        path = (*above, step)
        if not (isinstance(step, int) and above[-1] == "chain"):
            yield path
        if isinstance(facts[step], dict | list):
            yield from _paths(facts[step], path)


def _without(facts: Any, path: FactPath) -> Any:
    changed = copy.deepcopy(facts)
    del _at(changed, path[:-1])[path[-1]]
    return changed


def _replaced(facts: Any, path: FactPath, value: object) -> Any:
    changed = copy.deepcopy(facts)
    _at(changed, path[:-1])[path[-1]] = value
    return changed


def _at(facts: Any, path: FactPath) -> Any:
    for step in path:
        facts = facts[step]
    return facts


def test_ten_thousand_decisions_of_eight_threads_agree_with_one_by_one(rows: Any, embedded: Any) -> None:
    one_by_one = [embedded.answer(row.package, row.facts) for row in rows]
    asked = random.Random(8).choices(range(len(rows)), k=10_000)  # noqa: S311 - the same questions each time

    with ThreadPoolExecutor(max_workers=8) as threads:
        answers = threads.map(lambda i: embedded.answer(rows[i].package, rows[i].facts), asked, chunksize=50)

    assert [i for i, answer in zip(asked, answers, strict=True) if answer != one_by_one[i]] == []


def test_no_policy_uses_what_ends_the_embedded_interpreter() -> None:
    """Its compiler stops the whole process at a `with` on an object-valued rule."""
    sources = {path: path.read_text(encoding="utf-8") for path in POLICIES.rglob("*.rego") if "_test" not in path.stem}

    assert sources
    assert [path.name for path, source in sources.items() if re.search(r"\bwith (input|data)\b", source)] == []


@pytest.mark.parametrize("action", sorted(action for action, needs in ACTIONS.items() if needs.package == "dossier"))
def test_each_action_on_a_dossier_asks_for_exactly_its_right(action: str, rows: Any, embedded: Any) -> None:
    facts = next(row.facts for row in rows if row.name == "by his own group")
    rights = sorted(policy_data()["keten"]["counting"]["medical"])  # type: ignore[index]
    facts = _replaced(_replaced(facts, ("action",), action), ("actor", "medical"), True)

    opened_by = {
        right
        for right in rights
        if embedded.answer("dossier", _replaced(facts, ("groups", 0, "rights"), [right]))["allow"]
    }

    needs = ACTIONS[action]
    if needs.permission:
        assert opened_by == set(), "a group gives no permission"
    else:
        assert opened_by == (set(rights) if needs.any_right else {needs.right})


def test_who_may_read_a_dossier_may_read_just_what_he_has_a_right_on(row: Any, embedded: Any) -> None:
    """A dossier shows its sections by the rights told with `dossier.read`, without asking for each."""
    if row.package != "dossier":
        return
    dossier = embedded.answer("dossier", {**row.facts, "action": "dossier.read"})
    reading = {
        action: needs.right
        for action, needs in ACTIONS.items()
        if needs.package == "dossier" and action.endswith(".read") and needs.right
    }

    allowed = {action for action in reading if embedded.answer("dossier", {**row.facts, "action": action})["allow"]}

    assert "profile.read" in reading
    if dossier["allow"]:
        assert allowed == {action for action, right in reading.items() if right in dossier["rights"]}


@pytest.mark.parametrize("action", sorted(action for action, needs in ACTIONS.items() if needs.package == "account"))
@pytest.mark.parametrize("role", Role)
def test_each_action_in_an_account_is_for_the_roles_that_may(action: str, role: Role, rows: Any, embedded: Any) -> None:
    facts = next(row.facts for row in rows if row.package == "account")
    facts = _replaced(_replaced(facts, ("action",), action), ("actor", "role"), role.value)

    answer = embedded.answer("account", facts)

    needs = ACTIONS[action]
    assert answer["allow"] == (needs.permission in ROLES[role])
    assert answer["rights"] == sorted(ROLES[role])


def test_the_data_of_the_policies_is_that_of_the_contracts() -> None:
    kept = json.loads((POLICIES / "data.json").read_text(encoding="utf-8"))

    assert kept == policy_data(), "run: python -m contracts.actions > policies/data.json"
