"""Idempotency-Key: sent twice, done once, answered the same; asked again whether it is still allowed."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from access.testing import World, a_user, a_world
from chassis.databases import Databases
from chassis.testing.services import ServiceUnderTest, running
from contracts.identity import UserStatus
from contracts.ids import new_id
from contracts.rights import STANDARD_LEVELS
from sharing.main import create

LEVEL = {level.code: str(level.id) for level in STANDARD_LEVELS}


@pytest.fixture(scope="module")
def databases(kept_databases: Callable[..., Databases]) -> Databases:
    return kept_databases("sharing")


@pytest.fixture
async def sharing(databases: Databases) -> AsyncIterator[ServiceUnderTest]:
    async with running(create, databases, peers=["documents", "dossier"]) as service:
        yield service


@pytest.fixture
async def world(sharing: ServiceUnderTest) -> World:
    world = a_world()
    await sharing.hear(*world.facts())
    return world


@pytest.fixture
def taco(sharing: ServiceUnderTest, world: World) -> httpx.AsyncClient:
    return sharing.client(world.taco, world.kracht)


def a_level(code: str = "helper") -> dict[str, Any]:
    return {"code": code, "name": "Helper", "sections": {"reports": ["read"]}}


def a_share(world: World, level: str = "view") -> dict[str, Any]:
    return {
        "dossierId": str(world.dossier),
        "recipient": {"userId": str(world.leon)},
        "levelId": LEVEL[level],
        "purpose": "Care",
        "legalBasis": "consent",
    }


def with_key(key: str = "one") -> dict[str, str]:
    return {"Idempotency-Key": key}


async def codes(taco: httpx.AsyncClient) -> list[str]:
    return [level["code"] for level in (await taco.get("/levels")).json()["items"] if not level["standard"]]


async def test_the_same_again_is_answered_the_same_and_done_once(taco: httpx.AsyncClient) -> None:
    first = await taco.post("/levels", json=a_level(), headers=with_key())
    again = await taco.post("/levels", json=a_level(), headers=with_key())

    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    for header in ("Location", "Keten-Position", "content-type"):
        assert first.headers[header] == again.headers[header]
    assert await codes(taco) == ["helper"]


async def test_the_same_key_for_another_request_is_refused(taco: httpx.AsyncClient) -> None:
    await taco.post("/levels", json=a_level(), headers=with_key())

    other = await taco.post("/levels", json=a_level("other"), headers=with_key())

    assert (other.status_code, other.json()["type"]) == (409, "/problems/idempotency-key-reused")
    assert await codes(taco) == ["helper"]


@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_a_key_that_cannot_be_kept_is_refused(taco: httpx.AsyncClient, key: str) -> None:
    answer = await taco.post("/levels", json=a_level(), headers=with_key(key))

    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/idempotency-key-invalid")
    assert await codes(taco) == []


async def test_the_same_key_at_the_same_moment_has_one_effect(taco: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(taco.post("/levels", json=a_level(), headers=with_key()) for _ in range(4)))

    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.content for answer in answers}) == 1
    assert await codes(taco) == ["helper"]


async def test_a_key_is_its_users_and_its_routes(
    sharing: ServiceUnderTest, world: World, taco: httpx.AsyncClient
) -> None:
    leon = sharing.client(world.leon, world.zorg)

    answers = [
        await taco.post("/levels", json=a_level(), headers=with_key()),
        await taco.post("/grants", json=a_share(world), headers=with_key()),
        await leon.post("/levels", json=a_level(), headers=with_key()),
    ]

    assert [answer.status_code for answer in answers] == [201] * 3
    assert len({answer.json()["id"] for answer in answers}) == 3


async def test_who_may_no_longer_do_it_is_not_shown_the_answer(
    sharing: ServiceUnderTest, world: World, taco: httpx.AsyncClient
) -> None:
    await taco.post("/levels", json=a_level(), headers=with_key())
    await sharing.hear(*a_user(world.taco, world.kracht, status=UserStatus.SUSPENDED), version=2)

    again = await taco.post("/levels", json=a_level(), headers=with_key())

    assert again.status_code == 403
    assert "helper" not in again.text


async def test_what_was_refused_may_be_tried_again_with_its_key(
    sharing: ServiceUnderTest, world: World, taco: httpx.AsyncClient
) -> None:
    newcomer = new_id()
    share = {**a_share(world), "recipient": {"userId": str(newcomer)}}

    refused = await taco.post("/grants", json=share, headers=with_key())
    await sharing.hear(*a_user(newcomer, world.zorg))  # type: ignore[arg-type]
    done = await taco.post("/grants", json=share, headers=with_key())

    assert (refused.status_code, done.status_code) == (409, 201)


@pytest.mark.rule("BEY-16")
async def test_a_repeated_restriction_is_not_called_done_before_it_is(
    databases: Databases, sharing: ServiceUnderTest, world: World, taco: httpx.AsyncClient
) -> None:
    await taco.post("/grants", json=a_share(world, "edit"))
    async with running(create, databases, peers=[]) as cut_off:
        alone = cut_off.client(world.taco, world.kracht)
        alone.headers["Authorization"] = f"Bearer {cut_off.issuer.token(world.taco, world.kracht)}"
        first = await alone.post("/grants", json=a_share(world, "view"), headers=with_key())
        again = await alone.post("/grants", json=a_share(world, "view"), headers=with_key())

    at_last = await taco.post("/grants", json=a_share(world, "view"), headers=with_key())

    assert [first.status_code, again.status_code, at_last.status_code] == [202, 202, 200]
    assert first.json()["pending"] == again.json()["pending"] == ["documents", "dossier"]
    assert at_last.json()["level"]["code"] == "view"


@pytest.mark.rule("BEY-16")
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_who_lost_the_answer_is_not_told_that_access_ended_before_everybody_knows(
    databases: Databases, sharing: ServiceUnderTest, world: World, taco: httpx.AsyncClient, method: str
) -> None:
    """The first answer may never have come; the same request again waits for the same confirmation."""
    grant = await taco.post("/grants", json=a_share(world, "edit"))
    path, body = f"/grants/{grant.json()['id']}", {"levelId": LEVEL["view"]} if method == "PATCH" else None
    headers = {**with_key(), "If-Match": grant.headers["ETag"]}
    async with running(create, databases, peers=[]) as cut_off:
        alone = cut_off.client(world.taco, world.kracht)
        alone.headers["Authorization"] = f"Bearer {cut_off.issuer.token(world.taco, world.kracht)}"
        first = await alone.request(method, path, json=body, headers=headers)
        again = await alone.request(method, path, json=body, headers=headers)

    at_last = await taco.request(method, path, json=body, headers=headers)

    assert [first.status_code, again.status_code] == [202, 202]
    assert first.json()["pending"] == again.json()["pending"] == ["documents", "dossier"]
    assert at_last.is_success
    assert at_last.status_code != 202


async def test_stored_answers_are_kept_apart_from_lists_that_are_only_read(taco: httpx.AsyncClient) -> None:
    first = await taco.post("/access-log/_verify", headers=with_key())
    again = await taco.post("/access-log/_verify", headers=with_key())

    assert first.status_code == again.status_code == 200


async def test_a_stored_answer_is_behind_the_second_lock(
    databases: Databases, world: World, taco: httpx.AsyncClient
) -> None:
    await taco.post("/levels", json=a_level(), headers=with_key())
    own = "select count(*) from public.stored_answer where user_id = $1"

    async with databases.connected("sharing", "api") as api:
        as_nobody = await api.fetchval(own, world.taco)
        await api.execute("select set_config('keten.user', $1, false)", str(world.leon))
        as_another = await api.fetchval(own, world.taco)
        await api.execute("select set_config('keten.user', $1, false)", str(world.taco))
        as_himself = await api.fetchval(own, world.taco)

    assert (as_nobody, as_another, as_himself) == (0, 0, 1)
