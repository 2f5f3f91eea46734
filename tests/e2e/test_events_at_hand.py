"""A poisoned event, walked through as docs/operations.md tells it: seen, mended, handled again, and answered again."""

import json

import pytest

from tests.e2e.operating import Operator, a_shared_dossier, stated
from tests.e2e.people import Founder
from tests.e2e.waiting import eventually


@pytest.mark.rule("ALL-2")
async def test_a_poisoned_event_is_seen_mended_and_handled_again(operator: Operator, organisations: Founder) -> None:
    shared = await a_shared_dossier(organisations)
    poison, mended = await stated(operator, shared, "edit", version=2, poison=True)

    # Whatever leans on the key answers 503 until it is mended.
    await eventually(lambda: shared.is_answered(503))
    lag = json.loads(await operator.events("lag", "--json", code=1))
    assert {one["service"] for one in lag["services"] if one["parked_keys"]} >= {"dossier", "documents"}
    told = await operator.events("dead-letters", "show", "dossier", shared.dossier)
    assert str(poison) in told
    assert "status: missing" in told
    assert "parked" in await operator.events("show", str(poison))

    for service in ("dossier", "documents"):
        await operator.sql(
            service, f"update projection.dead_letter set body = '{mended}' where event_id = '{poison}' returning 1"
        )
        await operator.events("dead-letters", "replay", service, shared.dossier, "--reference", "INC-1")

    await shared.is_answered(200)
    assert await shared.level_of_noor() == "edit"
    [line] = [one for one in await shared.lines() if one["service"] == "dossier"]
    assert (line["action"], line["person"]["name"]) == ("events.replay", "Platform operator")
    assert line["client"] == "keten (beheerder)"
    assert (line["reasons"][0]["reason"], line["reasons"][0]["reference"]) == ("fault", "INC-1")
    assert shared.dossier not in await operator.events("dead-letters", "list")
