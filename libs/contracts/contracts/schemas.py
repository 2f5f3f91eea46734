"""What is promised to whoever listens: a JSON Schema per event and one AsyncAPI document, kept as snapshots.

`python -m contracts.schemas` writes them. They only grow: a field may be added, nothing is renamed or taken away.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contracts.asyncapi import asyncapi
from contracts.events import Event, event_types

FOLDER = Path(__file__).parents[1]


def snapshots() -> Mapping[str, str]:
    """Every snapshot by its path beside this package, as it should be."""
    made = {f"schemas/{name}.json": _text(schema(event)) for name, event in sorted(event_types().items())}
    return {**made, "asyncapi.json": _text(asyncapi())}


def schema(event: type[Event]) -> dict[str, Any]:
    """The JSON Schema of an event's `data`."""
    made = event.model_json_schema(by_alias=True)
    return {**made, "$id": f"urn:nld:keten:schema:{event.type}", "description": event.sentence()}


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def write() -> None:
    for name, text in snapshots().items():
        path = FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


if __name__ == "__main__":
    write()
