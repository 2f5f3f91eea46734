"""What every driver of the decision point must do: the embedded interpreter, and OPA as it is deployed."""

import asyncio
import random
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from chassis.decisions import Decision, DecisionPoint, DecisionUnavailable, EmbeddedRego
from chassis.decisions_opa import Opa
from chassis.policy_bundle import revision_of
from chassis.testing.policies import opa_with

DATA = r'{"keten": {"levels": {"reader": ["read"], "writer": ["read", "write"], "the \"writer\"": ["quote"]}}}'
OPENING = """
package keten.opening

import rego.v1

decision := {
	"allow": allow,
	"visible": allow,
	"active": true,
	"uncertain": false,
	"rights": sort(rights),
	"reasons": [{"rule": "level", "level": input.level} | allow],
}

default allow := false

allow if {
	input.action in rights
}

rights contains right if {
	some right in data.keten.levels[input.level]
}
"""
UNDEFINED = 'package keten.undefined\n\nimport rego.v1\n\ndecision := {"allow": input.absent}\n'
ECHO = 'package keten.echo\n\nimport rego.v1\n\ndecision := {"allow": input.value, "given": input}\n'
SAME = """
package keten.same

import rego.v1

decision := {"allow": allow}

default allow := false

allow if {
	input.one == input.other
}
"""
BARE = "package keten.bare\n\nimport rego.v1\n\ndecision := true\n"
NOT_A_POLICY = "package keten.shared\n\nimport rego.v1\n\nspeed := 7\n"
TEST = "package keten.opening_test\n\nimport rego.v1\n\ntest_nothing if {\n\tinput.never\n}\n"

READING = {"action": "read", "level": "reader"}


@pytest.fixture(scope="module")
def policies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("policies")
    (directory / "keten").mkdir()
    (directory / "data.json").write_text(DATA)
    for name, source in {
        "opening": OPENING,
        "undefined": UNDEFINED,
        "echo": ECHO,
        "same": SAME,
        "bare": BARE,
        "shared": NOT_A_POLICY,
        "opening_test": TEST,
    }.items():
        (directory / "keten" / f"{name}.rego").write_text(source)
    return directory


@pytest.fixture(scope="module")
def opa_url(policies: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with opa_with(policies, tmp_path_factory.mktemp("secrets")) as container:
        yield f"http://{container.address}"


@pytest.fixture(params=["embedded", "opa"])
async def point(request: pytest.FixtureRequest, policies: Path) -> AsyncIterator[DecisionPoint]:
    asked: DecisionPoint = (
        EmbeddedRego(policies)
        if request.param == "embedded"
        else Opa(request.getfixturevalue("opa_url"), own=revision_of(policies), timeout=30)
    )
    yield asked
    await asked.close()


async def test_a_decision_follows_from_the_facts(point: DecisionPoint) -> None:
    allowed = Decision.of(await point.decide("opening", READING))
    denied = Decision.of(await point.decide("opening", {"action": "write", "level": "reader"}))

    assert allowed.allow
    assert allowed.rights == {"read"}
    assert allowed.reasons == ({"rule": "level", "level": "reader"},)
    assert not denied.allow


async def test_facts_of_an_earlier_question_are_forgotten(point: DecisionPoint) -> None:
    await point.decide("opening", {"action": "write", "level": "writer"})

    assert (await point.decide("opening", {"action": "write"}))["allow"] is False


async def test_facts_arrive_as_they_were_given(point: DecisionPoint) -> None:
    facts = {
        "value": True,
        "text": 'quote " backslash \\ newline \n é 漢 \U0001f600',
        "none": None,
        "number": 1_700_000_000,
        "list": [1, [], {"a": False}],
    }

    answer = await point.decide("echo", facts)

    assert answer["given"] == facts


async def test_a_fact_cannot_forge_an_answer(point: DecisionPoint) -> None:
    """The members of the answer stand in alphabetical order, and of two alike the last would count."""
    forging = 'reader"}], "allow": true, "reasons": [{"rule": "x'

    denied = await point.decide("echo", {"value": False, "text": forging})
    unknown = await point.decide("opening", {"action": "write", "level": forging})

    assert denied["allow"] is False
    assert denied["given"]["text"] == forging  # type: ignore[index]
    assert unknown["allow"] is False


async def test_a_fact_that_needs_escaping_is_compared_as_it_is(point: DecisionPoint) -> None:
    quoted, other = 'the "writer"', "the \\"

    same = await point.decide("same", {"one": quoted, "other": quoted})
    different = await point.decide("same", {"one": quoted, "other": other})
    literal = await point.decide("same", {"one": other, "other": "the \\"})
    key = await point.decide("opening", {"action": "quote", "level": quoted})

    assert same["allow"] is True
    assert different["allow"] is False
    assert literal["allow"] is True
    assert key["allow"] is True


@pytest.mark.parametrize("package", ["undefined", "bare", "shared", "opening_test", "no-such-policy", "../opening"])
async def test_what_is_no_decision_is_unavailable(point: DecisionPoint, package: str) -> None:
    with pytest.raises(DecisionUnavailable):
        await point.decide(package, READING)


@pytest.mark.parametrize("value", [None, 1, 0, "true", "", [], [True], {}, {"allow": True}])
async def test_an_allow_that_is_not_a_boolean_is_unavailable(point: DecisionPoint, value: object) -> None:
    with pytest.raises(DecisionUnavailable):
        await point.decide("echo", {"value": value})


@pytest.mark.parametrize("value", [object(), b"bytes", 1j])
async def test_facts_that_are_not_json_are_unavailable(point: DecisionPoint, value: object) -> None:
    with pytest.raises(DecisionUnavailable):
        await point.decide("opening", {**READING, "more": value})


async def test_a_failed_question_leaves_the_next_one_alone(point: DecisionPoint) -> None:
    with pytest.raises(DecisionUnavailable):
        await point.decide("undefined", READING)

    assert (await point.decide("opening", READING))["allow"] is True


async def test_questions_asked_at_once_are_answered_as_one_by_one(point: DecisionPoint) -> None:
    questions = _questions(300)
    one_by_one = [await point.decide("opening", facts) for facts in questions]
    places = asyncio.Semaphore(8)

    async def ask(facts: Mapping[str, object]) -> Mapping[str, object]:
        async with places:
            return await point.decide("opening", facts)

    assert await asyncio.gather(*map(ask, questions)) == one_by_one
    assert {answer["allow"] for answer in one_by_one} == {True, False}


def test_ten_thousand_decisions_of_eight_threads_agree_with_one_by_one(policies: Path) -> None:
    embedded, questions = EmbeddedRego(policies), _questions(10_000)

    def ask(facts: Mapping[str, object]) -> Mapping[str, object]:
        return embedded.decide_now("opening", facts)

    one_by_one = [ask(facts) for facts in questions]
    with ThreadPoolExecutor(max_workers=8) as threads:
        together = list(threads.map(ask, questions, chunksize=50))

    assert together == one_by_one
    assert {answer["allow"] for answer in together} == {True, False}


def _questions(count: int) -> list[Mapping[str, object]]:
    chance = random.Random(8)
    levels = ("reader", "writer", "nobody")
    return [
        {"action": chance.choice(["read", "write"]), "level": chance.choice(levels), "nr": number}
        for number in range(count)
    ]


def test_policies_that_do_not_compile_do_not_start(policies: Path, tmp_path: Path) -> None:
    broken = Path(shutil.copytree(policies, tmp_path / "broken"))
    (broken / "keten" / "broken.rego").write_text("package keten.broken\n\ndecision := {\n")

    with pytest.raises(DecisionUnavailable):
        EmbeddedRego(broken)


def test_a_folder_without_policies_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "data.json").write_text("{}")

    with pytest.raises(DecisionUnavailable):
        EmbeddedRego(tmp_path)


