"""The OpenAPI document of one service: what FastAPI knows, plus what the edge does around every route."""

import json
import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from chassis.edge import is_told_once
from chassis.problems import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Refusal,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unavailable,
    VersionMissing,
    VersionStale,
)
from contracts.problems import Problem

_REFUSALS: dict[str, tuple[str, Refusal]] = {
    "400": (
        "What was sent is not right; all faults at once.",
        Invalid(faults=[{"location": "body.levelId", "code": "missing", "message": "This is required."}]),
    ),
    "401": ("No valid access token.", Unauthenticated()),
    "403": (
        "You may see this, but not do this; with the reasons.",
        Forbidden(reasons=[{"rule": "right-missing", "right": "reports:write"}]),
    ),
    "404": ("There is no such thing, or you may not know of it.", NotFound()),
    "409": ("A rule forbids this as things are now; `type` says which.", Conflict()),
    "412": ("It was changed since the version in If-Match.", VersionStale()),
    "413": ("The body is too large.", TooLarge(limit=1048576)),
    "428": ("If-Match is missing.", VersionMissing()),
    "429": ("Too often.", TooMany()),
    "503": ("It cannot be done right now; try again in a moment.", Unavailable()),
}

_DONE = {
    "200": "As asked.",
    "201": "It was made.",
    "202": "It is under way.",
    "204": "Done; there is nothing more to say.",
}

# What comes along with an answer: (example, what it is for).
_HEADERS = {
    "API-Version": ("1.0.0", "The full version of this API."),
    "Content-Language": ("en", "The language of `title` and `detail`."),
    "ETag": ('"3.5f2a90c1d7be"', "The version, for If-Match."),
    "Link": (
        '</dossier/v1/clients?limit=50&cursor=0197a000-0000-7000-8000-00000000c0de>; rel="next"',
        "The next page.",
    ),
    "Location": ("/dossier/v1/dossiers/0197a000-0000-7000-8000-00000000d055", "Where to find what was made."),
    "Retry-After": ("1", "Seconds to wait before trying again."),
    "WWW-Authenticate": ('Bearer realm="keten"', "How to sign in."),
    "Keten-Position": (
        "eyJwIjoi…",
        "What was written. Send it along with later requests, to any service, and they never show an older state.",
    ),
}

_SENT = {
    "Accept-Language": ("en", "nl or en; Dutch when left out."),
    "Idempotency-Key": ("8e03978e-40d5-43e8-bc93-6894a57f9324", "The same key, the same effect and answer, once."),
    "Keten-Position": ("eyJwIjoi…", "What this request must have seen, as a write answered it."),
}


