"""Watching a job over HTTP: who opened it, whoever may see the work of his account, and nobody else."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from access.testing import World, a_user, a_world
from chassis.databases import Databases
from chassis.peers import Peers
from chassis.service import Service, assemble
from chassis.settings import Settings
from chassis.testing.services import ServiceUnderTest, running
from chassis.work import Claim, GivenUp, Work, open_job
from contracts.ids import UserId, new_id
from sharing.main import WIRING


async def _try(claim: Claim) -> None:
    if claim.item["n"] == "bad":
        raise GivenUp("not-a-picture")


def create(settings: Settings, peers: Peers) -> Service:
    wiring = replace(WIRING, work=lambda runtime: [Work(kind="trial", run=_try)])
    return assemble(wiring, settings, peers)


@pytest.fixture
async def service(kept_databases: Callable[..., Databases]) -> AsyncIterator[ServiceUnderTest]:
    async with running(create, kept_databases("sharing"), peers=["dossier"]) as service:
        yield service


@pytest.fixture
async def world(service: ServiceUnderTest) -> World:
    world = a_world()
    await service.hear(*world.facts())
    return world


async def a_job(service: ServiceUnderTest, account: UUID, *items: str, opened_by: UUID | None = None) -> UUID:
    async with service.service.work.made() as session, session.begin():
        return await open_job(
            session,
            kind="trial",
            account_id=account,
            opened_by=opened_by,
            items=[{"n": item} for item in items],
            at=datetime(2026, 11, 23, 12, tzinfo=UTC),
        )


async def test_a_job_is_watched_from_its_opening_to_its_end(service: ServiceUnderTest, world: World) -> None:
    job = await a_job(service, world.zorg, "good", "bad", opened_by=world.lennart)
    lennart = service.client(world.lennart, world.zorg)

    before = (await lennart.get(f"/jobs/{job}")).json()
    await service.work()
    after = (await lennart.get(f"/jobs/{job}")).json()

    assert before == {
        "id": str(job),
        "kind": "trial",
        "state": "open",
        "openedAt": "2026-11-23T12:00:00Z",
        "finishedAt": None,
        "chunks": {"waiting": 2, "claimed": 0, "done": 0, "failed": 0},
        "reasons": [],
        "details": [],
    }
    assert after["chunks"] == {"waiting": 0, "claimed": 0, "done": 1, "failed": 1}
    assert (after["state"], after["reasons"]) == ("failed", ["not-a-picture"])
    assert after["finishedAt"] is not None


async def test_whoever_opened_it_and_whoever_may_see_the_work_of_his_account_sees_it(
    service: ServiceUnderTest, world: World
) -> None:
    colleague = UserId(new_id())
    await service.hear(*a_user(colleague, world.zorg))
    his, nobodys = await a_job(service, world.zorg, "1", opened_by=world.lennart), await a_job(service, world.zorg, "1")
    asking = {
        "opener": service.client(world.lennart, world.zorg),
        "owner": service.client(world.leon, world.zorg),
        "colleague": service.client(colleague, world.zorg),
        "stranger": service.client(world.taco, world.kracht),
    }

    answers = {
        who: [(await client.get(f"/jobs/{job}")).status_code for job in (his, nobodys)]
        for who, client in asking.items()
    }

    assert answers == {
        "opener": [200, 404],
        "owner": [200, 200],
        "colleague": [404, 404],
        "stranger": [404, 404],
    }


async def test_what_is_not_there_and_what_may_not_be_seen_are_answered_alike(
    service: ServiceUnderTest, world: World
) -> None:
    job = await a_job(service, world.zorg, "1", opened_by=world.leon)
    lennart, taco = service.client(world.lennart, world.zorg), service.client(world.taco, world.kracht)

    answers = [
        await lennart.get(f"/jobs/{job}"),
        await lennart.get(f"/jobs/{new_id()}"),
        await taco.get(f"/jobs/{job}"),
    ]

    assert {answer.text for answer in answers} == {answers[0].text}
    assert answers[0].json()["type"] == "/problems/job-unknown"


async def test_without_long_work_a_service_has_no_jobs(kept_databases: Callable[..., Databases], world: World) -> None:
    async with running(lambda s, p: assemble(WIRING, s, p), kept_databases("sharing"), peers=["dossier"]) as plain:
        document = await plain.client().get("/openapi.json")

    assert "/jobs/{job_id}" not in document.text