WHOLE: Mapping[str, Any] = {
    "allow": True,
    "visible": True,
    "active": True,
    "uncertain": False,
    "rights": ["read"],
    "reasons": [{"rule": "level"}],
}


def test_a_whole_answer_becomes_a_decision() -> None:
    decision = Decision.of({**WHOLE, "ways": ["groups"], "stale_ways": ["grants"], "added later": 1})

    assert decision == Decision(
        allow=True,
        visible=True,
        active=True,
        uncertain=False,
        rights=frozenset({"read"}),
        reasons=({"rule": "level"},),
        ways=("groups",),
        stale_ways=("grants",),
    )


@pytest.mark.parametrize("member", WHOLE)
def test_an_answer_that_lacks_a_member_is_unavailable(member: str) -> None:
    with pytest.raises(DecisionUnavailable):
        Decision.of({name: value for name, value in WHOLE.items() if name != member})


@pytest.mark.parametrize(
    "change",
    [
        {"uncertain": True},
        {"visible": False},
        {"active": False},
        {"allow": 1},
        {"rights": "read"},
        {"rights": [1]},
        {"reasons": [{}]},
        {"reasons": ["level"]},
        {"ways": "groups"},
    ],
)
def test_an_answer_that_contradicts_itself_is_unavailable(change: Mapping[str, object]) -> None:
    with pytest.raises(DecisionUnavailable):
        Decision.of({**WHOLE, **change})


def test_a_process_with_everything_loaded_gives_the_memory_of_decisions_back() -> None:
    asked = subprocess.run([sys.executable, "-c", _ASK_MANY], capture_output=True, text=True, check=True, cwd=_POLICIES)

    before, after = map(int, asked.stdout.split())
    assert after - before < 4096, "KiB after 600 decisions"


_POLICIES = Path(__file__).parents[3] / "policies"

_ASK_MANY = """
from pathlib import Path
import chassis.service
from chassis.decisions import EmbeddedRego

def resident():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmRSS"))

policies = EmbeddedRego(Path("."))
facts = {"action": "account.read", "actor": {"id": "u", "account": "a", "status": "active", "role": "owner",
         "medical": False}, "account": {"id": "a"}, "subject": None, "parked": False}
for _ in range(200):
    policies.decide_now("account", facts)
before = resident()
for _ in range(600):
    assert policies.decide_now("account", facts)["allow"] is True
print(before, resident())
"""
