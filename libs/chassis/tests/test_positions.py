"""Positions: what a write stated, signed; a read that shows one never answers with an older state."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from access.testing import World, a_user, a_world
from chassis import positions
from chassis.databases import Databases
from chassis.keyrings import Keyring
from chassis.log import Batch
from chassis.peers import CONFIRM
from chassis.positions import LIFE, MOST_EVENTS, MOST_TOKENS, PositionInvalid, TooMuchForOnePosition
from chassis.staging import Staged, stage
from chassis.testing.services import ServiceUnderTest, running
from contracts.events import Event
from contracts.identity import AccessLogSealed, UserStatus
from contracts.ids import AccountId, UserId, new_id
from contracts.rights import STANDARD_LEVELS
from sharing.main import create

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
RING = Keyring("a", {"a": b"first key"})
pytestmark = pytest.mark.rule("BEY-16")


def some_facts(number: int = 1, *, version: int = 1) -> list[Staged]:
    return [
        stage(event, version=version, at=NOW)
        for _ in range(number)
        for event in a_user(UserId(new_id()), AccountId(new_id()))[:1]
    ]


def a_token(staged: Sequence[Staged], *, ring: Keyring = RING, now: datetime = NOW) -> str:
    return positions.issue(ring, staged, now=now)


def test_a_token_names_what_was_stated() -> None:
    staged = some_facts(3)

    read = positions.read(RING, a_token(staged), now=NOW)

    assert read.events == tuple((one.event.type, one.id) for one in staged)
    assert read.only({staged[0].event.type}) == tuple(one.id for one in staged)
    assert read.only({"nl.keten.other.said.v1"}) == ()


def test_several_tokens_are_read_together() -> None:
    one, other = some_facts(), some_facts()

    read = positions.read(RING, f"{a_token(one)}, {a_token(other)}", now=NOW)

    assert [event for _, event in read.events] == [one[0].id, other[0].id]


def test_a_token_is_good_for_ten_minutes() -> None:
    token = a_token(some_facts())

    assert positions.read(RING, token, now=NOW + LIFE).events
    with pytest.raises(PositionInvalid):
        positions.read(RING, token, now=NOW + LIFE + timedelta(seconds=1))


def test_a_token_outlives_a_change_of_keys() -> None:
    renewed = Keyring("b", {"a": b"first key", "b": b"second key"})

    assert positions.read(renewed, a_token(some_facts()), now=NOW).events
    with pytest.raises(PositionInvalid):
        positions.read(Keyring("b", {"b": b"second key"}), a_token(some_facts()), now=NOW)


def test_bulk_work_has_no_position() -> None:
    assert a_token(some_facts(MOST_EVENTS))
    with pytest.raises(TooMuchForOnePosition):
        a_token(some_facts(MOST_EVENTS + 1))


def wrong_tokens() -> list[str]:
    token = a_token(some_facts())
    payload, _, signature = token.partition(".")
    kid, _, mac = signature.partition(".")
    other = a_token(some_facts()).partition(".")[0]
    return [
        "",
        "x",
        "...",
        payload,
        f"{payload}.",
        f"{payload}.{kid}",
        f"{payload}.{kid}.",
        f"{payload}.b.{mac}",
        f"{payload}.{kid}.{mac}é",
        f"é{payload}.{kid}.{mac}",
        f"{other}.{kid}.{mac}",
        f"{payload}A.{kid}.{mac}",
        a_token(some_facts(), ring=Keyring("a", {"a": b"another key"})),
        f"{token},",
        ",".join([token] * (MOST_TOKENS + 1)),
    ]


@pytest.mark.parametrize("token", wrong_tokens())
def test_what_is_not_ours_is_refused(token: str) -> None:
    with pytest.raises(PositionInvalid):
        positions.read(RING, token, now=NOW)


@pytest.fixture(scope="module")
def databases(kept_databases: Callable[..., Databases]) -> Databases:
    return kept_databases("sharing")


@pytest.fixture
async def sharing(databases: Databases) -> AsyncIterator[ServiceUnderTest]:
    async with running(create, databases, peers=["documents", "dossier"], position_wait=0.3) as service:
        yield service


@pytest.fixture
async def world(sharing: ServiceUnderTest) -> World:
    world = a_world()
    await sharing.hear(*world.facts())
    return world


@pytest.fixture
def taco(sharing: ServiceUnderTest, world: World) -> httpx.AsyncClient:
    return sharing.client(world.taco, world.kracht)


def showing(sharing: ServiceUnderTest, *staged: Staged) -> dict[str, str]:
    token = positions.issue(sharing.service.runtime.positions, staged, now=datetime.now(UTC))
    return {"Keten-Position": token}


async def take(sharing: ServiceUnderTest, *staged: Staged) -> None:
    await sharing.consumer.take(Batch([one.record() for one in staged], {}))


async def test_waiting_ends_when_all_have_arrived(sharing: ServiceUnderTest) -> None:
    staged = some_facts(2)
    ids, made = [one.id for one in staged], sharing.service.runtime.made

    await take(sharing, staged[0])
    early = await positions.arrived(made, ids, patience=0.05)
    waiting = asyncio.create_task(positions.arrived(made, [*ids, *ids], patience=10))
    await take(sharing, staged[1])

    assert early is False
    assert await waiting is True
    assert await positions.arrived(made, [], patience=0) is True


async def test_a_read_does_not_answer_with_an_older_state(sharing: ServiceUnderTest, taco: httpx.AsyncClient) -> None:
    (staged,) = some_facts()

    answer = await taco.get("/levels", headers=showing(sharing, staged))

    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/not-yet-here")
    assert answer.headers["Retry-After"] == "1"


async def test_a_read_waits_for_what_is_on_its_way(
    databases: Databases, world: World, sharing: ServiceUnderTest
) -> None:
    async with running(create, databases, position_wait=10) as patient:
        taco = patient.client(world.taco, world.kracht)
        suspended: Event = a_user(world.taco, world.kracht, status=UserStatus.SUSPENDED)[0]
        staged = stage(suspended, version=2, at=NOW)

        reading = asyncio.create_task(taco.get("/levels", headers=showing(patient, staged)))
        done, _ = await asyncio.wait([reading], timeout=0.2)
        assert not done
        await take(sharing, staged)

        assert (await reading).status_code == 403


async def test_what_is_not_handled_here_is_not_waited_for(sharing: ServiceUnderTest, taco: httpx.AsyncClient) -> None:
    sealed = sharing.service.runtime
    own = await taco.post("/levels", json={"code": "own", "name": "Own", "sections": {"plan": ["read"]}})
    unheard = stage(AccessLogSealed(segment_id=new_id(), segment="2026-11", lines=1, head="x"), version=1, at=NOW)
    assert unheard.event.type not in sealed.heard_types()

    answers = [
        await taco.get("/levels", headers=showing(sharing, unheard)),
        await taco.get("/levels", headers={"Keten-Position": own.headers["Keten-Position"]}),
    ]

    assert [answer.status_code for answer in answers] == [200, 200]


@pytest.mark.parametrize("header", [b"x", b"a.k1.\xe9", b"", b"," * 30])
async def test_a_position_that_is_not_ours_is_400(
    sharing: ServiceUnderTest, taco: httpx.AsyncClient, header: bytes
) -> None:
    kid = sharing.service.runtime.positions.current.encode()

    answer = await taco.get("/levels", headers={b"Keten-Position": header.replace(b"k1", kid)})

    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/position-invalid")


async def a_grant(world: World, taco: httpx.AsyncClient) -> str:
    shared = await taco.post(
        "/grants",
        json={
            "dossierId": str(world.dossier),
            "recipient": {"userId": str(world.leon)},
            "levelId": str(STANDARD_LEVELS[0].id),
            "purpose": "Care",
            "legalBasis": "consent",
        },
    )
    return f"/grants/{shared.json()['id']}"


@pytest.mark.rule("SHR-12")
async def test_a_restriction_is_done_when_every_service_has_it(
    databases: Databases, world: World, taco: httpx.AsyncClient
) -> None:
    grant = await a_grant(world, taco)
    asked: list[tuple[str, str, Any]] = []

    def confirms(request: httpx.Request) -> httpx.Response:
        asked.append((request.url.host, request.url.path, request.content))
        return httpx.Response(200, json={"arrived": True})

    async with running(create, databases) as confirmed:
        for name in ("documents", "dossier"):
            peer = httpx.AsyncClient(transport=httpx.MockTransport(confirms), base_url=f"http://{name}")
            confirmed.service.runtime.peers.clients[name] = peer
        answer = await confirmed.client(world.taco, world.kracht).delete(grant)

    assert answer.status_code == 204
    assert sorted((host, path) for host, path, _ in asked) == [("documents", CONFIRM), ("dossier", CONFIRM)]
    assert all(answer.headers["Keten-Position"].encode() in body for *_, body in asked)


@pytest.mark.rule("SHR-12")
@pytest.mark.parametrize("peer", ["silent", "unsure", "broken", "down"])
async def test_a_restriction_that_is_not_confirmed_is_not_called_done(
    databases: Databases, world: World, taco: httpx.AsyncClient, peer: str
) -> None:
    grant = await a_grant(world, taco)

    def dossier(request: httpx.Request) -> httpx.Response:
        if peer == "silent":
            raise httpx.ReadTimeout("silent")
        if peer == "broken":
            return httpx.Response(200, text="<html>")
        return httpx.Response(200, json={"arrived": False}) if peer == "unsure" else httpx.Response(503)

    async with running(create, databases, peers=["documents"]) as unconfirmed:
        client = httpx.AsyncClient(transport=httpx.MockTransport(dossier), base_url="http://dossier")
        unconfirmed.service.runtime.peers.clients["dossier"] = client
        reader = unconfirmed.client(world.taco, world.kracht)
        answer = await reader.delete(grant)
        check = await reader.post("/positions/_check", json={"position": answer.json()["position"]})

    assert answer.status_code == 202
    assert answer.json()["pending"] == ["dossier"]
    assert check.json() == {"pending": ["dossier", "identity"]}


async def test_a_service_confirms_what_it_has_and_nothing_else(sharing: ServiceUnderTest) -> None:
    (staged,) = some_facts()
    transport = httpx.ASGITransport(app=sharing.service.internal, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://sharing") as peer:
        token = showing(sharing, staged)["Keten-Position"]

        before = await peer.post(CONFIRM, json={"position": token})
        await take(sharing, staged)
        after = await peer.post(CONFIRM, json={"position": token})
        forged = await peer.post(CONFIRM, json={"position": token[:-2]})

    assert (before.json(), after.json()) == ({"arrived": False}, {"arrived": True})
    assert forged.status_code == 400
