"""The rules of DESIGN §8 that only a running platform shows, on every route they are about."""

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from contracts.ids import new_id
from contracts.services import SERVICES
from tests.api.conftest import Ask
from tests.api.documents import Operation
from tests.api.table import TABLE
from tests.api.test_matrix import address
from tests.api.world import World

# What a person typed, and must not find in what he is told.
SECRET = "geheim-9F3A"

# Their answers hold a secret, which is kept nowhere; a second time makes another one.
_TOLD_ONCE = {"POST /identity/v1/service-accounts"}

_ETAG = re.compile(r'"\d+\.[0-9a-f]{12}"')


@pytest.fixture
def reads(routes: list[Operation]) -> list[Operation]:
    return [route for route in routes if route.method == "GET"]


def test_no_path_ends_in_a_slash_and_none_is_guessed(routes: list[Operation], world: World, ask: Ask) -> None:
    for route in routes:
        method, path = address(route.key, TABLE[route.key], world)
        assert ask(world.owner, method, path.replace("?", "/?") if "?" in path else f"{path}/").status_code == 404, (
            route.key
        )


def test_a_method_that_is_not_there_is_refused_with_those_that_are(
    routes: list[Operation], world: World, ask: Ask
) -> None:
    for path, there in _by_path(routes).items():
        method = next(name for name in ("PUT", "DELETE", "PATCH", "POST", "GET") if name not in there)
        _, address_ = address(f"{method} {path}", TABLE[f"{min(there)} {path}"], world)
        answer = ask(world.owner, method, address_)
        if answer.status_code == 405:
            assert set(answer.headers["Allow"].split(", ")) <= there, path
        else:  # the path is also that of another route with an id in it
            assert answer.status_code in (400, 404), path


def test_what_is_nowhere_is_a_problem_too(ask: Ask, world: World) -> None:
    for service in SERVICES:
        assert ask(world.owner, "GET", f"/{service}/v1/nothing-here").status_code == 404
        assert ask(None, "GET", f"/{service}/v1/nothing-here").status_code == 401
    assert ask(None, "GET", "/nothing-here").status_code == 404


@pytest.mark.parametrize("service", SERVICES)
def test_the_document_is_open_to_all_and_is_that_of_the_service(service: str, ask: Ask, world: World) -> None:
    answer = ask(None, "GET", f"/{service}/v1/openapi.json")
    assert answer.status_code == 200
    assert answer.json()["servers"] == [{"url": f"/{service}/v1"}]
    assert [ask(None, "GET", f"/{service}/v1/{path}").status_code for path in ("livez", "readyz")] == [200, 200]


def test_all_that_is_wrong_with_a_body_is_told_at_once_and_nothing_of_it(
    routes: list[Operation], world: World, ask: Ask
) -> None:
    for route in routes:
        schema = route.body
        if schema is None:
            continue
        method, path = address(route.key, TABLE[route.key], world)
        required = {f"body.{name}" for name in schema.get("required", [])}
        wrong = {"isNotThere": SECRET, **{name: {"deep": SECRET} for name in schema["properties"]}}
        for body, expected in (
            ({"isNotThere": SECRET}, {"body.isNotThere"} | required),
            (wrong, {f"body.{name}" for name in wrong}),
        ):
            answer = ask(world.owner, method, path, body)
            assert (answer.status_code, answer.json()["type"]) == (400, "/problems/input-invalid"), route.key
            told = {fault["location"] for fault in answer.json()["faults"]}
            assert {one for one in expected if not any(t == one or t.startswith(f"{one}.") for t in told)} == set(), (
                route.key
            )
            assert all(fault["message"] and fault["code"] for fault in answer.json()["faults"])
            assert SECRET not in answer.text, route.key


def test_what_is_wrong_with_an_address_is_told_at_once_and_nothing_of_it(
    routes: list[Operation], world: World, ask: Ask
) -> None:
    for route in routes:
        method, path = route.key.split(" ")
        in_path = [p["name"] for p in route.parameters if p["in"] == "path"]
        in_query = [p["name"] for p in route.parameters if p["in"] == "query"]
        if not in_path and not in_query:
            continue
        row = TABLE[route.key]
        query = "&".join(f"{name}={SECRET}" for name in in_query)
        body = row.body(world) if row.body else None
        answer = ask(world.owner, method, f"{re.sub(r'{.*?}', SECRET, path)}?{query}", body)
        assert answer.status_code == 400, route.key
        expected = {*(f"path.{name}" for name in in_path), *(f"query.{name}" for name in in_query)}
        assert {fault["location"] for fault in answer.json()["faults"]} == expected, route.key
        assert SECRET not in answer.text


