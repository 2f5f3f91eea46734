"""All services' OpenAPI documents in one: nothing is lost, and nothing takes another's name."""

import json
from typing import Any

import pytest

from keten import openapi
from keten.openapi import merged


def a_document(service: str, **schemas: Any) -> openapi.Document:
    answer = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Row"}}}}
    operation = {
        "operationId": "rowsRead",
        "tags": ["rows"],
        "security": [{"signIn": []}],
        "responses": {"200": answer},
    }
    return {
        "info": {"title": service, "description": f"About {service}."},
        "servers": [{"url": f"/{service}/v1"}],
        "paths": {"/rows": {"get": operation}},
        "components": {"schemas": schemas, "securitySchemes": {"signIn": {"type": "http", "scheme": "bearer"}}},
    }


ROW = {"type": "object", "properties": {"who": {"$ref": "#/components/schemas/Person"}}}
PERSON = {"type": "object", "properties": {"name": {"type": "string"}}}


def test_what_is_alike_is_shared_and_what_is_not_is_named_after_its_service() -> None:
    other = {"type": "object", "properties": {"initials": {"type": "string"}}}
    documents = {
        "near": a_document("near", Row={"type": "object"}, Person=PERSON, Alike=PERSON),
        "far": a_document("far", Row={"type": "object"}, Person=other, Alike=PERSON, Own=ROW),
    }

    made = merged(documents)

    assert set(made["components"]["schemas"]) == {"Row", "Alike", "NearPerson", "FarPerson", "Own"}
    assert made["components"]["schemas"]["Own"]["properties"]["who"] == {"$ref": "#/components/schemas/FarPerson"}
    assert made["components"]["schemas"]["FarPerson"] == {**other, "title": "FarPerson"}


def test_what_leans_on_something_different_is_different() -> None:
    documents = {
        "near": a_document("near", Row=ROW, Person=PERSON),
        "far": a_document("far", Row=ROW, Person={"type": "object"}),
    }

    made = merged(documents)

    assert set(made["components"]["schemas"]) == {"NearRow", "FarRow", "NearPerson", "FarPerson"}
    answer = made["paths"]["/far/v1/rows"]["get"]["responses"]["200"]["content"]["application/json"]
    assert answer["schema"] == {"$ref": "#/components/schemas/FarRow"}


def test_a_name_that_a_prefix_would_take_from_another_is_refused() -> None:
    documents = {
        "near": a_document("near", Row={}, Person=PERSON, FarPerson={"type": "string"}),
        "far": a_document("far", Row={}, Person={"type": "object"}),
    }

    with pytest.raises(ValueError, match="FarPerson"):
        merged(documents)


def test_every_operation_of_every_service_is_there_under_a_name_of_its_own() -> None:
    documents = openapi.service_documents()

    made = merged(documents)

    operations = [spec for item in made["paths"].values() for method, spec in item.items() if method != "servers"]
    assert len(operations) == sum(len(item) for one in documents.values() for item in one["paths"].values())
    assert len({spec["operationId"] for spec in operations}) == len(operations)
    assert all(spec["tags"][0] in documents and spec["operationId"].startswith(spec["tags"][0]) for spec in operations)
    assert {path.split("/")[1] for path in made["paths"]} == set(documents)


def test_nothing_refers_to_what_is_not_there() -> None:
    made = merged(openapi.service_documents())
    text = json.dumps(made)

    referred = {reference.split('"')[0] for reference in text.split('"#/components/')[1:]}

    assert len(referred) > 100
    assert [at for at in referred if at.split("/")[1] not in made["components"][at.split("/")[0]]] == []
