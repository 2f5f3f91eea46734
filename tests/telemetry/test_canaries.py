"""Whatever people write and whatever goes wrong with it: nothing of it stands in a log, a metric or a trace."""

from tests.canaries import Canaries, lines
from tests.e2e.people import Founder, Platform
from tests.e2e.waiting import eventually
from tests.planting import plant_everywhere
from tests.telemetry.conftest import Seen


async def test_nothing_that_people_wrote_is_seen_by_operators(
    platform: Platform, organisations: Founder, seen: Seen
) -> None:
    canaries = Canaries()
    await plant_everywhere(canaries, organisations)

    async def all_is_said() -> None:
        names = {span.name for span in seen.spans()}
        assert {"mail deliver", "work mail"} <= names
        assert any(name.startswith("hear ") for name in names)

    await eventually(all_is_said)
    said = list(seen.everything())

    assert len(canaries.words) > 70
    assert [str(found) for found in canaries.find(said)] == []
    # It looked where something is said, and would have found it.
    assert any("serving" in str(read.content) or "answering" in str(read.content) for read in said)
    word = canaries.plant("planted line")
    seen.plant(word)
    assert [found.what for found in canaries.find(seen.logs())] == ["planted line"]
    [span] = [line for line in seen.traces().splitlines() if "mail deliver" in line][:1]
    spoiled = span.replace("mail deliver", f"mail {word}")
    assert [found.what for found in canaries.find(lines("traces", spoiled.encode()))] == ["planted line"]
