"""Every route against everybody: without a token, with a bad one, suspended, a stranger, a reader, the owner."""

import re

import pytest

from tests.api.conftest import Ask
from tests.api.documents import Operation
from tests.api.table import TABLE, Row
from tests.api.tokens import forged, published_keys
from tests.api.world import World
from tests.e2e.people import Platform


def test_every_route_has_its_row_and_every_row_a_route(routes: list[Operation]) -> None:
    assert {route.key for route in routes} == set(TABLE), "tests/api/table.py says who gets what on which route"


def test_what_needs_no_token_is_what_the_documents_say(routes: list[Operation]) -> None:
    assert {route.key for route in routes if "security" not in route.spec} == {
        key for key, row in TABLE.items() if row.is_open
    }


@pytest.fixture(scope="module")
def bad_tokens(platform: Platform, world: World) -> dict[str, str]:
    return dict(forged(world.owner.token(), published_keys(platform.url), platform.secrets))


@pytest.mark.rule("ALL-1", "SHR-10", "SHR-14")
@pytest.mark.parametrize("key", TABLE)
def test_everybody_gets_what_is_his_and_nothing_else(
    key: str, world: World, ask: Ask, bad_tokens: dict[str, str]
) -> None:
    row = TABLE[key]
    method, path = address(key, row, world)

    def status(who: object) -> int:
        return ask(who, method, path, _body(row, world)).status_code

    if row.is_open:
        assert status(None) == row.owner
        return
    assert status(None) == 401
    assert {name: status(token) for name, token in bad_tokens.items()} == dict.fromkeys(bad_tokens, 401)

    suspended = ask(world.suspended, method, path, _body(row, world))
    assert suspended.status_code in row.suspended
    assert suspended.is_success or suspended.json()["type"] in _SHUT_OUT

    stranger = ask(world.stranger, method, path, _body(row, world))
    assert stranger.status_code == row.stranger
    if stranger.is_success and not row.body:
        assert [name for name, id_ in world.ids.items() if id_ in stranger.text] == []
    assert {name: status(getattr(world, name)) for name in ("viewer", "colleague", "owner")} == {
        "viewer": row.viewer,
        "colleague": row.colleague,
        "owner": row.owner,
    }


_SHUT_OUT = ("/problems/unauthenticated", "/problems/user-not-active")


def address(key: str, row: Row, world: World) -> tuple[str, str]:
    method, _, path = key.partition(" ")
    names = iter(row.about.split())
    return method, re.sub(r"\{\w+\}", lambda _: world[next(names)], path + row.query)


def _body(row: Row, world: World) -> object:
    return row.body(world) if row.body else None
