"""Whatever people write and whatever goes wrong with it: nothing of it stands in a log, a metric, a trace or in what OPA
says of its decisions."""

from collections.abc import Callable, Sequence

import httpx

from tests.canaries import Canaries, Read
from tests.e2e.operating import Operator
from tests.e2e.people import Founder, Platform
from tests.e2e.waiting import eventually
from tests.planting import HEARERS, plant_everywhere, poisoned
from tests.telemetry.conftest import Seen
from tests.telemetry.refused_mail import refused_mail


async def test_nothing_that_people_wrote_is_seen_by_operators(
    platform: Platform,
    organisations: Founder,
    operator: Operator,
    seen: Seen,
    record_property: Callable[[str, object], None],
) -> None:
    canaries = Canaries()
    planted = await plant_everywhere(canaries, organisations)

    async def all_is_said() -> None:
        names = {span.name for span in seen.spans()}
        assert {"mail deliver", "work mail"} <= names
        assert any(name.startswith("hear ") for name in names)

    await eventually(all_is_said)
    async with poisoned(canaries, operator) as keys:
        parked = [await operator.events("dead-letters", "show", "dossier", key) for key in keys]
        await mail_is_refused(platform, seen, canaries, planted["owner's email"], planted["receiver's email"])
        said = list(seen.everything())

    assert len(canaries.words) > 70
    found = [str(one) for one in canaries.find(said)]
    record_property("planted", len(canaries.words))
    record_property("found", len(found))
    assert found == []
    lines = [line for read in said for line in read.content.splitlines()]
    told = [line for line in lines if b"event_parked" in line and b"user-profile" in line]
    assert len(told) >= len(keys) * len(HEARERS)
    assert [found.what for found in canaries.find([Read("what an operator is shown", "".join(parked).encode())])] == []
    it_would_have_been_found(canaries, seen, lines, in_containers=platform.data is None)


async def mail_is_refused(platform: Platform, seen: Seen, canaries: Canaries, at_once: str, when_read: str) -> None:
    """A mail server refuses two mails for good, and repeats in its answers whom and what it refuses."""
    with refused_mail(platform, seen, at_once, when_read) as (there, answers):
        async with httpx.AsyncClient(base_url=platform.url) as anybody:
            for email in (at_once, when_read):
                asked = await anybody.post("/identity/v1/password-resets", json={"email": email})
                assert asked.status_code == 202, asked.text

        async def both_are_given_up() -> None:
            logs = b"\n".join(read.content for read in there.logs())
            assert b"smtp-550" in logs
            assert b"smtp-554" in logs

        await eventually(both_are_given_up, patience=60)
        found = {one.what for one in canaries.find([Read("the mail server", answers().encode())])}
        assert any(what.startswith("given name of the owning") for what in found), "it names whom it refuses"
        assert any(what.startswith("given name of the receiving") for what in found), "it repeats what it refuses"
        assert [str(one) for one in canaries.find(there.everything())] == []


def it_would_have_been_found(canaries: Canaries, seen: Seen, lines: Sequence[bytes], *, in_containers: bool) -> None:
    """A word planted in a place of each kind, where something was said, is found there and nowhere else."""
    word = canaries.plant("planted on purpose")
    seen.plant(word)
    assert [found.what for found in canaries.find(seen.logs())] == ["planted on purpose"]
    places = {
        "a metric's label": (b"keten_request_seconds_count{", b'route="', b'"'),
        "a trace's attribute": (b'"mail deliver"', b'"stringValue": "', b'"'),
    }
    if in_containers:
        places["the decision log"] = (b'"decision_id":', b'"action":"', b'"')
    for place, (mark, before, after) in places.items():
        line = next(one for one in lines if mark in one)
        head, _, rest = line.partition(before)
        spoiled = head + before + word.encode() + after + rest.partition(after)[2]
        assert spoiled != line
        assert [found.what for found in canaries.find([Read(place, spoiled)])] == ["planted on purpose"], place
