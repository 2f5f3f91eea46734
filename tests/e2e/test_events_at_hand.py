"""`keten events`, walked through as docs/operations.md tells it: what is stuck is seen, mended, handled again or let go."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from chassis.staging import stage
from contracts.ids import new_id
from contracts.rights import STANDARD_LEVELS
from contracts.sharing import GrantChanged, GrantStatus, Onward
from tests.e2e.operating import Operator
from tests.e2e.people import Founder, Organisation, Platform
from tests.e2e.waiting import eventually

LEVELS = {level.code: level for level in STANDARD_LEVELS}


@pytest.fixture
def operator(platform: Platform, tmp_path: Path) -> Operator:
    if platform.secrets is None:
        pytest.skip("the platform at KETEN_URL is not operated from here")
    return Operator(platform, tmp_path)


class Shared:
    """A dossier of Kracht that Noor of another organisation reads, by a grant."""

    def __init__(self, kracht: Organisation, zorg: Organisation, dossier: str, grant: str) -> None:
        self.kracht, self.zorg, self.dossier, self.grant = kracht, zorg, dossier, grant

    def changed(self, level: str) -> GrantChanged:
        """What sharing would state when the grant's level is changed."""
        return GrantChanged(
            grant_id=self.grant,
            dossier_id=self.dossier,
            account_id=self.kracht.id,
            recipient_id=self.zorg.owner_id,
            recipient_account_id=self.zorg.id,
            given_by=self.kracht.owner_id,
            parent_id=None,
            level_id=LEVELS[level].id,
            level_code=level,
            rights=LEVELS[level].rights,
            until=None,
            onward=Onward.NONE,
            status=GrantStatus.LIVE,
        )

    async def seen_by_noor(self) -> tuple[int, Any]:
        answer = await self.zorg.owner.http.get(f"/dossier/v1/dossiers/{self.dossier}")
        return answer.status_code, answer.json()

    async def is_answered(self, status: int) -> None:
        assert (await self.seen_by_noor())[0] == status


@pytest.fixture
async def shared(organisations: Founder) -> Shared:
    kracht = await organisations.organisation("Kracht", "Tess Bakker")
    zorg = await organisations.organisation("Zorg 4 You", "Noor de Wit")
    group = await kracht.owner.post("/dossier/v1/client-groups", {"name": "Noord"})
    profile = {"givenName": "Eddy", "familyName": "Berg"}
    client = await kracht.owner.post("/dossier/v1/clients", {"groupId": group["id"], "profile": profile})
    sharing = {"dossierId": client["dossierId"], "recipient": {"userId": zorg.owner_id}}
    how = {"levelId": str(LEVELS["view"].id), "purpose": "Care", "legalBasis": "consent"}
    kracht.owner.seen(zorg.owner)
    grant = await kracht.owner.post("/sharing/v1/grants", sharing | how)
    shared = Shared(kracht, zorg, client["dossierId"], grant["id"])
    await eventually(lambda: shared.is_answered(200))
    return shared


async def stated(
    operator: Operator, shared: Shared, level: str, *, version: int, poison: bool = False
) -> tuple[UUID, str]:
    """Put a fact into sharing's outbox that its code never put there; a poisoned one lacks its status."""
    record = stage(shared.changed(level), version=version, at=datetime.now(UTC)).record()
    body = json.loads(record.body)
    if poison:
        del body["data"]["status"]
    row = f"'{record.id}', '{record.topic}', '{record.key}', '{record.type}', '{json.dumps(body)}'"
    await operator.sql("sharing", f"insert into public.outbox (id, topic, key, type, body) values ({row})")
    return record.id, record.body


