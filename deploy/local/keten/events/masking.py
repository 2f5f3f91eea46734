"""What of an event an operator sees. Facts hold ids and codes and are shown; whatever may tell of a person shows the names
of its fields and no value, and so does what is not as its type says."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from pydantic.alias_generators import to_camel

from chassis.log import Record
from contracts.events import CloudEvent, Event, event_types

MASK = "•••"

_PREFIX = "nl.keten."
_TYPE = re.compile(r"nl\.keten\.[a-z-]{1,40}\.[a-z-]{1,60}\.v\d{1,3}", re.ASCII)


@dataclass(frozen=True)
class Shown:
    """An event as it may be seen: its envelope, and of its data the names with values or masks."""

    id: UUID
    type: str
    key: UUID
    dossier: UUID | None
    """The dossier it is about, where its key is one."""
    sequence: int | None
    time: datetime | None
    actor: UUID | None
    account: UUID | None
    subject: UUID | None
    data: Mapping[str, Any]
    strange: int
    """How many fields it has that its type does not: their names may be anything."""
    is_masked: bool
    fault: str | None
    """Why it cannot be read as what its type says."""


def short(kind: str) -> str:
    """A type without what all types begin with: `sharing.grant-given.v1`. What is no type is not repeated."""
    return kind.removeprefix(_PREFIX) if _TYPE.fullmatch(kind) else "no type of ours"


def shown(record: Record, *, unmask: bool) -> Shown:
    """With `unmask` every value, as far as it can be read at all."""
    kind = event_types().get(record.type)
    envelope, fault = _envelope(record)
    data = envelope.data if envelope else {}
    is_open = kind is not None and not kind.private and fault is None
    known = {name: value for name, value in data.items() if kind is not None and name in _fields(kind)}
    return Shown(
        id=record.id,
        type=short(record.type),
        key=record.key,
        dossier=record.key if kind is not None and kind.key_field == "dossier_id" else None,
        sequence=_number(envelope.sequence) if envelope else None,
        time=envelope.time if envelope else None,
        actor=_id(envelope.actor) if envelope else None,
        account=_id(envelope.account) if envelope else None,
        subject=_id(envelope.subject) if envelope else None,
        data=data if unmask else known if is_open else dict.fromkeys(known, MASK),
        strange=0 if unmask else len(data) - len(known),
        is_masked=not is_open or len(data) > len(known),
        fault=fault,
    )


def printable(text: str) -> str:
    """Without what would steer a terminal or turn the text around."""
    return "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in text)


def value(given: Any) -> str:
    """A field's value in one line."""
    return printable(given if isinstance(given, str) else json.dumps(given, ensure_ascii=False, default=str))


def _envelope(record: Record) -> tuple[CloudEvent | None, str | None]:
    """And what is wrong, without what stands there."""
    kind: type[Event] | None = event_types().get(record.type)
    try:
        envelope = CloudEvent.model_validate_json(record.body)
    except ValidationError as fault:
        return None, "the envelope: " + _where(fault)
    if kind is None:
        return envelope, "a type that nobody here knows"
    try:
        kind.model_validate(envelope.data)
    except ValidationError as fault:
        return envelope, _where(fault)
    return envelope, None


def _where(fault: ValidationError) -> str:
    # The places are names of fields that the type knows; a place within an array or a mapping is left out.
    told = [
        f"{error['loc'][0] if error['loc'] else 'the whole'}: {error['type']}"
        for error in fault.errors(include_input=False)
    ]
    return ", ".join(sorted(set(told)))


def _fields(kind: type[Event]) -> frozenset[str]:
    return frozenset(to_camel(name) for name in kind.model_fields)


def _id(given: str | None) -> UUID | None:
    try:
        return UUID(given) if given else None
    except ValueError:
        return None


def _number(given: str) -> int | None:
    return int(given) if given.isascii() and given.isdigit() and len(given) < 19 else None
