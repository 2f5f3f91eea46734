"""Events in lines: one each, or one in full. Wide enough for ids that can be copied, narrow enough for a terminal of 120."""

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from keten.events.masking import MASK, Shown, value


def line(one: Shown, *, of_key: bool = False) -> str:
    """Time, service and type, key, sequence, the end of the actor's id; of what is masked the names of its fields. Among
    those `of_key` the event's own id stands where the key does."""
    id = one.id if of_key else one.key
    said = f"{moment(one.time)}  {one.type:<32} {id}  {_dash(one.sequence):>3}  {_tail_of(one.actor)}"
    if one.fault:
        return f"{said}  cannot be read ({one.fault})"
    return f"{said}  {_fields(one)}" if one.is_masked else said.rstrip()


def as_json(one: Shown, **more: Any) -> str:
    """The same for programs, with all data that may be seen."""
    told = {
        "time": one.time.astimezone(UTC).isoformat().replace("+00:00", "Z") if one.time else None,
        "type": one.type,
        "id": str(one.id),
        "key": str(one.key),
        "sequence": one.sequence,
        "subject": _text(one.subject),
        "actor": _text(one.actor),
        "account": _text(one.account),
        "data": dict(one.data),
        "fault": one.fault,
        **more,
    }
    return json.dumps(told, default=str)


def in_full(one: Shown) -> Iterable[str]:
    """A line per thing that is known of it, and per field of its data."""
    key = f"{one.key}  (the dossier)" if one.dossier else str(one.key)
    told = {"event": one.id, "type": one.type, "time": moment(one.time), "key": key, "subject": one.subject}
    told |= {"sequence": one.sequence, "actor": one.actor, "account": one.account}
    yield from pairs({name: _dash(found) for name, found in told.items()})
    if one.fault:
        yield f"  cannot be read as what its type says: {one.fault}"
    yield "data"
    yield from pairs({name: value(found) for name, found in one.data.items()}, indent="  ")
    if one.strange:
        yield f"  and {one.strange} fields that its type does not have"


def pairs(told: dict[str, str], *, indent: str = "") -> Iterable[str]:
    """Names and what they are, in two columns."""
    width = max((len(name) for name in told), default=0)
    return [f"{indent}{name:<{width}}  {found}" for name, found in told.items()]


def table(heads: Sequence[str], rows: Sequence[Sequence[object]], *, right: Sequence[int] = ()) -> Iterable[str]:
    """Columns as wide as they need; `right` are those with numbers."""
    cells = [[str(cell) for cell in row] for row in (heads, *rows)]
    widths = [max(len(row[n]) for row in cells) for n in range(len(heads))]
    return [
        "  ".join(
            f"{cell:>{width}}" if n in right else f"{cell:<{width}}"
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]


def moment(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}" if at else "-" * 20


def age(passed: timedelta | None) -> str:
    """As a person says it: `4 s`, `12 min`, `3 h`, `2 d`."""
    if passed is None:
        return "-"
    seconds = max(0, int(passed.total_seconds()))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def say(*lines: str) -> None:
    """To standard output at once: somebody may be following."""
    sys.stdout.write("".join(f"{one}\n" for one in lines))
    sys.stdout.flush()


def _fields(one: Shown) -> str:
    if all(found == MASK for found in one.data.values()):
        return f"{MASK} {' '.join(one.data)}"
    return " ".join(f"{name}={value(found)}" for name, found in one.data.items())


def _tail_of(id: UUID | None) -> str:
    # The end of an id of ours tells two people apart; `show` has the whole.
    return f"…{str(id)[-12:]}" if id else "-" + " " * 12


def _dash(found: object) -> str:
    return "-" if found is None else str(found)


def _text(id: UUID | None) -> str | None:
    return str(id) if id else None
