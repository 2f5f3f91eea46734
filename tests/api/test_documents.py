"""The rules of DESIGN §8 that the OpenAPI documents show, on every operation and every schema of every service."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chassis.edge import RESTRICTING
from contracts.events import event_types
from tests.api.documents import Operation, documents, operations, schemas

_KEBAB = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_CAMEL = re.compile(r"[a-z][a-z0-9]*([A-Z][a-z0-9]*)*")
_ID = re.compile(r"\{[a-z]+(_[a-z]+)*_id\}")
_VERB = re.compile(r"_[a-z]+")

# Collections without a plural of their own: API.md calls them so.
_UNCOUNTABLE = {"access", "access-log", "medical"}

# What may stand in an address: it ends up in logs and histories. Names and words to search for go into a body.
_QUERY_KEYS = {"cursor", "limit", "dossierId", "group", "at", "from", "to", "link", "whose"}
_HEADERS = {"Accept-Language", "Idempotency-Key", "Keten-Position", "If-Match"}

SERVICES_FOLDER = Path(__file__).parents[2] / "services"


def faults(check: Callable[[Operation], object]) -> list[str]:
    """The operations on which it does not hold."""
    return [operation.key for operation in operations() if not check(operation)]


def test_every_service_says_who_it_is_and_which_version() -> None:
    for service, made in documents().items():
        assert made["openapi"] == "3.1.0"
        assert made["servers"] == [{"url": f"/{service}/v1"}]
        assert {"name", "url", "email"} <= set(made["info"]["contact"])
        assert re.fullmatch(r"\d+\.\d+\.\d+", made["info"]["version"])
        assert made["info"]["description"].endswith(".")


def test_paths_are_kebab_case_nouns_and_ids_without_a_slash_at_the_end() -> None:
    def holds(operation: Operation) -> bool:
        *before, last = operation.segments
        return all(_KEBAB.fullmatch(s) or _ID.fullmatch(s) for s in before) and bool(
            _KEBAB.fullmatch(last) or _ID.fullmatch(last) or _VERB.fullmatch(last)
        )

    assert faults(holds) == []
    assert faults(lambda operation: not operation.path.endswith("/")) == []


def test_what_holds_many_things_is_a_plural() -> None:
    def holds(operation: Operation) -> bool:
        named = zip(operation.segments, [*operation.segments[1:], ""], strict=True)
        many = [s for s, after in named if _ID.fullmatch(after)]
        if operation.is_list or (operation.method == "POST" and "201" in operation.answers):
            many.append(next(s for s in reversed(operation.segments) if not _VERB.fullmatch(s)))
        return all(s.endswith("s") or s in _UNCOUNTABLE for s in many)

    assert faults(holds) == []


def test_a_verb_is_a_post_that_makes_no_resource() -> None:
    def holds(operation: Operation) -> bool:
        return not _VERB.fullmatch(operation.segments[-1]) or (
            operation.method == "POST" and "201" not in operation.answers
        )

    assert faults(holds) == []


def test_nothing_personal_stands_in_an_address() -> None:
    def holds(operation: Operation) -> bool:
        allowed = {"query": _QUERY_KEYS, "header": _HEADERS}
        return all(
            parameter["schema"].get("format") == "uuid"
            if parameter["in"] == "path"
            else parameter["name"].title() in allowed["header"] or parameter["name"] in allowed[parameter["in"]]
            for parameter in operation.parameters
        )

    assert faults(holds) == []
    assert all(_CAMEL.fullmatch(key) for key in _QUERY_KEYS)


def test_fields_are_camel_case() -> None:
    wrong = [
        f"{name}.{field}" for name, schema in schemas() for field in _fields(schema) if not _CAMEL.fullmatch(field)
    ]
    assert wrong == []


def test_instants_dates_and_ids_say_so() -> None:
    def expected(field: str) -> str | None:
        if field in ("at", "since") or re.search(r"[a-z]At$", field):
            return "date-time"
        if re.search(r"[a-z]Date$|^date$|^until$", field):
            return "date"
        return "uuid" if field == "id" or field.endswith("Id") else None

    wrong = [
        f"{name}.{field}"
        for name, schema in schemas()
        for field, shown in _fields(schema).items()
        if (form := expected(field)) and form not in {choice.get("format") for choice in _choices(shown)}
    ]
    assert wrong == []


def test_operations_have_names_of_their_own_that_a_program_can_use() -> None:
    for made in documents().values():
        ids = [spec["operationId"] for item in made["paths"].values() for spec in item.values()]
        assert len(ids) == len(set(ids))
        assert [name for name in ids if not _CAMEL.fullmatch(name) or len(name) > 45] == []


def test_everything_says_what_it_is() -> None:
    assert faults(lambda o: len(o.spec.get("summary", "").split()) > 1) == []
    assert faults(lambda o: o.spec.get("description", "").endswith(".")) == []
    assert faults(lambda o: all(p.get("description") for p in o.parameters)) == []
    assert faults(lambda o: all(a["description"] not in ("", "Successful Response") for a in o.answers.values())) == []
    assert [name for name, schema in schemas() if not schema.get("description", "").endswith(".")] == []


def test_refusals_are_problems_with_status_title_and_detail() -> None:
    def holds(operation: Operation) -> bool:
        return all(
            {"status", "title", "detail"}
            <= set(operation.resolved(answer["content"]["application/problem+json"]["schema"])["required"])
            for status, answer in operation.answers.items()
            if status.startswith(("4", "5"))
        )

    assert faults(holds) == []


def test_every_answer_that_the_machinery_gives_is_documented() -> None:
    always = {"400", "413", "503"}
    signed_in = {"401", "403", "404"}
    changing = {"409", "429"}
    assert faults(lambda o: always <= set(o.answers)) == []
    assert faults(lambda o: "security" not in o.spec or signed_in <= set(o.answers)) == []
    assert faults(lambda o: o.method == "GET" or changing <= set(o.answers)) == []
    assert faults(lambda o: "422" not in o.answers) == []


def test_every_answer_tells_the_version_of_the_api() -> None:
    assert faults(lambda o: all("API-Version" in answer["headers"] for answer in o.answers.values())) == []


def test_a_change_of_a_representation_asks_for_its_version() -> None:
    assert faults(lambda o: o.method != "PATCH" or o.sends("If-Match")) == []
    assert faults(lambda o: o.sends("If-Match") == ({"412", "428"} <= set(o.answers))) == []
    assert faults(lambda o: not o.sends("If-Match") or any("ETag" in a["headers"] for a in o.answers.values())) == []
    readable = {operation.path for operation in operations() if operation.method == "GET"}
    assert faults(lambda o: o.method != "PATCH" or o.path in readable) == []


def test_whatever_makes_something_or_takes_access_away_can_be_repeated_safely() -> None:
    def takes_access_away(operation: Operation) -> bool:
        return bool(operation.answers.get("202", {}).get("description") == RESTRICTING[202]["description"])

    assert faults(lambda o: o.sends("Idempotency-Key") == (o.method == "POST" or takes_access_away(o))) == []
    assert any(takes_access_away(operation) and operation.method == "DELETE" for operation in operations())


def test_everything_is_told_in_dutch_and_english() -> None:
    assert faults(lambda o: o.sends("Accept-Language")) == []


def test_lists_come_in_pages() -> None:
    def holds(operation: Operation) -> bool:
        paged = operation.sends("cursor", "query") and operation.sends("limit", "query")
        return not operation.is_list or (paged and "Link" in operation.answers["200"]["headers"])

    assert faults(holds) == []


@pytest.mark.rule("BEY-16")
@pytest.mark.parametrize("service", sorted({event.service() for event in event_types().values() if event.enforced_by}))
def test_what_takes_access_away_may_answer_202(service: str) -> None:
    restricting = set(_restricting(service))
    documented = {o.spec["operationId"].casefold() for o in operations() if o.service == service and _may_wait(o)}
    assert restricting
    missing = [name for name in restricting if not any(d.endswith(name.replace("_", "")) for d in documented)]
    assert missing == []
    assert len(documented) == len(restricting)


def _may_wait(operation: Operation) -> bool:
    """Whether its 202 says which services have not confirmed; others have begun something that takes long."""
    return "Unconfirmed" in str(operation.answers.get("202", ""))


def _restricting(service: str) -> Iterator[str]:
    """Names of the routes' functions whose command calls `restricting`, itself or by what it calls."""
    called = {function.name: set(_calls(function)) for function in _functions(service, "commands")}
    commands, before = {"c.restricting"}, set[str]()
    while commands != before:
        before = set(commands)
        commands |= {name for name, calls in called.items() if calls & commands}
    for function in _functions(service, "api"):
        if any(call.partition(".") == ("commands", ".", name) for call in _calls(function) for name in commands):
            yield function.name


def _functions(service: str, module: str) -> Iterator[ast.AsyncFunctionDef | ast.FunctionDef]:
    folder = SERVICES_FOLDER / service / service
    for path in [*folder.glob(f"{module}.py"), *folder.glob(f"{module}/*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef):
                yield node


def _calls(function: ast.AST) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


def _fields(schema: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = schema.get("properties", {})
    return found


def _choices(shown: dict[str, Any]) -> list[dict[str, Any]]:
    return [shown, *shown.get("anyOf", [])]
