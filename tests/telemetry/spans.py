"""Spans as the collector of tests wrote them."""

import base64
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Span:
    """One span, in hexadecimal as a traceparent has it."""

    service: str
    name: str
    trace: str
    id: str
    parent: str
    attributes: dict[str, Any]


def spans_of(lines: Iterable[str]) -> list[Span]:
    """Of all batches."""
    return [span for line in lines if line.startswith("{") for span in _spans(json.loads(line))]


def _spans(batch: dict[str, Any]) -> Iterator[Span]:
    for of_resource in batch.get("resourceSpans", []):
        service = _attributes(of_resource["resource"])["service.name"]
        for scope in of_resource["scopeSpans"]:
            for span in scope["spans"]:
                trace, id, parent = (_hex(span.get(name, "")) for name in ("traceId", "spanId", "parentSpanId"))
                yield Span(service, span["name"], trace, id, parent, _attributes(span))


def _attributes(of: dict[str, Any]) -> dict[str, Any]:
    return {said["key"]: next(iter(said["value"].values())) for said in of.get("attributes", [])}


def _hex(value: str) -> str:
    return base64.b64decode(value).hex()
