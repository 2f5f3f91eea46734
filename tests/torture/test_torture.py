"""A short torture of each shape finds nothing; and each fault that is put in on purpose is found."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.e2e.people import Platform
from tests.stack import Stack
from tests.torture import report, shrinking
from tests.torture.containers import Containers
from tests.torture.grounds import planted
from tests.torture.machine import Machine
from tests.torture.planted import faults
from tests.torture.story import Step
from tests.torture.telling import Plan, Result, retell, tell

# What is hurt elsewhere has the containers to itself.
SHAPES = ("one machine",)

_SHORT: Final = Plan(seed=20261127, seconds=10, accounts=2, colleagues=1, actors=4, pairs=60, hurries=True)

_DOSSIER, _OTHER = {"dossier": "dossier 1.2"}, {"dossier": "dossier 1.13"}

# Something of all that a fault may spoil.
_STORY: Final = [
    Step("1.1", "open group", "owner 1", {}),
    Step("1.2", "register", "owner 1", {"group": "group 1.1"}),
    Step("1.3", "share", "owner 1", {**_DOSSIER, "user": "owner 2", "level": "edit", "until": "never"}),
    Step("1.4", "open dossier", "owner 2", _DOSSIER),
    Step("1.5", "write", "owner 2", {**_DOSSIER, "section": "reports"}),
    Step("1.6", "change entry", "owner 2", {"entry": "entry 1.5"}),
    Step("1.7", "read part", "owner 2", {**_DOSSIER, "part": "reports"}),
    *(Step(f"1.{n}", "write", "owner 1", {**_DOSSIER, "section": "tasks"}) for n in (8, 9, 10)),
    Step("1.11", "end grant", "owner 1", {"grant": "grant 1.3"}),
    Step("1.12", "open dossier", "owner 2", _DOSSIER),
    Step("1.13", "register", "owner 1", {"group": "group 1.1"}),
    Step("1.14", "share", "owner 1", {**_OTHER, "user": "owner 2", "level": "view", "until": "30"}),
    Step("1.15", "open dossier", "owner 2", _OTHER),
]

_IN_PEACE: Final = Plan(seed=1, seconds=0, colleagues=0, pairs=20, patience=20.0)

# By which check a fault shows itself.
_SHOWN_BY: Final = {
    faults.LOST_EVENT: "log",
    faults.DOUBLED_EFFECT: "mails",
    faults.REVIVED_GRANT: "answer",
    faults.UNLOGGED_READ: "access log",
    faults.FORGOTTEN_SCOPE: "lists",
    faults.UNDONE_WRITE: "tasks in dossier",
}

_EVERYTHING: Final = (
    "create or replace function public.reaches(wanted uuid) returns boolean language sql stable as 'select true'"
)


def nothing_differs(result: Result) -> None:
    assert result.differences == [], f"seed {result.plan.seed}\n{report.differences(result.differences)}"
    assert result.stage.cast.tally.commands > 0


@pytest.mark.rule("SHR-12", "BEY-16", "ALL-2")
def test_on_one_machine_nothing_differs_after_what_hurts(platform: Platform) -> None:
    nothing_differs(asyncio.run(tell(Machine(platform), _SHORT)))


@pytest.mark.rule("SHR-12", "BEY-16", "ALL-2")
def test_in_containers_nothing_differs_after_what_hurts(stack_alone: Stack) -> None:
    nothing_differs(asyncio.run(tell(Containers(stack_alone), _SHORT)))


@pytest.fixture(scope="module")
def fault_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Which fault is at work; none at first."""
    file = tmp_path_factory.mktemp("torture") / "fault"
    file.write_text("")
    return file


@pytest.fixture(scope="module")
def faulty(fault_file: Path) -> Iterator[Machine]:
    with planted(fault_file) as machine:
        yield machine


def test_without_a_fault_the_story_shows_nothing(faulty: Machine, fault_file: Path) -> None:
    fault_file.write_text("")

    assert asyncio.run(retell(faulty, _IN_PEACE, _STORY)) == []


@pytest.mark.parametrize("fault", faults.FAULTS)
def test_a_planted_fault_is_found(faulty: Machine, fault_file: Path, fault: str) -> None:
    fault_file.write_text(fault)
    second_lock = asyncio.run(_opened(faulty)) if fault == faults.FORGOTTEN_SCOPE else None
    try:
        found = asyncio.run(retell(faulty, _IN_PEACE, _STORY))
    finally:
        if second_lock is not None:
            asyncio.run(faulty.execute("dossier", second_lock))

    assert _SHOWN_BY[fault] in {one.check for one in found}, report.differences(found)


async def _opened(machine: Machine) -> str:
    """What forgets its scope finds nothing behind the second lock, so that is opened as well. Returns what closes it."""
    [row] = await machine.rows("dossier", "select pg_get_functiondef('public.reaches(uuid)'::regprocedure) as made")
    await machine.execute("dossier", _EVERYTHING)
    # Its body names tables of another schema, which are looked up when it runs.
    return f"set check_function_bodies = off; {row['made']}"


def test_a_long_story_is_cut_to_what_shows_the_difference() -> None:
    """Two of these together bring it about: whoever is given the dossier, and whoever is asked to leave it."""

    async def shows(steps: list[Step]) -> bool:
        return {"1.3", "1.11"} <= {step.label for step in steps}

    touching = shrinking.touching(_STORY, "grant 1.3")
    least, is_shown = asyncio.run(shrinking.shortest(touching, shows))  # type: ignore[arg-type]

    assert [step.label for step in touching] == ["1.1", "1.2", "1.3", "1.11"]
    assert is_shown
    assert [step.label for step in least] == ["1.3", "1.11"]
