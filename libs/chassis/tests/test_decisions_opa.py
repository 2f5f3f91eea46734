"""OPA when it is away, slow, empty, wrong or talkative: never an allowance, soon an answer, and all well again by itself."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from access.testing import World, a_world
from chassis.databases import Databases
from chassis.decisions import DecisionPoint, DecisionUnavailable, EmbeddedRego
from chassis.decisions_opa import TIMEOUT, Opa
from chassis.new_keys import make_keys
from chassis.policy_bundle import Revision, revision_of, signed_bundle
from chassis.postgres import free_port
from chassis.seams import decision_point
from chassis.settings import Settings
from chassis.testing.engines import Container
from chassis.testing.policies import PolicyServer, opa, policy_server
from chassis.testing.services import POLICIES, ServiceUnderTest, running
from sharing.main import create

Eventually = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]

# How long a refusal may take (seconds): the driver's time-out, and what a machine adds that has more to do.
SOON = TIMEOUT + 1.5

OWN = revision_of(POLICIES)
FACTS: Mapping[str, object] = {
    "action": "account.read",
    "actor": {"id": "u", "account": "a", "status": "active", "role": "owner", "medical": False},
    "account": {"id": "a"},
    "subject": None,
    "parked": False,
}


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    secrets = tmp_path_factory.mktemp("keys") / "secrets"
    make_keys(secrets)
    return secrets


@pytest.fixture(scope="module")
def serving(secrets: Path) -> Iterator[PolicyServer]:
    with policy_server() as serving:
        serving.bundle = signed_bundle(POLICIES, secrets)
        yield serving


@pytest.fixture(scope="module")
def container(serving: PolicyServer, secrets: Path) -> Iterator[Container]:
    with opa(serving, secrets) as container:
        yield container


@pytest.fixture
async def point(container: Container) -> AsyncIterator[Opa]:
    async with asking(f"http://{container.address}") as point:
        yield point


@asynccontextmanager
async def asking(url: str, *, own: Revision = OWN) -> AsyncIterator[Opa]:
    point = Opa(url, own=own)
    yield point
    await point.close()


@contextmanager
def paused(container: Container) -> Iterator[None]:
    container.docker("pause")
    try:
        yield
    finally:
        container.docker("unpause")


async def refuses_soon(point: DecisionPoint) -> str:
    """Why it cannot be told; it must not take long to say so."""
    began = time.monotonic()
    with pytest.raises(DecisionUnavailable) as refused:
        await point.decide("account", FACTS)
    assert time.monotonic() - began < SOON
    return str(refused.value)


async def allows(point: DecisionPoint) -> bool:
    try:
        return (await point.decide("account", FACTS))["allow"] is True
    except DecisionUnavailable:
        return False


def test_the_settings_say_which_decision_point_it_is(secrets: Path) -> None:
    said: dict[str, Any] = {"postgres": "h:1", "secrets": secrets, "policies": POLICIES, "public_url": "http://k"}

    assert isinstance(decision_point(Settings(**said)), EmbeddedRego)
    assert isinstance(decision_point(Settings(**said, opa="http://opa:8181")), Opa)


async def test_where_nobody_listens_there_is_no_decision() -> None:
    async with asking(f"http://127.0.0.1:{free_port()}") as point:
        await refuses_soon(point)


async def test_a_name_that_is_nobodys_is_no_decision() -> None:
    async with asking("http://opa.invalid:8181") as point:
        await refuses_soon(point)


async def test_a_point_that_was_closed_can_be_asked_again(point: Opa) -> None:
    assert await allows(point)
    await point.close()
    assert await allows(point)


async def test_a_slow_opa_is_no_decision_and_it_is_well_again_by_itself(
    container: Container, point: Opa, eventually: Eventually
) -> None:
    assert await allows(point)

    with paused(container):
        await asyncio.gather(*(refuses_soon(point) for _ in range(20)))

    await eventually(lambda: allows(point))


async def test_an_opa_that_stopped_and_came_back_without_policies_decides_only_when_it_has_them(
    container: Container, serving: PolicyServer, point: Opa, eventually: Eventually
) -> None:
    assert await allows(point)
    held, serving.bundle = serving.bundle, None
    container.docker("kill")
    await refuses_soon(point)

    container.docker("start")
    await eventually(lambda: _answers(container))
    assert await refuses_soon(point) == "OPA has not our policies"

    serving.bundle = held
    await eventually(lambda: allows(point))


async def _answers(container: Container) -> bool:
    try:
        async with httpx.AsyncClient(base_url=f"http://{container.address}") as client:
            return (await client.get("/health")).status_code == 200
    except httpx.HTTPError:
        return False


async def test_policies_for_other_facts_do_not_decide(container: Container) -> None:
    async with asking(f"http://{container.address}", own=Revision(OWN.interface + 1, OWN.digest)) as point:
        assert await refuses_soon(point) == "OPA has policies for other facts"


async def test_policies_of_the_release_beside_ours_decide_and_that_is_told_once(container: Container) -> None:
    before = Revision(OWN.interface, "before")

    async with asking(f"http://{container.address}", own=before) as point:
        with capture_logs() as told:
            assert await allows(point)
            assert await allows(point)

    assert [(line["event"], line["answering"]) for line in told] == [("policies_of_another_release", str(OWN))]


async def test_trouble_is_told_when_it_begins_and_when_it_is_over(container: Container, eventually: Eventually) -> None:
    async with asking(f"http://{container.address}") as point:
        assert await allows(point)
        with capture_logs() as told:
            with paused(container):
                await refuses_soon(point)
                await refuses_soon(point)
            await eventually(lambda: allows(point))
            await allows(point)

    assert [line["event"] for line in told] == ["decisions_unavailable", "decisions_available"]


ALLOWED = {"allow": True}
PROVENANCE = {"bundles": {"keten": {"revision": str(OWN)}}}
JSON = "Content-Type: application/json\r\n"


def _sent(body: str, *, status: str = "200 OK", headers: str = JSON) -> bytes:
    return f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\n\r\n{body}".encode()


def _whole(**changed: object) -> str:
    return json.dumps({"result": ALLOWED, "provenance": PROVENANCE, **changed})


ANSWERS: Mapping[str, bytes] = {
    "a 500 with an allowance": _sent(_whole(), status="500 Internal Server Error"),
    "a 401": _sent(_whole(), status="401 Unauthorized"),
    "a 404": _sent(_whole(), status="404 Not Found"),
    "a page": _sent("<p>Welcome</p>", headers="Content-Type: text/html\r\n"),
    "a way elsewhere": _sent("", status="302 Found", headers="Location: /elsewhere\r\n"),
    "no JSON": _sent('{"result": {"allow": true}'),
    "half of it": _sent(_whole())[:-20],
    "a list": _sent(f"[{_whole()}]"),
    "nothing": b"",
    "something else": b"220 smtp.example ESMTP\r\n",
    "no result": _sent(json.dumps({"provenance": PROVENANCE})),
    "a result that is true": _sent(_whole(result=True)),
    "an allow that is a word": _sent(_whole(result={"allow": "true"})),
    "no provenance": _sent(json.dumps({"result": ALLOWED})),
    "a provenance without bundles": _sent(_whole(provenance={"version": "1.22.2"})),
    "a bundle of another name": _sent(_whole(provenance={"bundles": {"other": {"revision": str(OWN)}}})),
    "a bundle without revision": _sent(_whole(provenance={"bundles": {"keten": {}}})),
    "a revision that is not ours": _sent(_whole(provenance={"bundles": {"keten": {"revision": "v7"}}})),
    "a provenance that is a word": _sent(_whole(provenance="1.abc")),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
async def test_what_is_not_a_clear_answer_of_ours_is_no_decision(answer: bytes) -> None:
    async with _answering(answer) as url, asking(url) as point:
        await refuses_soon(point)


async def test_the_same_with_everything_in_place_is_one() -> None:
    async with _answering(_sent(_whole())) as url, asking(url) as point:
        assert await point.decide("account", FACTS) == ALLOWED


async def test_an_answer_that_drips_is_cut_off() -> None:
    async with _answering(_sent(_whole()), pause=0.05) as url, asking(url) as point:
        await refuses_soon(point)


@asynccontextmanager
async def _answering(answer: bytes, *, pause: float = 0.0) -> AsyncIterator[str]:
    """A server that says this to whatever is asked, a byte at a time when there is a pause."""

    async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        try:
            for part in [answer] if not pause else [answer[i : i + 1] for i in range(len(answer))]:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(pause)
        except ConnectionError:
            return
        writer.close()

    server = await asyncio.start_server(answered, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_policies_and_data_cannot_be_changed_over_http(container: Container, point: Opa) -> None:
    rewritten = 'package keten.account\n\ndecision := {"allow": true}\n'
    async with httpx.AsyncClient(base_url=f"http://{container.address}") as client:
        answers = [
            await client.put("/v1/policies/keten/account.rego", content=rewritten),
            await client.put("/v1/data/keten/roles", json={}),
            await client.patch("/v1/data/keten/account/decision", json=[]),
            await client.get("/v1/data"),
            await client.get("/v1/policies"),
            await client.post("/v1/query", json={"query": "data.keten.actions = x"}),
            await client.post("/", json={}),
        ]

    assert {answer.status_code for answer in answers} == {401}
    assert await allows(point)


MARK = "Zwanenburg"


async def test_nothing_of_anybody_stands_in_the_log_of_opa(
    container: Container, serving: PolicyServer, point: Opa, eventually: Eventually
) -> None:
    """Also not of what went wrong, of what was never a fact, nor before the policies were there."""
    marked: dict[str, Any] = {
        **FACTS,
        "actor": {"id": MARK, "account": MARK, "status": "active", "role": "owner", "medical": False},
        "account": {"id": MARK},
    }
    held, serving.bundle = serving.bundle, None
    container.docker("restart", "--time=1")
    await eventually(lambda: _answers(container))
    with pytest.raises(DecisionUnavailable):
        await point.decide("account", marked)
    serving.bundle = held
    await eventually(lambda: allows(point))

    assert (await point.decide("account", marked))["allow"] is True
    await point.decide("account", {**marked, "action": MARK})
    await point.decide("account", {**marked, "actor": {**marked["actor"], "role": MARK}})
    await point.decide("dossier", {**marked, "grants": [{"id": MARK, "chain": [{"id": MARK}]}]})
    async with httpx.AsyncClient(base_url=f"http://{container.address}/v1") as client:
        await client.post("/data/keten/account/decision", content=f'{{"input": "{MARK}')
        await client.post("/data/keten/account/decision", json={"input": MARK})
        await client.post("/data/keten/account/decision", json=[MARK])
        await client.post("/query", json={"query": f'"{MARK}" == input.x'})

    assert MARK not in container.docker("logs")
    lines = [json.loads(line) for line in container.docker("logs").splitlines() if '"Decision Log"' in line]
    told = [(line["path"], line.get("input"), line.get("result")) for line in lines]
    allowed = {"allow": True, "visible": True, "uncertain": False, "rules": ["account-role"]}
    denied = {"allow": False, "visible": True, "uncertain": False, "rules": ["action-unknown"]}
    assert ("keten/account/decision", {"action": "account.read"}, allowed) in told
    assert ("keten/account/decision", {"action": "unknown"}, denied) in told
    assert all(line["decision_id"] for line in lines)


@pytest.fixture(scope="module")
def databases(kept_databases: Callable[..., Databases]) -> Databases:
    return kept_databases("sharing")


@pytest.fixture
async def sharing(databases: Databases, container: Container) -> AsyncIterator[ServiceUnderTest]:
    async with running(create, databases, peers=["documents", "dossier"], opa=f"http://{container.address}") as service:
        yield service


async def test_a_service_without_opa_answers_503_and_never_yes(
    sharing: ServiceUnderTest, container: Container, eventually: Eventually
) -> None:
    world: World = a_world()
    await sharing.hear(*world.facts())
    owner = sharing.client(world.taco, world.kracht)
    stranger = sharing.client(world.lennart, world.zorg)
    path = f"/grants?dossierId={world.dossier}"
    before = [(await owner.get(path)).status_code, (await stranger.get(path)).status_code]

    with paused(container):
        began = time.monotonic()
        refused = await asyncio.gather(owner.get(path), stranger.get(path), owner.get("/levels"))
        waited = time.monotonic() - began

    assert before == [200, 404]
    assert waited < SOON + 0.5
    assert {answer.status_code for answer in refused} == {503}
    assert {answer.headers["content-type"] for answer in refused} == {"application/problem+json"}
    assert {answer.headers["retry-after"] for answer in refused} == {"1"}
    assert {answer.json()["type"] for answer in refused} == {"/problems/unavailable"}
    await eventually(lambda: _is(owner, path, 200))
    assert await _is(stranger, path, 404)


async def _is(client: httpx.AsyncClient, path: str, status: int) -> bool:
    return (await client.get(path)).status_code == status
