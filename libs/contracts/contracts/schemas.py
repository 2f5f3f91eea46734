"""What is promised to whoever listens: a JSON Schema per event and one AsyncAPI document, kept as snapshots.

`python -m contracts.schemas` writes them. They only grow: a field may be added, nothing is renamed or taken away.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contracts.events import CloudEvent, Event, event_types
from contracts.services import SERVICES, private_topic, topic

FOLDER = Path(__file__).parents[1]


def snapshots() -> Mapping[str, str]:
    """Every snapshot by its path beside this package, as it should be."""
    made = {f"schemas/{name}.json": _text(schema(event)) for name, event in sorted(event_types().items())}
    return {**made, "asyncapi.json": _text(asyncapi())}


def schema(event: type[Event]) -> dict[str, Any]:
    """The JSON Schema of an event's `data`."""
    made = event.model_json_schema(by_alias=True)
    return {**made, "$id": f"urn:nld:keten:schema:{event.type}", "description": _sentence(event)}


def asyncapi() -> dict[str, Any]:
    """Which events stand on which topic (AsyncAPI 3.0)."""
    events = sorted(event_types().items())
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Keten events",
            "version": "1.0.0",
            "description": "Facts on keten.<service>: ids, codes, dates. Personal content, latest by key, on ….private.",
        },
        "channels": {
            name: _channel(name, events) for service in SERVICES for name in (topic(service), private_topic(service))
        },
        "operations": {
            name.replace(".", "-"): {"action": "receive", "channel": {"$ref": f"#/channels/{name}"}}
            for service in SERVICES
            for name in (topic(service), private_topic(service))
        },
        "components": {"messages": {name: _message(event) for name, event in events}},
    }


def _channel(name: str, events: list[tuple[str, type[Event]]]) -> dict[str, Any]:
    here = [kind for kind, event in events if event.topic() == name]
    return {
        "address": name,
        "messages": {kind: {"$ref": f"#/components/messages/{kind}"} for kind in here},
    }


def _message(event: type[Event]) -> dict[str, Any]:
    envelope = CloudEvent.model_json_schema()
    data = {"$ref": f"schemas/{event.type}.json"}
    return {
        "name": event.type,
        "summary": _sentence(event),
        "contentType": "application/cloudevents+json",
        "payload": {**envelope, "properties": {**envelope["properties"], "data": data}},
        "x-key": event.key_field,
        "x-enforced-by": list(event.enforced_by),
    }


def _sentence(event: type[Event]) -> str:
    return " ".join((event.__doc__ or "").split())


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def write() -> None:
    for name, text in snapshots().items():
        path = FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


if __name__ == "__main__":
    write()
