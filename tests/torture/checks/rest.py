"""Waiting until nothing is under way any more: outboxes are empty, consumers at the end, work done, lines sealed."""

from collections.abc import Mapping, Sequence, Set
from typing import Final

from contracts.services import SERVICES
from documents.consumers import HANDLERS as DOCUMENTS
from dossier.consumers import HANDLERS as DOSSIER
from sharing.consumers import HANDLERS as SHARING
from tests.e2e.waiting import eventually
from tests.torture.checks.comparing import accounts, ids
from tests.torture.model import Model
from tests.torture.shape import Logged, Shape
from tests.torture.story import Difference

# The types of events that a service takes in; identity hears nobody.
HEARD: Final[Mapping[str, frozenset[str]]] = {
    "dossier": frozenset(kind.type for kind in DOSSIER),
    "sharing": frozenset(kind.type for kind in SHARING),
    "documents": frozenset(kind.type for kind in DOCUMENTS),
}

# What a dead worker held is taken over after a minute, and tried again later and later (seconds).
_PATIENCE: Final = 150.0


async def come_to_rest(shape: Shape, model: Model, *, before: Set[str], hurries: bool) -> list[Difference]:
    """What does not come to rest in time is a difference; what was on the log `before` the story is not of it. Who `hurries`
    does not wait for the leases of dead workers: their end is set to now, as their clock would."""
    if hurries:
        for service in SERVICES:
            await shape.execute(service, _end_leases(model))

    async def is_at_rest() -> None:
        under_way = await _under_way(shape, model, before)
        assert under_way == [], under_way

    try:
        await eventually(is_at_rest, patience=_PATIENCE)
    except (AssertionError, OSError) as fault:
        return [Difference("rest", "platform", f"does not come to rest: {str(fault)[:500]}")]
    return []


async def _under_way(shape: Shape, model: Model, before: Set[str]) -> list[str]:
    found = []
    for service in SERVICES:
        [row] = await shape.rows(service, _counts(model))
        found += [f"{service}: {row[what]} {what}" for what in ("stated", "working", "unsealed") if row[what]]
    if not found:
        logged = [record for record in await shape.log() if record.id not in before]
        found = _unheard(logged, {s: await _inbox(shape, s) for s in HEARD})
    return found


def _unheard(logged: Sequence[Logged], inboxes: Mapping[str, set[str]]) -> list[str]:
    return [
        f"{service} has not heard {record.type} {record.id}"
        for service, heard in HEARD.items()
        for record in logged
        if record.type in heard and record.id not in inboxes[service]
    ][:5]


async def _inbox(shape: Shape, service: str) -> set[str]:
    return {row["event_id"] for row in await shape.rows(service, "select event_id from projection.inbox")}


def _counts(model: Model) -> str:
    return f"""select (select count(*) from public.outbox) as stated,
        (select count(*) from public.access_log_line where mac is null) as unsealed,
        (select count(*) from public.chunk where {_ours(model)}) as working"""


def _end_leases(model: Model) -> str:
    return f"update public.chunk set lease_until = null, due_at = now(), state = 'waiting' where {_ours(model)}"


def _ours(model: Model) -> str:
    """Work for an account of the story, or for nobody's: mails that identity asked for."""
    nobody = ids(["00000000-0000-0000-0000-000000000001"])
    return f"state in ('waiting', 'claimed') and account_id in ({accounts(model)}, {nobody})"
