"""The OpenAPI documents of all services, and all of them in one.

The gateway publishes what `make schemas` wrote of that: the contract of this release, whichever service is away and whatever
else runs beside it.
"""

import json
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chassis.app import VERSION
from chassis.new_keys import make_keys
from chassis.openapi import document
from chassis.settings import Settings
from keten.gateway import assemble_services
from keten.place import CHECKOUT

Document = dict[str, Any]

_INFO = {
    "title": "Keten",
    "version": VERSION,
    "description": "The collaboration layer for Dutch care and occupational health: every service behind one gateway. "
    "Sign in by OpenID Connect (authorization code with PKCE for people, client credentials for partner systems); its "
    "addresses stand in `/identity/.well-known/openid-configuration`. What happens is told as events: `/asyncapi.json`.",
    "contact": {"name": "Keten", "url": "https://keten.example/", "email": "api@keten.example"},
}

_SIGN_IN = {
    "type": "openIdConnect",
    "openIdConnectUrl": "/identity/.well-known/openid-configuration",
    "description": "Where the bearer token comes from.",
}


def service_documents() -> dict[str, Document]:
    """By service, from its app alone; nothing runs for it."""
    with tempfile.TemporaryDirectory() as secrets:
        make_keys(Path(secrets))
        settings = Settings(
            postgres="127.0.0.1:1",
            secrets=Path(secrets),
            policies=CHECKOUT / "policies",
            public_url="http://127.0.0.1:8080",
            objects=Path(secrets) / "objects",
        )
        return {
            service.name: document(service.api, prefix=f"/{service.name}/v1", open_to_all=service.open_to_all)
            for service in assemble_services(settings)
        }


def text(made: Document) -> str:
    """As it is kept and published: fields in their own order, for people; the rest sorted, so that it can be compared."""
    return json.dumps(_sorted(made), indent=1, ensure_ascii=False) + "\n"


def merged(documents: Mapping[str, Document]) -> Document:
    """One document: whole paths, operations named after their service, and components that are alike shared. Raises
    `ValueError` when two things would have the same name."""
    named = {service: _renamed(made, service, _apart(documents)) for service, made in documents.items()}
    components: dict[str, dict[str, Any]] = defaultdict(dict)
    paths: Document = {}
    for service, made in named.items():
        for kind, entries in made["components"].items():
            for name, entry in entries.items():
                if components[kind].setdefault(name, entry) != entry:
                    raise ValueError(f"{service}: components/{kind}/{name} is something else elsewhere")
        for path, item in made["paths"].items():
            paths[made["servers"][0]["url"] + path] = {
                **{method: _of(service, operation) for method, operation in item.items()},
                # The services' own addresses stand in `servers`; paths here begin at the gateway.
                "servers": [{"url": "/"}],
            }
    components["securitySchemes"]["openIdConnect"] = _SIGN_IN
    return {
        "openapi": "3.1.0",
        "info": _INFO,
        "servers": [
            {**server, "description": made["info"]["title"]} for made in named.values() for server in made["servers"]
        ],
        "tags": [{"name": service, "description": made["info"]["description"]} for service, made in named.items()],
        "paths": paths,
        "components": dict(components),
    }


def _of(service: str, operation: Document) -> Document:
    name: str = operation["operationId"]
    secured = {"security": [*operation["security"], {"openIdConnect": []}]} if "security" in operation else {}
    return {
        **operation,
        **secured,
        "operationId": service + name[0].upper() + name[1:],
        "tags": [service, *operation["tags"]],
    }


def _apart(documents: Mapping[str, Document]) -> set[tuple[str, str]]:
    """(kind, name) of components that several services have and that are not the same in all, or lean on such."""
    texts: dict[tuple[str, str], list[str]] = defaultdict(list)
    for made in documents.values():
        for kind, entries in made["components"].items():
            for name, entry in entries.items():
                texts[kind, name].append(json.dumps(entry, sort_keys=True))
    several = {key: found for key, found in texts.items() if len(found) > 1}
    apart = {key for key, found in several.items() if len(set(found)) > 1}
    while grown := {
        key
        for key, found in several.items()
        if key not in apart and any(f'"#/components/{kind}/{name}"' in found[0] for kind, name in apart)
    }:
        apart |= grown
    return apart


def _renamed(made: Document, service: str, apart: set[tuple[str, str]]) -> Document:
    """The document with the service's name before every component that stands apart."""

    def name_of(kind: str, name: str) -> str:
        return service.capitalize() + name if (kind, name) in apart else name

    def walked(part: Any) -> Any:
        if isinstance(part, list):
            return [walked(inner) for inner in part]
        if not isinstance(part, dict):
            return part
        reference = part.get("$ref")
        if isinstance(reference, str):
            _, _, kind, name = reference.split("/")
            return {**part, "$ref": f"#/components/{kind}/{name_of(kind, name)}"}
        return {key: walked(inner) for key, inner in part.items()}

    whole: Document = walked(made)
    whole["components"] = {
        kind: {name_of(kind, name): entry for name, entry in entries.items()}
        for kind, entries in whole["components"].items()
    }
    for name, schema in whole["components"]["schemas"].items():
        # Programs that make code name their classes after the title.
        schema["title"] = name
    return whole


def _sorted(part: Any, *, fields: bool = False) -> Any:
    if isinstance(part, list):
        return [_sorted(inner) for inner in part]
    if not isinstance(part, dict):
        return part
    names = part if fields else sorted(part)
    return {name: _sorted(part[name], fields=name == "properties" and not fields) for name in names}
