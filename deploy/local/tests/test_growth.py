"""What breaks a promise to whoever reads events or uses the API, and what only adds to it."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from keten import checks
from keten.growth import Growth
from keten.published import OPENAPI

Change = Callable[[dict[str, Any]], Any]

API: dict[str, Any] = {
    "paths": {
        "/grants": {
            "servers": [{"url": "/"}],
            "post": {
                "operationId": "share",
                "security": [{"signIn": []}],
                "parameters": [
                    {"in": "query", "name": "at", "schema": {"type": "string"}},
                    {"in": "query", "name": "limit", "schema": {"type": "integer", "maximum": 100}},
                ],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Asked"}}},
                },
                "responses": {
                    "201": {
                        "headers": {"ETag": {}},
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Grant"}}},
                    },
                    "404": {"description": "Not here."},
                },
            },
        },
        "/levels": {"get": {"operationId": "levels", "responses": {"204": {"description": "Done."}}}},
    },
    "components": {
        "schemas": {
            "Asked": {
                "type": "object",
                "properties": {
                    "purpose": {"type": "string", "maxLength": 200},
                    "note": {"type": "string"},
                    "basis": {"$ref": "#/components/schemas/Basis"},
                    "until": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
                },
                "required": ["purpose"],
            },
            "Grant": {
                "type": "object",
                "properties": {
                    "id": {"type": "string", "format": "uuid"},
                    "status": {"$ref": "#/components/schemas/Status"},
                    "level": {"anyOf": [{"$ref": "#/components/schemas/Level"}, {"type": "null"}]},
                    "under": {"type": "array", "items": {"$ref": "#/components/schemas/Grant"}},
                },
                "required": ["id", "status"],
            },
            "Status": {"type": "string", "enum": ["live", "ended"]},
            "Basis": {"type": "string", "enum": ["consent", "law"]},
            "Level": {"type": "object", "properties": {"code": {"type": "string"}}, "required": ["code"]},
        }
    },
}


def shape(made: dict[str, Any], name: str) -> Any:
    return made["components"]["schemas"][name]


def field(name: str, of: str, schema: dict[str, Any] | None, *, required: bool = False) -> Change:
    """Another schema for a field; None takes it away."""

    def change(made: dict[str, Any]) -> None:
        properties, must = shape(made, of)["properties"], shape(made, of)["required"]
        if schema is None:
            del properties[name]
        else:
            properties[name] = schema
        must.append(name) if required else None

    return change


def share(made: dict[str, Any]) -> Any:
    return made["paths"]["/grants"]["post"]


GROWN: dict[str, Change] = {
    "nothing": lambda made: None,
    "a new path": lambda made: made["paths"].update({"/users": {"get": {"operationId": "users", "responses": {}}}}),
    "a new field in an answer": field("since", "Grant", {"type": "string"}, required=True),
    "a new field that need not be sent": field("consent", "Asked", {"type": "string"}),
    "a value that is taken besides": lambda made: shape(made, "Basis")["enum"].append("vital"),
    "a value that is answered no more": lambda made: shape(made, "Status")["enum"].pop(),
    "more that may be sent": field("purpose", "Asked", {"type": "string", "maxLength": 500}),
    "null is taken as well": field("note", "Asked", {"type": ["string", "null"]}),
    "an answer that is never null": field("level", "Grant", {"$ref": "#/components/schemas/Level"}),
    "one field that need not be sent": lambda made: shape(made, "Asked")["required"].clear(),
    "a new refusal": lambda made: share(made)["responses"].update({"409": {"description": "A rule."}}),
}

BROKEN: dict[str, Change] = {
    "a path is gone": lambda made: made["paths"].pop("/levels"),
    "an operation is gone": lambda made: made["paths"]["/levels"].clear(),
    "an operation has another name": lambda made: share(made).update(operationId="give"),
    "a field of an answer is gone": field("id", "Grant", None),
    "a field of an answer may be missing": lambda made: shape(made, "Grant")["required"].remove("status"),
    "a field of an answer may be null": field("id", "Grant", {"type": ["string", "null"], "format": "uuid"}),
    "a field of an answer is of another type": field("id", "Grant", {"type": "integer"}),
    "a field of an answer has another form": field("id", "Grant", {"type": "string"}),
    "a value that nobody knows is answered": lambda made: shape(made, "Status")["enum"].append("paused"),
    "a field within a field is gone": field("code", "Level", None),
    "an answer is another thing": field("level", "Grant", {"anyOf": [{"type": "string"}, {"type": "null"}]}),
    "a field is taken no more": field("note", "Asked", None),
    "a new field must be sent": field("consent", "Asked", {"type": "string"}, required=True),
    "a field must be sent now": lambda made: shape(made, "Asked")["required"].append("note"),
    "less may be sent": field("purpose", "Asked", {"type": "string", "maxLength": 100}),
    "a value is taken no more": lambda made: shape(made, "Basis")["enum"].pop(),
    "null is taken no more": field("until", "Asked", {"type": "string", "format": "date"}),
    "a parameter is taken no more": lambda made: share(made)["parameters"].pop(),
    "a parameter must be sent": lambda made: share(made)["parameters"][0].update(required=True),
    "a parameter takes less": lambda made: share(made)["parameters"][1]["schema"].update(maximum=10),
    "it is answered otherwise": lambda made: share(made)["responses"].update({"202": {"description": "Begun."}}),
    "it is answered so no more": lambda made: share(made)["responses"].pop("201"),
    "a header is gone": lambda made: share(made)["responses"]["201"]["headers"].clear(),
    "it is written otherwise": lambda made: share(made)["responses"]["201"]["content"].clear(),
    "it asks for signing in": lambda made: made["paths"]["/levels"]["get"].update(security=[{"signIn": []}]),
    "it takes no body": lambda made: share(made).pop("requestBody"),
}


def faults(old: dict[str, Any], change: Change) -> list[str]:
    new = copy.deepcopy(old)
    change(new)
    return list(Growth(old, new).faults())


@pytest.mark.parametrize("what", GROWN)
def test_growing_is_allowed(what: str) -> None:
    assert faults(API, GROWN[what]) == []


@pytest.mark.parametrize("what", BROKEN)
def test_breaking_a_promise_is_found(what: str) -> None:
    assert len(faults(API, BROKEN[what])) == 1


def envelope() -> dict[str, Any]:
    return {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}


EVENTS: dict[str, Any] = {
    "channels": {"keten.sharing": {"messages": {"given": {}}}},
    "components": {
        "messages": {"given": {"x-key": "id"}},
        "schemas": {
            "CloudEvent": envelope(),
            "given": {
                "type": "object",
                "properties": {"id": {"type": "string"}, "status": {"$ref": "#/components/schemas/Status"}},
                "required": ["id", "status"],
            },
            "Status": {"type": "string", "enum": ["open", "closed"]},
        },
    },
}

EVENTS_GROWN: dict[str, Change] = {
    "a field that may be left out": field("note", "given", {"type": "string"}),
    "the order of an enumeration": lambda made: shape(made, "Status")["enum"].reverse(),
    "a new event": lambda made: made["components"]["messages"].update(ended={"x-key": "id"}),
}

EVENTS_BROKEN: dict[str, Change] = {
    "an event is gone": lambda made: made["components"]["messages"].pop("given"),
    "an event stands elsewhere": lambda made: made["channels"]["keten.sharing"]["messages"].clear(),
    "an event has another key": lambda made: made["components"]["messages"]["given"].update({"x-key": "status"}),
    "a field is gone": field("id", "given", None),
    "a new field that what stands on the log has not got": field("n", "given", {"type": "integer"}, required=True),
    "a field may be missing": lambda made: shape(made, "given")["required"].remove("id"),
    "a value that nobody knows": lambda made: shape(made, "Status")["enum"].append("paused"),
    "a value that stands on the log": lambda made: shape(made, "Status")["enum"].pop(),
    "another type": field("id", "given", {"type": "integer"}),
    "the envelope lost something": field("id", "CloudEvent", None),
}


@pytest.mark.parametrize("what", EVENTS_GROWN)
def test_events_may_grow(what: str) -> None:
    assert faults(EVENTS, EVENTS_GROWN[what]) == []


@pytest.mark.parametrize("what", EVENTS_BROKEN)
def test_a_promise_about_events_is_not_broken(what: str) -> None:
    assert faults(EVENTS, EVENTS_BROKEN[what])


def test_writing_the_snapshots_anew_does_not_hide_what_was_broken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """As after `make schemas`: the document says what the code says, and that is less than was released."""
    made = json.loads(OPENAPI.read_text())
    del made["paths"]["/sharing/v1/levels"]["get"]
    (tmp_path / "openapi.json").write_text(json.dumps(made))
    monkeypatch.setattr(checks, "OPENAPI", tmp_path / "openapi.json")

    assert checks.main(["promises"]) == 1
    assert "GET /sharing/v1/levels is gone" in capsys.readouterr().out