@pytest.mark.parametrize("body", [b"{", b'{"name": "\xff"}', b"[1]", b'"text"', b"null", b""])
def test_what_is_no_json_object_is_refused(body: bytes, world: World, ask: Ask, http: httpx.Client) -> None:
    signed = {"Authorization": f"Bearer {world.owner.token()}", "Content-Type": "application/json"}
    answer = http.post("/dossier/v1/client-groups", content=body, headers=signed)
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_too_large_is_refused(service: str, world: World, ask: Ask) -> None:
    answer = ask(world.owner, "POST", f"/{service}/v1/positions/_check", {"position": "x" * 1024 * 1024})
    assert answer.status_code == 413


def test_refusals_are_told_in_dutch_unless_english_is_asked_for(world: World, ask: Ask) -> None:
    group = f"/dossier/v1/client-groups/{world['group']}"
    refusals: list[tuple[int, Any, str, str, Any]] = [
        (401, None, "GET", group, None),
        (400, world.owner, "PATCH", group, {}),
        (404, world.stranger, "GET", group, None),
        (403, world.viewer, "GET", f"/dossier/v1/dossiers/{world['dossier']}/access-log", None),
        (405, world.owner, "PUT", group, None),
        (409, world.owner, "DELETE", group, None),
        (413, world.owner, "PATCH", group, {"name": "x" * 1024 * 1024}),
        (428, world.owner, "PATCH", group, {"name": "Zuid"}),
    ]
    for status, who, method, path, body in refusals:
        told = {
            asked: ask(who, method, path, body, **{"Accept-Language": asked})
            for asked in ("nl", "en", "fr", "en;q=0.2, nl")
        }
        assert {answer.status_code for answer in told.values()} == {status}
        details = {asked: answer.json()["detail"] for asked, answer in told.items()}
        assert details["nl"] == details["fr"] == details["en;q=0.2, nl"] != details["en"], status
        assert told["en"].headers["Content-Language"] == "en"
        assert told["fr"].headers["Content-Language"] == "nl"


def test_what_can_be_edited_tells_its_version(reads: list[Operation], world: World, ask: Ask) -> None:
    for route in reads:
        if TABLE[route.key].owner != 200:
            continue  # behind a link, which is told in a list
        _, path = address(route.key, TABLE[route.key], world)
        answer = ask(world.owner, "GET", path)
        assert answer.status_code == 200, route.key
        assert ("ETag" in answer.headers) == ("ETag" in route.answers["200"]["headers"]), route.key
        if "ETag" in answer.headers:
            assert _ETAG.fullmatch(answer.headers["ETag"]), route.key
            assert ask(world.owner, "GET", path).headers["ETag"] == answer.headers["ETag"], route.key


def test_who_edits_says_which_version_he_has_read(routes: list[Operation], world: World, ask: Ask) -> None:
    for route in routes:
        if not route.sends("If-Match"):
            continue
        row = TABLE[route.key]
        method, path = address(route.key, row, world)
        if "_restore" in path:
            continue  # what is not archived cannot be restored; shown with the next one

        def answers(version: str | None, method: str = method, path: str = path, row: Any = row) -> httpx.Response:
            sent = {} if version is None else {"If-Match": version}
            return ask(world.owner, method, path, row.body(world) if row.body else None, **sent)

        assert answers(None).status_code == 428, route.key
        assert answers('"999.000000000000"').status_code == 412, route.key
        for malformed in ("*", '"x"', '"-1.a"', '"1.a", "2.b"', '"1e3.a"'):
            assert answers(malformed).status_code in (400, 412), (route.key, malformed)
        if "_erase" in path or method == "DELETE":
            continue  # what it takes away others still need; shown in the journey of erasure
        read = ask(world.owner, "GET", path.replace("/_archive", ""))
        done = answers(read.headers["ETag"])
        assert done.is_success, (route.key, done.text)
        assert done.headers["ETag"] != read.headers["ETag"], route.key
        assert answers(read.headers["ETag"]).status_code == 412 or "_archive" in path, route.key
        if "_archive" in path:
            restored = path.replace("_archive", "_restore")
            assert ask(world.owner, "POST", restored).status_code == 428
            assert ask(world.owner, "POST", restored, **{"If-Match": done.headers["ETag"]}).is_success