@pytest.mark.rule("ALL-2")
async def test_a_poisoned_event_is_seen_mended_and_handled_again(operator: Operator, shared: Shared) -> None:
    poison, mended = await stated(operator, shared, "edit", version=2, poison=True)

    # Whatever leans on the key answers 503 until it is mended.
    await eventually(lambda: shared.is_answered(503))
    lag = json.loads(await operator.events("lag", "--json", code=1))
    assert {one["service"] for one in lag["services"] if one["parked_keys"]} >= {"dossier", "documents"}
    listed = await operator.events("dead-letters", "list", "--service", "dossier")
    assert shared.dossier in listed
    assert "sharing.grant-changed.v1" in listed
    told = await operator.events("dead-letters", "show", "dossier", shared.dossier)
    assert str(poison) in told
    assert "status: missing" in told
    assert "parked" in await operator.events("show", str(poison))
    assert "They still cannot be handled" in await operator.events(
        "dead-letters", "replay", "dossier", shared.dossier, code=1
    )

    for service in ("dossier", "documents"):
        await operator.sql(
            service, f"update projection.dead_letter set body = '{mended}' where event_id = '{poison}' returning 1"
        )
        await operator.events("dead-letters", "replay", service, shared.dossier, "--reference", "INC-1")

    status, seen = await shared.seen_by_noor()
    assert (status, seen["level"]) == (200, "edit")
    assert "handled" in await operator.events("show", str(poison))
    [line] = [one for one in await lines(shared) if one["action"] == "events.replay" and one["service"] == "dossier"]
    assert (line["person"]["name"], line["client"]) == ("Platformbeheer", "keten (beheerder)")
    assert (line["reasons"][0]["reason"], line["reasons"][0]["reference"]) == ("fault", "INC-1")


@pytest.mark.rule("ALL-2")
async def test_an_event_that_nobody_can_mend_is_dropped_and_those_behind_it_are_handled(
    operator: Operator, shared: Shared
) -> None:
    poison, _ = await stated(operator, shared, "report", version=2, poison=True)
    await stated(operator, shared, "edit", version=3)
    await eventually(lambda: shared.is_answered(503))
    key = ("dossier", shared.dossier)

    refused = await operator.events("dead-letters", "drop", *key, str(poison), "--reason", "fault", code=2)
    assert "will never know" in refused
    dropped = await operator.events("dead-letters", "drop", *key, str(poison), "--reason", "fault", "--yes")
    assert "1 event of this key can be handled now" in dropped
    await shared.is_answered(503)
    await operator.events("dead-letters", "replay", *key)

    status, seen = await shared.seen_by_noor()
    assert (status, seen["level"]) == (200, "edit")
    assert "dropped: it will never be handled" in await operator.events("show", str(poison))
    await operator.events("rebuild", "dossier")
    await shared.is_answered(200)
    await operator.events("dead-letters", "drop", "documents", shared.dossier, "--all", "--reason", "fault", "--yes")
    assert [one["reasons"][0]["event"] for one in await lines(shared) if one["action"] == "events.drop"][-1] == str(
        poison
    )


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


async def test_the_access_logs_are_as_the_log_has_them(operator: Operator, shared: Shared) -> None:
    told = await operator.events("verify", "--service", "dossier")

    assert told.rstrip().endswith("holds")


async def test_what_is_asked_wrongly_is_refused_in_a_sentence(operator: Operator) -> None:
    nothing = str(new_id())

    assert "Nothing is parked for this key." in await operator.events(
        "dead-letters", "show", "dossier", nothing, code=1
    )
    assert "Neither an event nor a key has this id" in await operator.events("show", nothing, code=1)
    for wrong in (["show", "Jansen"], ["dead-letters", "replay", "nobody", nothing], ["tail", "--type", "grant-gone"]):
        assert operator.keten("events", *wrong).returncode == 2


async def lines(shared: Shared) -> list[dict[str, Any]]:
    """What Tess reads of it; what other services wrote arrives a moment later."""
    found: list[dict[str, Any]] = []

    async def arrived() -> None:
        path = f"/dossier/v1/dossiers/{shared.dossier}/access-log?limit=100"
        found[:] = (await shared.kracht.owner.get(path))["items"]
        assert {"events.replay", "events.drop"} & {one["action"] for one in found}

    await eventually(arrived)
    return found
