"""The OpenAPI document of one service: what FastAPI knows, plus what the edge does around every route."""

from collections.abc import Collection, Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from contracts.problems import Problem

_TEXTS = {
    "400": "What was sent is not right; all faults at once.",
    "401": "No valid access token.",
    "403": "You may see this, but not do this; with the reasons.",
    "404": "There is no such thing, or you may not know of it.",
    "409": "A rule forbids this as things are now; `type` says which.",
    "412": "It was changed since the version in If-Match.",
    "413": "The body is too large.",
    "428": "If-Match is missing.",
    "429": "Too often.",
    "503": "It cannot be decided right now; try again in a moment.",
}

_HEADERS: dict[str, dict[str, Any]] = {
    "API-Version": {"description": "The full version of this API.", "schema": {"type": "string"}},
    "Keten-Position": {
        "description": "Send it along with later requests, to any service, and they never show an older state.",
        "schema": {"type": "string"},
    },
    "ETag": {"description": "The version, for If-Match.", "schema": {"type": "string"}},
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
    components = made.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs", {}))
    schemas["Problem"] = problem
    components["securitySchemes"] = {"signIn": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    for path, method, operation in _operations(made):
        _describe(operation, method, is_open=(method.upper(), path) in open_to_all)
    _rename_schemas(made)
    return made


def _describe(operation: dict[str, Any], method: str, *, is_open: bool) -> None:
    responses = operation["responses"]
    responses.pop("422", None)
    parameters = operation.setdefault("parameters", [])
    parameters.append(_header("Accept-Language", "nl or en; Dutch when left out.", "string"))
    takes_version = any(p["name"].lower() == "if-match" for p in parameters)
    if not is_open:
        operation["security"] = [{"signIn": []}]
        parameters.append(_header("Keten-Position", "What this request must have seen.", "string"))
    if method == "post":
        parameters.append(_header("Idempotency-Key", "The same key, the same effect and answer, once.", "string"))
    for status, answer in responses.items():
        if status.startswith(("2", "3")):
            shown = (
                {"API-Version"}
                | ({"ETag"} if takes_version else set())
                | (set() if method == "get" else {"Keten-Position"})
            )
            answer.setdefault("headers", {}).update({name: _HEADERS[name] for name in sorted(shown)})
    for status in _refusals(method, takes_version=takes_version, is_open=is_open):
        schema = {"$ref": "#/components/schemas/Problem"}
        responses[status] = {
            "description": _TEXTS[status],
            "headers": {"API-Version": _HEADERS["API-Version"]},
            "content": {"application/problem+json": {"schema": schema}},
        }


def _refusals(method: str, *, takes_version: bool, is_open: bool) -> list[str]:
    told = ["400", "413", "503"]
    told += [] if is_open else ["401", "403", "404"]
    told += [] if method == "get" else ["409", "429"]
    return sorted(told + (["412", "428"] if takes_version else []))


def _header(name: str, description: str, kind: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": False, "description": description, "schema": {"type": kind}}


def _operations(made: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in made["paths"].items():
        for method, operation in item.items():
            if isinstance(operation, dict):
                yield path, method, operation


def _rename_schemas(made: dict[str, Any]) -> None:
    # Slice[Row] becomes Slice_Row_ in FastAPI; the API rules ask for one UpperCamelCase word.
    import json

    renamed = {name: name.replace("_", "") for name in made["components"]["schemas"] if "_" in name}
    text = json.dumps(made)
    for old, new in sorted(renamed.items(), key=lambda pair: -len(pair[0])):
        text = text.replace(f'"{old}"', f'"{new}"').replace(f'schemas/{old}"', f'schemas/{new}"')
    made.clear()
    made.update(json.loads(text))