def document(app: FastAPI, *, prefix: str, open_to_all: Collection[tuple[str, str]]) -> dict[str, Any]:
    """The document, made once per app."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
            servers=[{"url": prefix}],
            contact={"name": "Keten", "url": "https://keten.example", "email": "api@keten.example"},
        )
        app.openapi_schema = _complete(made, open_to_all)
    return app.openapi_schema


def _complete(made: dict[str, Any], open_to_all: Collection[tuple[str, str]]) -> dict[str, Any]:
    made["openapi"] = "3.1.0"
    _complete_components(made.setdefault("components", {}))
    versioned = {_thing(path) for path, _, operation in _operations(made) if _takes_version(operation)}
    parents = {path.rpartition("/")[0] for path in versioned}
    for path, method, operation in _operations(made):
        is_open = (method.upper(), path) in open_to_all
        refused = _refused(method, takes_version=_takes_version(operation), is_open=is_open)
        _summarise(operation)
        _document_input(operation, method, is_open=is_open)
        for status, answer in operation["responses"].items():
            has_version = path in versioned if method == "get" else status == "201" and path in parents
            _document_answer(answer, status, _come_along(operation, method, status, has_version))
        operation["responses"] |= {status: _component("responses", _name(status)) for status in refused}
    _tidy(made)
    _rename_schemas(made)
    return made


def _complete_components(components: dict[str, Any]) -> None:
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs", {}))
    schemas["Problem"] = problem
    components["headers"] = {
        name: {"description": description, "schema": {"type": "string"}, "example": example}
        for name, (example, description) in _HEADERS.items()
    }
    components["parameters"] = {
        name: {
            "name": name,
            "in": "header",
            "required": False,
            "description": description,
            "schema": {"type": "string"},
            "example": example,
        }
        for name, (example, description) in _SENT.items()
    }
    components["responses"] = {_name(status): _refusal(status) for status in _REFUSALS}
    components["securitySchemes"] = {"signIn": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}


def _refusal(status: str) -> dict[str, Any]:
    description, refusal = _REFUSALS[status]
    with_it = {"401": ["WWW-Authenticate"], "429": ["Retry-After"], "503": ["Retry-After"]}.get(status, [])
    shown = {"schema": _component("schemas", "Problem"), "example": refusal.problem("en")}
    return {
        "description": description,
        "headers": {name: _component("headers", name) for name in ("API-Version", "Content-Language", *with_it)},
        "content": {"application/problem+json": shown},
    }


def _summarise(operation: dict[str, Any]) -> None:
    # FastAPI's summary repeats the function's name; the first sentence of the docstring says more.
    said = " ".join(operation.get("description", "").split())
    if said:
        operation["summary"] = re.split(r"(?<=[.;])\s", said)[0].rstrip(".;")
        operation["description"] = said


def _document_input(operation: dict[str, Any], method: str, *, is_open: bool) -> None:
    operation["responses"].pop("422", None)
    parameters = operation.setdefault("parameters", [])
    for parameter in parameters:
        for doubled in ("title", "description"):
            parameter["schema"].pop(doubled, None)
        if parameter["in"] == "path":
            noun = parameter["name"].removesuffix("_id").replace("_", " ")
            parameter.setdefault("description", f"The id of the {noun}.")
        if parameter["name"].lower() == "if-match":
            # The edge answers 428 without it, after what comes first: 401, 400, 404, 403.
            parameter |= {"name": "If-Match", "required": True, "schema": {"type": "string"}}
    sent = ["Accept-Language"]
    if not is_open:
        operation["security"] = [{"signIn": []}]
        sent.append("Keten-Position")
    if is_told_once(method.upper(), operation["responses"]):
        sent.append("Idempotency-Key")
    parameters.extend(_component("parameters", name) for name in sent)


def _document_answer(answer: dict[str, Any], status: str, come_along: Iterable[str]) -> None:
    if answer["description"] == "Successful Response":
        answer["description"] = _DONE[status]
    answer.setdefault("headers", {}).update({name: _component("headers", name) for name in come_along})


def _come_along(operation: dict[str, Any], method: str, status: str, has_version: bool) -> Iterator[str]:
    yield "API-Version"
    if _takes_version(operation) or has_version:
        yield "ETag"
    if method != "get":
        yield "Keten-Position"
    if any(parameter.get("name") == "cursor" for parameter in operation["parameters"]):
        yield "Link"
    if status == "201":
        yield "Location"


def _refused(method: str, *, takes_version: bool, is_open: bool) -> list[str]:
    told = ["400", "413", "503"]
    told += [] if is_open else ["401", "403", "404"]
    told += [] if method == "get" else ["409", "429"]
    return sorted(told + (["412", "428"] if takes_version else []))


def _component(kind: str, name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/{kind}/{name}"}


def _name(status: str) -> str:
    return type(_REFUSALS[status][1]).__name__


def _takes_version(operation: dict[str, Any]) -> bool:
    return any(parameter.get("name", "").lower() == "if-match" for parameter in operation.get("parameters", []))


def _thing(path: str) -> str:
    """What a path is about, without a verb at its end."""
    return re.sub(r"/_[a-z]+$", "", path)


def _operations(made: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in made["paths"].items():
        for method, operation in item.items():
            if isinstance(operation, dict):
                yield path, method, operation


def _tidy(part: Any) -> None:
    """No titles that repeat a name in another spelling, and what may be null is written `type: [string, "null"]`: shorter
    to read, and its format stands where the rules look for it."""
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else []:
        _tidy(inner)
    if not isinstance(part, dict):
        return
    for member in part.get("properties", {}).values():
        member.pop("title", None)
    choices = part.get("anyOf")
    if not isinstance(choices, list) or len(choices) != 2 or choices[1] != {"type": "null"}:
        return
    one = choices[0]
    if isinstance(one.get("type"), str) and "enum" not in one and "const" not in one:
        del part["anyOf"]
        part.update({**one, **part, "type": [one["type"], "null"]})


def _rename_schemas(made: dict[str, Any]) -> None:
    # Slice[Row] becomes Slice_Row_ in FastAPI; the API rules ask for one UpperCamelCase word.
    renamed = {name: name.replace("_", "") for name in made["components"]["schemas"] if "_" in name}
    text = json.dumps(made)
    for old, new in sorted(renamed.items(), key=lambda pair: -len(pair[0])):
        text = text.replace(f'"{old}"', f'"{new}"').replace(f'schemas/{old}"', f'schemas/{new}"')
    made.clear()
    made.update(json.loads(text))