def test_what_was_made_is_found_where_the_answer_says(routes: list[Operation], world: World, ask: Ask) -> None:
    paths = {path: there for path, there in _by_path(routes).items() if "GET" in there}
    for route in routes:
        row = TABLE[route.key]
        if "201" not in route.answers or row.is_open:
            continue
        method, path = address(route.key, row, world)
        made = ask(world.owner, method, path, row.body(world) if row.body else None)
        assert made.status_code in (200, 201), route.key
        where = made.headers["Location"]
        assert ask(world.owner, "GET", where).status_code == 200, (route.key, where)
        at = where.partition("#")[0]  # one of a collection whose members have no address of their own
        assert any(re.fullmatch(re.sub(r"{.*?}", "[^/]+", known), at) for known in paths), (route.key, where)
        assert "ETag" in made.headers or "ETag" not in route.answers["201"]["headers"], route.key


def test_the_same_post_sent_twice_has_one_effect_and_one_answer(
    routes: list[Operation], world: World, ask: Ask
) -> None:
    for route in routes:
        row = TABLE[route.key]
        if "201" not in route.answers or row.is_open:
            continue
        method, path = address(route.key, row, world)
        body = row.body(world) if row.body else None
        key = {"Idempotency-Key": str(new_id())}

        first, again = (ask(world.owner, method, path, body, **key) for _ in range(2))

        if route.key in _TOLD_ONCE:
            assert (first.status_code, again.status_code) == (201, 201)
            assert first.json()["id"] != again.json()["id"], route.key
            continue
        assert first.status_code == again.status_code, route.key
        assert first.text == again.text, route.key
        assert first.headers.get("Location") == again.headers.get("Location"), route.key
        other = ask(world.owner, method, path, _changed(body), **key)
        assert other.is_error, (route.key, other.text)
        assert (other.status_code, other.json()["type"]) == (409, "/problems/idempotency-key-reused"), route.key
        assert ask(None, method, path, body, **key).status_code == 401


def test_lists_are_read_page_by_page(routes: list[Operation], world: World, ask: Ask) -> None:
    for route in routes:
        if not route.is_list:
            continue
        row = TABLE[route.key]
        method, path = address(route.key, row, world)
        body = row.body(world) if row.body else None
        whole = ask(world.owner, method, _limited(path, 100), body).json()
        seen = list(itertools.islice(_pages(ask, world, method, path, body), 60))
        if not path.endswith("/access-log"):  # each reading of it adds a line
            assert [json.dumps(item) for item in seen] == [json.dumps(item) for item in whole["items"][: len(seen)]], (
                route.key
            )
            assert len(seen) == min(60, len(whole["items"])), route.key
        for limit in ("0", "101", "-1", "many"):
            assert ask(world.owner, method, _limited(path, limit), body).status_code == 400, route.key


def _limited(path: str, limit: object) -> str:
    return f"{path}{'&' if '?' in path else '?'}limit={limit}"


def _pages(ask: Ask, world: World, method: str, path: str, body: Any) -> Iterator[Any]:
    """The items, three at a time, by following `Link`."""
    where: str | None = _limited(path, 3)
    while where:
        answer = ask(world.owner, method, where, body)
        assert answer.status_code == 200, where
        page = answer.json()
        assert len(page["items"]) <= 3
        yield from page["items"]
        where = answer.links.get("next", {}).get("url")
        assert (where is None) == (page["next"] is None)


def _changed(body: Any) -> Any:
    """Another body of the same shape: its first text that is no id or code is a letter longer."""
    for name, value in body.items():
        if isinstance(value, dict) and (inner := _changed(value)) != value:
            return {**body, name: inner}
        if isinstance(value, str) and "-" not in value:
            return {**body, name: f"{value}x"}
    return body


def _by_path(routes: list[Operation]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for route in routes:
        found.setdefault(route.key.split(" ")[1], set()).add(route.method)
    return found
