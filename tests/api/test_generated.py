"""Requests that nobody thought of, made from the documents: no fault inside, no answer that the document does not know."""

import contextlib
import re
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup

from contracts.services import SERVICES
from tests.api.documents import documents
from tests.api.table import TABLE
from tests.api.world import World
from tests.e2e.people import Platform

# Enough to meet what is generated first (empty, longest, odd characters); all of it stays within a minute.
EXAMPLES = 4

# The same code makes the same answers of whatever comes in; one shape is enough.
SHAPES = ("one machine",)

# How a request that is wrong may be refused: by its shape, or by what it asks for.
REFUSALS = [400, 401, 403, 404, 409, 412, 413, 428, 429]

load_all_checks()
OF_EVERYTHING = ["not_a_server_error", "status_code_conformance", "content_type_conformance"]
OF_ANSWERS = ["response_headers_conformance", "response_schema_conformance"]
OF_WRONG = ["negative_data_rejection"]

CHOSEN = {
    GenerationMode.POSITIVE: CHECKS.get_by_names(OF_EVERYTHING + OF_ANSWERS),
    GenerationMode.NEGATIVE: CHECKS.get_by_names(OF_EVERYTHING + OF_ANSWERS + OF_WRONG),
}

few = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("service", SERVICES)
def test_nothing_breaks_and_every_answer_is_documented(
    service: str, mode: GenerationMode, world: World, platform: Platform
) -> None:
    config = SchemathesisConfig.from_dict(
        {
            "checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}},
            "generation": {"with-security-parameters": False},
        }
    )
    document = schemathesis.openapi.from_dict(documents()[service], config=config)
    faults: list[str] = []
    with requests.Session() as session:
        session.headers["Accept-Language"] = "en"
        for found in document.get_all_operations():
            operation: Any = found.ok()  # type: ignore[union-attr]
            session.headers["Authorization"] = f"Bearer {world.owner.token()}"
            ids = _ids(f"{operation.method.upper()} /{service}/v1{operation.path}", world)
            is_wrong_elsewhere = operation.body or operation.query
            cases = operation.as_strategy(
                generation_mode=mode,
                path_parameters=ids if mode is GenerationMode.POSITIVE or is_wrong_elsewhere else None,
                headers=_versions(operation, world),
            )
            with contextlib.suppress(Unsatisfiable):  # nothing can be wrong with `GET /users/me`
                faults += _faults(cases, f"{platform.url}/{service}/v1", session, CHOSEN[mode])
    assert not faults, "\n\n".join(faults)


def _versions(operation: Any, world: World) -> dict[str, str]:
    """A version that was there once and a position that was answered: random ones would come no further than 400. What is
    archived could not be written any more."""
    version = 1 if operation.method == "patch" else 999
    taken = {parameter.name.lower() for parameter in operation.headers}
    return {
        name: value
        for name, value in {"if-match": f'"{version}.5f2a90c1d7be"', "keten-position": world.position}.items()
        if name in taken
    }


def _faults(cases: Any, url: str, session: requests.Session, checks: list[Any]) -> list[str]:
    @few
    @given(case=cases)
    def sends(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate(base_url=url, session=session, checks=checks)

    try:
        sends()
    except FailureGroup as group:
        return [f"{one}" for one in group.exceptions]
    return []


def _ids(key: str, world: World) -> dict[str, str]:
    """Things that are there, so that a request comes further than 404."""
    names = re.findall(r"\{(\w+)\}", key)
    # What follows the path's own stands in the query.
    return dict(zip(names, (world[name] for name in TABLE[key].about.split()), strict=False))
