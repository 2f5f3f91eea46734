"""The rest of `keten events`: an event that nobody can mend is let go; what may tell of a person is masked."""

import asyncio

import pytest

from chassis.rebuild import LOCK
from contracts.ids import new_id
from tests.e2e.operating import Operator, Shared, a_shared_dossier, stated
from tests.e2e.people import Founder
from tests.e2e.waiting import eventually


@pytest.fixture
async def shared(organisations: Founder) -> Shared:
    return await a_shared_dossier(organisations)


@pytest.mark.rule("ALL-2")
async def test_an_event_that_nobody_can_mend_is_dropped_and_those_behind_it_are_handled(
    operator: Operator, shared: Shared
) -> None:
    poison, _ = await stated(operator, shared, "report", version=2, poison=True)
    await stated(operator, shared, "edit", version=3)
    await eventually(lambda: shared.is_answered(503))
    key = ("dossier", shared.dossier)

    still = await operator.events("dead-letters", "replay", *key, code=1)
    assert "They still cannot be handled (Unreadable: status: missing)" in still
    refused = await operator.events("dead-letters", "drop", *key, str(poison), "--reason", "fault", code=2)
    assert "will never know" in refused
    dropped = await operator.events("dead-letters", "drop", *key, str(poison), "--reason", "fault", "--yes")
    assert "of this key can be handled now" in dropped
    await shared.is_answered(503)
    await operator.events("dead-letters", "replay", *key)

    assert await shared.level_of_noor() == "edit"
    assert "dropped: it will never be handled" in await operator.events("show", str(poison))
    await operator.events("rebuild", "dossier")
    await shared.is_answered(200)
    await operator.events("dead-letters", "drop", "documents", shared.dossier, "--all", "--reason", "fault", "--yes")
    done = [(one["action"], one["reasons"][0].get("event")) for one in await shared.lines()]
    assert ("events.drop", str(poison)) in done


@pytest.mark.rule("ALL-2")
async def test_events_are_masked_and_each_that_is_unmasked_is_a_line(operator: Operator, shared: Shared) -> None:
    noor = shared.zorg.owner_id
    facts = await operator.events("tail", "--key", shared.dossier, "-n", "50")
    private = ("tail", "--key", noor, "--type", "user-profile")

    assert "sharing.grant-given.v1" in facts
    masked = await operator.events(*private)
    assert "•••" in masked
    assert "Noor de Wit" not in masked
    assert "--reason" in operator.keten("events", *private, "--unmask").stderr
    unmasked = await operator.events(*private, "--unmask", "--reason", "request", "--reference", "INC-2")

    assert "Noor de Wit" in unmasked
    noted = "select reasons->0->>'reason' from public.access_log_line where reasons->0->>'reference' = 'INC-2'"
    assert await operator.sql("identity", noted) == "request"


async def test_a_rebuild_says_that_another_one_is_under_way(operator: Operator, shared: Shared) -> None:
    async with operator.holding("dossier", f"select pg_advisory_xact_lock({LOCK})"):
        told = await asyncio.to_thread(operator.keten, "events", "rebuild", "dossier")

    assert told.returncode == 1
    assert "The projections of dossier are already being rebuilt" in told.stderr
    await shared.is_answered(200)


async def test_the_access_logs_are_as_the_log_has_them(operator: Operator, shared: Shared) -> None:
    told = await operator.events("verify", "--service", "dossier")

    assert told.rstrip().endswith("holds")


async def test_what_is_not_there_is_said_not_to_be(operator: Operator) -> None:
    nothing = str(new_id())

    assert "Nothing is parked for this key." in await operator.events(
        "dead-letters", "show", "dossier", nothing, code=1
    )
    assert "Neither an event nor a key has this id" in await operator.events("show", nothing, code=1)
