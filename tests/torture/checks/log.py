"""The event log: every stated fact once, in the order of its aggregate's versions, without a gap."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from contracts.events import event_types
from tests.torture.checks.projections import KEEPERS
from tests.torture.model import Model
from tests.torture.shape import Logged, Shape
from tests.torture.story import Difference

_PRIVATE: Final = ".private"

# Kinds of facts with the member of their data that names the aggregate whose versions they count.
_COUNTED: Final[Mapping[str, tuple[str, ...]]] = {
    "dossierId": ("client-registered", "client-moved", "dossier-archived", "dossier-restored"),
    "grantId": ("grant-given", "grant-changed", "grant-withdrawn", "grant-left"),
    "accessId": ("group-access-given", "group-access-changed", "group-access-ended"),
    "entryId": ("report-written", "report-edited", "goal-changed", "task-changed", "entry-changed"),
    "fileId": ("file-added", "file-removed"),
    "userId": ("user-added", "user-changed", "user-suspended", "user-resumed", "user-removed"),
    "levelId": ("level-defined",),
}

# The first fact of these is of another version than the first, or not every version is a fact.
_BEGINS: Final = {"fileId": 2}
_WITH_HOLES: Final = ("userId",)

Versions = dict[tuple[str, str], list[int]]


async def check_log(shape: Shape, model: Model, logged: Sequence[Logged]) -> list[Difference]:
    found = [*_places(logged), *_doubles(logged)]
    versions = _versions(logged)
    found += _order(model, versions)
    found += _all_there(model, versions)
    return found + await _stated_is_logged(shape, logged)


def _places(logged: Sequence[Logged]) -> list[Difference]:
    """Offsets go up without a gap; where old versions of private content are taken out, they go up."""
    offsets: dict[str, list[int]] = defaultdict(list)
    for record in logged:
        offsets[record.place].append(record.offset)
    wrong = []
    for place, there in offsets.items():
        whole = list(range(there[0], there[0] + len(there)))
        if there != (sorted(set(there)) if _PRIVATE in place else whole):
            wrong.append(Difference("log", place, f"has a gap or a double among {len(there)} offsets"))
    return wrong


def _doubles(logged: Sequence[Logged]) -> list[Difference]:
    """A relay that died before it could delete says the same once more; nothing else may have the same id."""
    first: dict[str, Logged] = {}
    doubles = [record for record in logged if first.setdefault(record.id, record).body != record.body]
    return [Difference("log", record.key, f"{record.type} {record.id} is there with two bodies") for record in doubles]


def _versions(logged: Sequence[Logged]) -> Versions:
    """The versions of each aggregate in the order in which they first came."""
    seen, versions = set[str](), defaultdict[tuple[str, str], list[int]](list)
    for record in logged:
        counted = _KINDS.get(record.type.split(".")[3])
        if counted is not None and record.id not in seen:
            versions[counted, str(record.body["data"][counted])].append(int(record.body["sequence"]))
        seen.add(record.id)
    return versions


_KINDS: Final = {noun: counted for counted, nouns in _COUNTED.items() for noun in nouns}


def _order(model: Model, versions: Versions) -> list[Difference]:
    wrong = []
    for (counted, id), there in versions.items():
        begin = _BEGINS.get(counted, 1)
        whole = list(range(begin, begin + len(there)))
        if there != (sorted(set(there)) if counted in _WITH_HOLES else whole):
            wrong.append(Difference("log", model.name_of(id), f"its facts stand there in the order {there}"))
    return wrong


def _all_there(model: Model, versions: Versions) -> list[Difference]:
    """As many facts of each aggregate as commands changed it."""
    return [
        Difference("log", name, f"has {len(versions.get((counted, id), []))} facts and must have {must_have}")
        for counted, name, id, must_have in _must_have(model)
        if len(versions.get((counted, id), [])) != must_have
    ]


def _must_have(model: Model) -> Iterable[tuple[str, str, str, int]]:
    for dossier in model.dossiers.values():
        yield "dossierId", dossier.name, dossier.id, dossier.version
    for grant in model.grants.values():
        yield "grantId", grant.name, grant.id, grant.version
    for entry in model.entries.values():
        yield "entryId", entry.name, entry.id, entry.version
    for file in model.files.values():
        yield "fileId", file.name, file.id, file.version - 1
    for level in model.levels.values():
        if level.account is not None:
            yield "levelId", level.name, level.id, 1


async def _stated_is_logged(shape: Shape, logged: Sequence[Logged]) -> list[Difference]:
    """What a service has taken in as its own is on the log as well: it was in the outbox of the same transaction."""
    there = {record.id for record in logged}
    kept = [kind.type for kind in event_types().values() if not kind.private]
    wrong: list[Difference] = []
    for service in KEEPERS:
        rows: list[dict[str, Any]] = await shape.rows(service, "select event_id, type from projection.inbox")
        lost = [row for row in rows if row["type"] in kept and row["event_id"] not in there]
        wrong += [Difference("log", row["event_id"], f"{row['type']} was heard by {service} alone") for row in lost]
    return wrong
