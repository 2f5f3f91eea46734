"""One trace for what one click set going: from the gateway to the mail that it ends in, through every process on the way."""

from collections.abc import Sequence

from contracts.rights import STANDARD_LEVELS
from tests.e2e.people import Founder, Platform
from tests.e2e.waiting import eventually
from tests.telemetry.conftest import Seen
from tests.telemetry.spans import Span

LEVEL = {level.code: str(level.id) for level in STANDARD_LEVELS}

GIVEN = "nl.keten.sharing.grant-given.v1"


def below(spans: Sequence[Span], *names: tuple[str, str]) -> bool:
    """Whether these (service, name) stand below one another in this order, with whatever between them."""
    by_id = {span.id: span for span in spans}
    *above, (service, name) = names
    for span in spans:
        if (span.service, span.name) == (service, name):
            ancestors = _ancestors(span, by_id)
            if all(any((one.service, one.name) == wanted for one in ancestors) for wanted in above):
                return True
    return False


def _ancestors(span: Span, by_id: dict[str, Span]) -> list[Span]:
    found = []
    while (above := by_id.get(span.parent)) is not None:
        found.append(above)
        span = above
    return found


async def test_a_share_is_one_trace_from_the_gateway_to_the_mail(
    platform: Platform, organisations: Founder, seen: Seen
) -> None:
    kracht = await organisations.organisation("Kracht", "Tess Bakker")
    zorg = await organisations.organisation("Zorg 4 You", "Noor de Wit")
    group = await kracht.owner.post("/dossier/v1/client-groups", {"name": "Noord"})
    profile = {"givenName": "Eddy", "familyName": "Berg"}
    client = await kracht.owner.post("/dossier/v1/clients", {"groupId": group["id"], "profile": profile})
    sharing = {"dossierId": client["dossierId"], "recipient": {"userId": zorg.owner_id}, "levelId": LEVEL["edit"]}
    trace = zorg.owner_id.replace("-", "")
    await kracht.owner.ask(
        "POST",
        "/sharing/v1/grants",
        {**sharing, "purpose": "Nursing at home", "legalBasis": "consent"},
        traceparent=f"00-{trace}-{'cd' * 8}-01",
    )
    request = ("sharing", "POST /sharing/v1/grants")

    async def it_is_told_whole() -> None:
        spans = [span for span in seen.spans() if span.trace == trace]
        assert below(spans, request, ("sharing", "decide dossier"))
        assert below(spans, request, ("sharing", "commit"))
        assert below(spans, request, ("sharing", f"publish {GIVEN}"))
        assert below(spans, request, ("dossier", f"hear {GIVEN}"))
        heard = ("documents", f"hear {GIVEN}")
        assert below(spans, request, heard, ("documents", "work mail"), ("documents", "mail deliver"))
        assert below(spans, heard, ("documents", "work mail"), ("identity", "GET /addressees/{user_id}"))
        if platform.data is None:
            assert below(spans, ("gateway", "POST"), ("gateway", "ask POST"), request)

    await eventually(it_is_told_whole, patience=120)


async def test_a_withdrawal_shows_who_was_waited_for(organisations: Founder, seen: Seen) -> None:
    kracht = await organisations.organisation("Kracht", "Tess Bakker")
    colleague = {"name": "Bo Jansen", "email": f"bo-{kracht.id}@example.org", "role": "member"}
    added = await kracht.owner.post("/identity/v1/users", colleague)
    trace = added["id"].replace("-", "")
    await kracht.owner.ask(
        "POST", f"/identity/v1/users/{added['id']}/_suspend", traceparent=f"00-{trace}-{'cd' * 8}-01"
    )

    async def they_are_in_its_trace() -> None:
        spans = [span for span in seen.spans() if span.trace == trace]
        for service in ("dossier", "sharing", "documents"):
            assert below(spans, ("identity", "confirm"), (service, "POST /positions/_confirm"))

    await eventually(they_are_in_its_trace, patience=120)
