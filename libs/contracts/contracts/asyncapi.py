"""Which events stand on which topic, and how each looks, as one AsyncAPI 3 document that leans on no other file."""

from collections.abc import Mapping
from typing import Any

from contracts.events import CloudEvent, Event, event_types
from contracts.services import SERVICES, private_topic, topic

Schema = dict[str, Any]

_SCHEMAS = "#/components/schemas/{model}"

_ABOUT = """Everything that happens on the platform is told as an event: a fact of one thing at one version, in a CloudEvents
1.0 envelope (NL GOV profile 1.1), at least once and in order per key. Topics of facts hold ids, codes and dates, and are
kept. Internal topics hold the latest personal content by key, so that a person can be erased, and are read by the platform's
own services alone. Contracts only grow: a field may come, none goes or changes its meaning. No topic is open to systems
outside the platform: these ask by the API (`/openapi.json`)."""

# Tools that make code and examples fill in what a schema asks for; the same everywhere, so that documents can be compared.
_EXAMPLES: Mapping[str, str] = {
    "uuid": "0197a000-0000-7000-8000-00000000d055",
    "date-time": "2026-11-23T09:30:00Z",
    "date": "2026-11-23",
}


def asyncapi() -> dict[str, Any]:
    """The document. What is sent is told from the platform's side, so every operation is `send`."""
    events = sorted(event_types().items())
    topics = {name: service for service in SERVICES for name in (topic(service), private_topic(service))}
    return {
        "asyncapi": "3.1.0",
        "id": "urn:nld:keten:events",
        "info": {
            "title": "Keten events",
            "version": "1.0.0",
            "description": " ".join(_ABOUT.split()),
            "contact": {"name": "Keten", "url": "https://keten.example/", "email": "api@keten.example"},
            "tags": [
                {"name": "facts", "description": "Ids, codes and dates; kept."},
                {"name": "internal", "description": "Personal content for the platform's own services; compacted."},
            ],
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": {name: _channel(name, service, events) for name, service in topics.items()},
        "operations": {name: _operation(name, events) for name in topics},
        "components": {"messages": {name: _message(event) for name, event in events}, "schemas": _schemas(events)},
    }


def _channel(name: str, service: str, events: list[tuple[str, type[Event]]]) -> dict[str, Any]:
    internal = name == private_topic(service)
    about = (
        f"The latest personal content of {service}, by key." if internal else f"What is true, as {service} states it."
    )
    here = [kind for kind, event in events if event.topic() == name]
    return {
        "address": name,
        "title": name,
        "description": about if here else f"{about} Nothing stands on it so far.",
        "tags": [{"name": "internal" if internal else "facts"}],
        "messages": {kind: {"$ref": f"#/components/messages/{kind}"} for kind in here},
    }


def _operation(name: str, events: list[tuple[str, type[Event]]]) -> dict[str, Any]:
    here = [kind for kind, event in events if event.topic() == name]
    return {
        "action": "send",
        "title": f"Publish on {name}",
        "description": "The service publishes what it committed, in the order of its commits per key.",
        "channel": {"$ref": f"#/channels/{name}"},
        "messages": [{"$ref": f"#/channels/{name}/messages/{kind}"} for kind in here],
    }


def _message(event: type[Event]) -> dict[str, Any]:
    said = {"type": {"const": event.type}, "dataschema": {"const": f"urn:nld:keten:schema:{event.type}"}}
    data = {"data": {"$ref": _SCHEMAS.format(model=event.type)}}
    key = _outside(event, event.key_field)
    return {
        "name": event.type,
        "title": event.__name__,
        "summary": event.sentence(),
        "contentType": "application/cloudevents+json",
        "headers": {"$ref": _SCHEMAS.format(model="Headers")},
        "payload": {
            "allOf": [
                {"$ref": _SCHEMAS.format(model="CloudEvent")},
                {"type": "object", "properties": {**said, **data}},
            ]
        },
        "bindings": {"kafka": {"key": {"type": "string", "format": "uuid", "description": f"`data.{key}`"}}},
        "examples": [{"payload": _example_of(event)}],
        "x-key": key,
        "x-enforced-by": list(event.enforced_by),
    }


def _schemas(events: list[tuple[str, type[Event]]]) -> dict[str, Schema]:
    """By name: the envelope, the data of each event, and what these lean on."""
    made: dict[str, Schema] = {"CloudEvent": CloudEvent.model_json_schema(ref_template=_SCHEMAS), "Headers": _HEADERS}
    for name, event in events:
        data = event.model_json_schema(by_alias=True, ref_template=_SCHEMAS)
        for inner, schema in data.pop("$defs", {}).items():
            if made.setdefault(inner, schema) != schema:
                raise ValueError(f"{name}: {inner} is something else in another event")
        made[name] = {**data, "description": event.sentence()}
    return made


_HEADERS: Schema = {
    "type": "object",
    "description": "What is told beside an event, so that nobody need read it to know whether it is for him.",
    "properties": {
        "content-type": {"const": "application/cloudevents+json; charset=utf-8"},
        "ce_id": {"type": "string", "format": "uuid", "description": "`id` of the event."},
        "ce_type": {"type": "string", "description": "`type` of the event."},
    },
    "required": ["content-type", "ce_id", "ce_type"],
}


def _example_of(event: type[Event]) -> dict[str, Any]:
    schema = event.model_json_schema(by_alias=True)
    data = _example(schema, schema.get("$defs", {}))
    return {
        "specversion": "1.0",
        "id": "0197a000-0000-7000-8000-0000000e7e27",
        "source": f"urn:nld:keten:{event.service()}",
        "type": event.type,
        "subject": data[_outside(event, event.subject_field)],
        "time": _EXAMPLES["date-time"],
        "dataschema": f"urn:nld:keten:schema:{event.type}",
        "datacontenttype": "application/json",
        "sequence": "3",
        "sequencetype": "Integer",
        "actor": "0197a000-0000-7000-8000-00000000ac70",
        "account": "0197a000-0000-7000-8000-0000000acc07",
        "data": data,
    }


def _example(schema: Schema, named: Mapping[str, Schema]) -> Any:
    """A value that the schema allows."""
    if "$ref" in schema:
        return _example(named[schema["$ref"].rpartition("/")[2]], named)
    if "anyOf" in schema:
        return _example(schema["anyOf"][0], named)
    if "const" in schema or "enum" in schema:
        return schema["const"] if "const" in schema else schema["enum"][0]
    match schema.get("type"):
        case "object":
            return {name: _example(value, named) for name, value in schema.get("properties", {}).items()}
        case "array":
            return [_example(schema["items"], named)]
        case "integer":
            return max(1, schema.get("minimum", 1))
        case "boolean":
            return False
    return _EXAMPLES.get(schema.get("format", ""), "text")


def _outside(event: type[Event], field: str) -> str:
    """A field's name as it stands on the log."""
    return event.model_fields[field].alias or field
