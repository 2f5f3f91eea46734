"""Events as contracts: snapshots, one sentence each, a key, and nobody's name where facts are kept."""

import ast
import inspect
import json
import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from contracts import schemas
from contracts.access_log import AccessLogged
from contracts.asyncapi import asyncapi
from contracts.events import ENFORCERS, CloudEvent, Event, event_types
from contracts.services import SERVICES

EVENTS = event_types()
SNAPSHOTS = sorted((schemas.FOLDER / "schemas").glob("*.json"))
COMMAND = "Look at the difference; when it only adds something, run: python -m contracts.schemas"

# Words in these fields are codes, hashes or ids that programs make; no person types them. Anything else that is text
# belongs on a private topic.
CODES = {
    "segment",  # a month
    "head",  # the head of a chain
    "levelCode",
    "purpose",  # the name of a letter
    "code",
    "rights",
    "entryId",
    "sessionId",
    "lines[].service",
    "lines[].client",
    "lines[].action",
}


@pytest.mark.parametrize("name", sorted(schemas.snapshots()))
def test_a_snapshot_says_what_the_code_says(name: str) -> None:
    path = schemas.FOLDER / name

    assert path.exists(), f"{name} is missing. {COMMAND}"
    assert json.loads(path.read_text()) == json.loads(schemas.snapshots()[name]), f"{name} has changed. {COMMAND}"


def test_no_event_that_was_ever_promised_is_gone() -> None:
    gone = {path.stem for path in SNAPSHOTS} - set(EVENTS)

    assert not gone, (
        f"Still promised, no longer there: {sorted(gone)}. Publish both versions until nobody reads the old."
    )


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS.keys())
def test_each_event_is_one_sentence_and_has_a_key(event: type[Event]) -> None:
    said = inspect.cleandoc(event.__doc__ or "")

    assert re.fullmatch(r"[A-Z][^\n]*\.", " ".join(said.split())), f"{event.__name__} says: {said!r}"
    assert not re.search(r"\.\s+[A-Z]", said), f"{event.__name__} says more than one sentence"
    assert re.fullmatch(r"nl\.keten\.[a-z]+\.[a-z]+(-[a-z]+)*\.v\d+", event.type)
    assert event.service() in SERVICES
    for field in (event.key_field, event.subject_field):
        kind = event.model_fields[field].annotation
        assert getattr(kind, "__supertype__", kind) is UUID


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS.keys())
def test_an_event_stands_in_the_module_of_its_service(event: type[Event]) -> None:
    assert event.__module__ == f"contracts.{event.service()}"


def text_fields(schema: Mapping[str, Any], named: Mapping[str, Any], at: str = "") -> Iterator[str]:
    """Fields that hold free text: strings without a format or a closed list of words."""
    if "$ref" in schema:
        schema = named[schema["$ref"].rpartition("/")[2]]
    for other in schema.get("anyOf", []):
        yield from text_fields(other, named, at)
    if schema.get("type") == "string" and not {"format", "enum", "const"} & set(schema):
        yield at
    if "items" in schema:
        inner = schema["items"]
        yield from text_fields(inner, named, at if inner.get("type") == "string" else f"{at}[]")
    for name, value in schema.get("properties", {}).items():
        yield from text_fields(value, named, f"{at}.{name}" if at else name)


@pytest.mark.parametrize("event", [e for e in EVENTS.values() if not e.private], ids=lambda event: event.type)
def test_facts_hold_codes_and_no_text_that_could_be_a_name(event: type[Event]) -> None:
    schema = schemas.schema(event)

    found = set(text_fields(schema, schema.get("$defs", {})))

    assert found <= CODES, f"Could these be somebody's name? {sorted(found - CODES)}"


def handlers_of(service: str) -> Mapping[type[Event], Any]:
    handlers: Mapping[type[Event], Any] = import_module(f"{service}.consumers").HANDLERS
    return handlers


@pytest.mark.rule("BEY-16")
@pytest.mark.parametrize("event", [e for e in EVENTS.values() if e.enforced_by], ids=lambda event: event.type)
def test_whoever_must_confirm_a_restriction_hears_of_it(event: type[Event]) -> None:
    deaf = [service for service in event.enforced_by if event not in handlers_of(service)]

    assert not deaf, f"{deaf} would confirm what they never heard"


@pytest.mark.rule("BEY-16")
@pytest.mark.parametrize("service", ENFORCERS)
def test_what_decides_access_is_heard_from_its_owner(service: str) -> None:
    """One handler for one noun, fed by one service: no fact about access comes by way of a third."""
    owners: dict[Any, set[str]] = {}
    for event, handler in handlers_of(service).items():
        if not issubclass(event, AccessLogged):
            owners.setdefault(handler, set()).add(event.service())

    assert [handler.__name__ for handler, by in owners.items() if len(by) > 1] == []
    deciding = [event for event in handlers_of(service) if event.enforced_by]
    assert {event.topic() for event in deciding} == {f"keten.{owner}" for owner in ("identity", "dossier", "sharing")}
    assert all(service in event.enforced_by for event in deciding)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_states_its_own_facts_alone(service: str) -> None:
    """No service names another's events in a call; it only hears them."""
    package = import_module(service).__path__[0]
    own = {event.__name__ for event in EVENTS.values() if event.service() == service}
    others = {event.__name__ for event in EVENTS.values()} - own
    stated = {
        f"{path.name}: {call.func.id}"
        for path in Path(package).rglob("*.py")
        if path.name not in ("testing.py", "setup.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in others
    }

    assert stated == set()


def test_the_asyncapi_document_names_every_event_on_its_topic() -> None:
    document = asyncapi()

    for event in EVENTS.values():
        assert event.type in document["channels"][event.topic()]["messages"]
        assert document["components"]["messages"][event.type]["x-key"] in schemas.schema(event)["properties"]
    stated = [kind for channel in document["channels"].values() for kind in channel["messages"]]
    assert sorted(stated) == sorted(EVENTS)


def test_the_asyncapi_document_tells_facts_from_what_is_internal() -> None:
    for name, channel in asyncapi()["channels"].items():
        assert channel["tags"] == [{"name": "internal" if name.endswith(".private") else "facts"}]


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS.keys())
def test_the_example_of_an_event_is_one(event: type[Event]) -> None:
    example = asyncapi()["components"]["messages"][event.type]["examples"][0]["payload"]

    envelope = CloudEvent.model_validate(example)
    fact = event.model_validate(envelope.data)

    assert set(example["data"]) == {field.alias for field in event.model_fields.values()}
    assert envelope.subject == str(fact.subject)
