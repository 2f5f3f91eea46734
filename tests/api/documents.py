"""The OpenAPI documents of all services, as their apps make them, and the operations in them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from contracts.services import SERVICES
from keten.openapi import service_documents


@dataclass(frozen=True)
class Operation:
    """One method on one path of one service."""

    service: str
    method: str
    path: str
    spec: dict[str, Any]
    document: dict[str, Any]

    @property
    def key(self) -> str:
        """`GET /dossier/v1/clients`."""
        return f"{self.method} /{self.service}/v1{self.path}"

    @property
    def segments(self) -> list[str]:
        return self.path.strip("/").split("/")

    @property
    def parameters(self) -> list[dict[str, Any]]:
        return [self.resolved(parameter) for parameter in self.spec["parameters"]]

    @property
    def answers(self) -> dict[str, dict[str, Any]]:
        """By status; what the document refers to is filled in."""
        return {status: self.resolved(answer) for status, answer in self.spec["responses"].items()}

    @property
    def body(self) -> dict[str, Any] | None:
        """The schema of what is sent, where that is JSON."""
        sent = self.spec.get("requestBody", {}).get("content", {}).get("application/json")
        return None if sent is None else self.resolved(sent["schema"])

    @property
    def is_list(self) -> bool:
        shown = self.answers.get("200", {}).get("content", {}).get("application/json", {}).get("schema", {})
        schema = self.resolved(shown)
        return schema.get("type") == "array" or {"items", "next"} <= set(schema.get("properties", {}))

    def sends(self, name: str, place: str = "header") -> bool:
        return any((p["name"].lower(), p["in"]) == (name.lower(), place) for p in self.parameters)

    def resolved(self, part: dict[str, Any]) -> dict[str, Any]:
        found: Any = part
        while "$ref" in found:
            found, steps = self.document, found["$ref"].removeprefix("#/").split("/")
            for step in steps:
                found = found[step]
        return dict(found)


@cache
def documents() -> dict[str, dict[str, Any]]:
    """By service; nothing runs for it."""
    made = service_documents()
    assert list(made) == list(SERVICES)
    return made


@cache
def operations() -> list[Operation]:
    return [
        Operation(service, method.upper(), path, spec, made)
        for service, made in documents().items()
        for path, item in made["paths"].items()
        for method, spec in item.items()
    ]


def schemas() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema with its full name: `dossier TaskAnswer`."""
    for service, made in documents().items():
        for name, schema in made["components"]["schemas"].items():
            yield f"{service} {name}", schema
