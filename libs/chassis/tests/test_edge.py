"""The edge: commit, then answer; refusals in their order; headers; what is not told."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import httpx
import pytest
from sqlalchemy.exc import TimeoutError as PoolTimeout

from access.testing import World, a_user, a_world
from chassis.database import engine
from chassis.databases import Databases
from chassis.decisions import DecisionPoint, DecisionUnavailable
from chassis.middleware import BODY_LIMIT, Envelope
from chassis.postgres import free_port
from chassis.testing.services import ServiceUnderTest, running
from contracts.identity import UserStatus
from contracts.ids import UserId, new_id
from contracts.rights import STANDARD_LEVELS
from sharing.main import create

LEVEL = {level.code: str(level.id) for level in STANDARD_LEVELS}

# Found only when it is committed, as a constraint that is checked late or a disk that is full.
COMMIT_FAILS = """
create function public.refuse() returns trigger language plpgsql as $$ begin raise exception 'geheim'; end $$;
create constraint trigger refuse after insert on public.dossier_grant deferrable initially deferred
    for each row when (new.purpose = 'cannot be committed') execute function public.refuse();
"""


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


def a_request(world: World, **changed: object) -> dict[str, object]:
    return {
        "dossierId": str(world.dossier),
        "recipient": {"userId": str(world.leon)},
        "levelId": LEVEL["view"],
        "purpose": "Shared care at home",
        "legalBasis": "consent",
        **changed,
    }


async def count(databases: Databases, sql: str, *given: object) -> int:
    async with databases.connected("sharing", "worker") as worker:
        return int(await worker.fetchval(sql, *given))


async def test_a_failing_commit_answers_500_and_leaves_nothing(
    databases: Databases, world: World, taco: httpx.AsyncClient
) -> None:
    async with databases.connected("sharing", "owner") as owner:
        await owner.execute(COMMIT_FAILS)

    answer = await taco.post("/grants", json=a_request(world, purpose="cannot be committed"))

    assert answer.status_code == 500
    assert "geheim" not in answer.text
    assert "Keten-Position" not in answer.headers
    assert set(answer.json()) == {"type", "title", "status", "detail", "trace"}
    assert await count(databases, "select count(*) from dossier_grant where dossier_id = $1", world.dossier) == 0
    assert await count(databases, "select count(*) from grant_access where dossier_id = $1", world.dossier) == 0
    assert await count(databases, "select count(*) from outbox where key = $1", world.dossier) == 0
    assert await count(databases, "select count(*) from access_log_line where subject_id = $1", world.dossier) == 0
    assert (await taco.post("/grants", json=a_request(world))).status_code == 201


@pytest.mark.rule("ALL-2")
@pytest.mark.parametrize("fault", [None, PoolTimeout("QueuePool limit reached"), KeyError("geheim")])
async def test_a_database_that_is_away_is_503_and_a_fault_of_ours_is_500(fault: Exception | None) -> None:
    nowhere = engine(f"postgresql+asyncpg://nobody:nothing@127.0.0.1:{free_port()}/none", size=1)

    async def answer(*_: object) -> None:
        if fault is not None:
            raise fault
        async with nowhere.connect():
            pass

    transport = httpx.ASGITransport(app=Envelope(answer, version="1.0.0"))
    async with httpx.AsyncClient(transport=transport, base_url="http://own") as http:
        answered = await http.get("/dossiers")
    await nowhere.dispose()

    expected = 500 if isinstance(fault, KeyError) else 503
    assert (answered.status_code, "Retry-After" in answered.headers) == (expected, expected == 503)
    assert "geheim" not in answered.text


async def test_nothing_but_a_trace_goes_from_a_header_onto_the_log(
    databases: Databases, world: World, taco: httpx.AsyncClient
) -> None:
    trace = f"00-{'ab' * 16}-{'cd' * 8}-01"
    await taco.post("/grants", json=a_request(world), headers={"traceparent": "Jan de Vries"})
    await taco.post("/grants", json=a_request(world, levelId=LEVEL["edit"]), headers={"traceparent": trace})

    async with databases.connected("sharing", "worker") as worker:
        bodies = await worker.fetch("select body from outbox where key = $1 order by seq", world.dossier)

    assert [json.loads(row["body"]).get("traceparent") for row in bodies] == [None, trace]


async def test_refusals_come_in_one_order(sharing: ServiceUnderTest, world: World, taco: httpx.AsyncClient) -> None:
    made = await taco.post("/grants", json=a_request(world))
    grant, version = f"/grants/{made.json()['id']}", {"If-Match": made.headers["ETag"]}
    stranger, reader = sharing.client(world.lennart, world.zorg), sharing.client(world.leon, world.zorg)
    past, wrong = {"until": "2001-01-01"}, {"until": "gisteren"}

    answers = [
        await sharing.client().patch(grant, json=wrong),
        await taco.patch("/grants/not-an-id", json=past),
        await stranger.patch(grant, json=wrong),
        await stranger.patch(grant, json=past),
        await reader.patch(grant, json=past),
        await taco.patch(grant, json=past),
        await taco.patch(grant, json=past, headers={"If-Match": '"7.0"'}),
        await taco.patch(grant, json=past, headers=version),
        await taco.patch(grant, json={"purpose": "Other"}, headers=version),
    ]

    assert [answer.status_code for answer in answers] == [401, 400, 400, 404, 403, 428, 412, 409, 200]


async def test_what_one_may_not_see_is_refused_as_what_is_not_there(
    sharing: ServiceUnderTest, world: World, taco: httpx.AsyncClient
) -> None:
    made = (await taco.post("/grants", json=a_request(world))).json()["id"]
    stranger = sharing.client(world.lennart, world.zorg)

    hidden = await stranger.post("/grants", json=a_request(world))
    absent = await stranger.post("/grants", json=a_request(world, dossierId=str(new_id())))

    assert hidden.status_code == absent.status_code == 404
    assert hidden.json() == absent.json()
    assert (await stranger.get(f"/grants/{made}")).status_code == 404


async def test_a_refusal_gives_its_reasons_to_who_may_see_the_thing(
    sharing: ServiceUnderTest, world: World, taco: httpx.AsyncClient
) -> None:
    made = (await taco.post("/grants", json=a_request(world))).json()["id"]

    answer = await sharing.client(world.leon, world.zorg).patch(f"/grants/{made}", json={"purpose": "Other"})

    assert answer.status_code == 403
    assert {"rule": "right-missing", "right": "members:manage"} in answer.json()["reasons"]


@pytest.mark.parametrize("etag", ["", "x", "*", '"-1.a"', '"٣.a"', '"1.a", "2.b"', '"99999999999.a"'])
async def test_an_etag_that_is_not_ours_changes_nothing(world: World, taco: httpx.AsyncClient, etag: str) -> None:
    made = await taco.post("/grants", json=a_request(world))

    answer = await taco.patch(
        f"/grants/{made.json()['id']}", json={"purpose": "Other"}, headers={b"If-Match": etag.encode()}
    )

    assert answer.status_code == 400
    assert answer.json()["type"] == "/problems/if-match-invalid"


async def test_all_faults_are_told_at_once_and_no_value_of_them(world: World, taco: httpx.AsyncClient) -> None:
    secret = "geheim-4711"

    answer = await taco.post(
        "/grants",
        json={
            "dossierId": secret,
            "recipient": {"userId": secret, "name": secret},
            "levelId": secret,
            "purpose": secret * 100,
            "legalBasis": secret,
            "until": secret,
        },
    )

    assert answer.status_code == 400
    assert {fault["location"] for fault in answer.json()["faults"]} == {
        "body.dossierId",
        "body.recipient.userId",
        "body.recipient.name",
        "body.levelId",
        "body.purpose",
        "body.legalBasis",
        "body.until",
    }
    assert "geheim" not in answer.text


@pytest.mark.parametrize(
    "sent",
    [
        {"content": b"{", "headers": {"content-type": "application/json"}},
        {"content": b"\xff\xfe", "headers": {"content-type": "application/json"}},
        {"content": b"", "headers": {"content-type": "application/json"}},
        {"json": []},
        {"json": None},
        {"data": {"dossierId": "geheim"}},
        {"content": b"[" * 100_000, "headers": {"content-type": "application/json"}},
        {"json": {"dossierId": "\u0000", "purpose": "a\u0000b"}},
    ],
)
async def test_what_is_not_understood_is_400(taco: httpx.AsyncClient, sent: dict[str, Any]) -> None:
    answer = await taco.post("/grants", **sent)

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert "geheim" not in answer.text


async def test_a_request_full_of_faults_gets_no_larger_answer(taco: httpx.AsyncClient) -> None:
    answer = await taco.post("/grants", json={f"k{number}": 1 for number in range(10_000)})

    assert answer.status_code == 400
    assert len(answer.json()["faults"]) == 100


async def test_a_character_that_no_text_can_hold_is_400(world: World, taco: httpx.AsyncClient) -> None:
    answer = await taco.post("/grants", json=a_request(world, purpose="a\u0000b"))

    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("accept", "language", "detail"),
    [
        ("nl", "nl", "Dit dossier bestaat niet, of u hebt er geen toegang toe."),
        ("en-GB, nl;q=0.5", "en", "There is no such dossier, or you have no access to it."),
        ("fr", "nl", "Dit dossier bestaat niet, of u hebt er geen toegang toe."),
    ],
)
async def test_a_refusal_speaks_the_readers_language(
    sharing: ServiceUnderTest, world: World, accept: str, language: str, detail: str
) -> None:
    reader = sharing.client(world.lennart, world.zorg, **{"Accept-Language": accept})

    answer = await reader.post("/grants", json=a_request(world))

    assert answer.json() == {
        "type": "/problems/dossier-unknown",
        "title": "There is no such dossier, or you have no access to it.",
        "status": 404,
        "detail": detail,
    }
    assert answer.headers["Content-Language"] == language


async def test_every_answer_carries_the_same_headers(
    sharing: ServiceUnderTest, world: World, taco: httpx.AsyncClient
) -> None:
    answers = [
        await taco.get("/levels"),
        await sharing.client().get("/levels"),
        await taco.get("/nowhere"),
        await taco.put("/levels"),
        await taco.get("/levels/"),
        await taco.post("/grants", content=b"x" * (BODY_LIMIT + 1)),
        await sharing.client().get("/livez"),
    ]

    assert [answer.status_code for answer in answers] == [200, 401, 404, 405, 404, 413, 200]
    for answer in answers:
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["API-Version"] == "1.0.0"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Strict-Transport-Security"]
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["status"] == answer.status_code


async def test_a_body_is_limited_by_what_comes_and_not_by_what_it_says(taco: httpx.AsyncClient) -> None:
    sent = 0

    async def flood() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(64):
            sent += 1
            yield b"x" * (BODY_LIMIT // 8)

    answer = await taco.post("/grants", content=flood(), headers={"content-type": "application/json"})

    assert answer.status_code == 413
    assert answer.json()["type"] == "/problems/too-large"


async def test_nobody_is_read_before_he_is_known(sharing: ServiceUnderTest) -> None:
    async def never() -> AsyncIterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    answer = await sharing.client().post("/grants", content=never())

    assert answer.status_code == 401


async def test_two_people_at_once_are_told_so(world: World, taco: httpx.AsyncClient, databases: Databases) -> None:
    made = await taco.post("/grants", json=a_request(world))
    async with databases.connected("sharing", "worker") as other:
        await other.execute("update dossier_grant set version = 2 where id = $1", made.json()["id"])

        answers = [await taco.delete(f"/grants/{made.json()['id']}") for _ in range(2)]

    assert answers[0].status_code == 204
    assert answers[1].status_code == 409


async def test_the_world_may_change_between_the_question_and_the_commit(
    sharing: ServiceUnderTest, world: World, taco: httpx.AsyncClient, databases: Databases
) -> None:
    """Kracht's Taco shares while somebody suspends him: whoever commits first counts."""
    async with databases.connected("sharing", "worker") as other:
        change = other.transaction()
        await change.start()
        await other.execute("update person set status = 'suspended' where id = $1", world.taco)
        sharing_it = asyncio.create_task(taco.post("/grants", json=a_request(world)))
        done, _ = await asyncio.wait([sharing_it], timeout=0.5)
        assert not done
        await change.commit()
        answer = await sharing_it

    assert answer.status_code == 403
    assert await count(databases, "select count(*) from dossier_grant where dossier_id = $1", world.dossier) == 0


async def test_what_has_not_changed_is_not_asked_again_while_it_is_held(
    sharing: ServiceUnderTest, world: World, taco: httpx.AsyncClient
) -> None:
    counting = _Counting(sharing.service.runtime.decisions)
    sharing.service.runtime.decisions = counting

    answer = await taco.post("/grants", json=a_request(world))

    assert answer.status_code == 201
    assert len(counting.asked) == len(set(counting.asked))


async def test_a_user_of_whom_nothing_is_known_decides_nothing(sharing: ServiceUnderTest, world: World) -> None:
    nobody = sharing.client(UserId(new_id()), world.kracht)

    answer = await nobody.post("/grants", json=a_request(world))

    assert answer.status_code == 503


async def test_a_suspended_user_does_nothing(sharing: ServiceUnderTest, world: World, taco: httpx.AsyncClient) -> None:
    gone = a_user(world.taco, world.kracht, status=UserStatus.SUSPENDED)
    await sharing.hear(*gone, version=2)

    answer = await taco.get("/levels")

    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/user-not-active")


@pytest.mark.rule("ALL-2")
async def test_without_a_decision_nothing_is_answered_and_a_line_says_so(
    sharing: ServiceUnderTest, databases: Databases, world: World, taco: httpx.AsyncClient
) -> None:
    sharing.service.runtime.decisions = _Silent()

    answer = await taco.post("/grants", json=a_request(world))

    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/unavailable")
    lines = "select count(*) from public.access_log_line where actor_id = $1 and outcome = 'unavailable'"
    assert await count(databases, lines, world.taco) == 1


class _Counting:
    """A decision point that notes what it is asked."""

    def __init__(self, point: DecisionPoint) -> None:
        self._point, self.close = point, point.close
        self.asked: list[str] = []

    async def decide(self, package: str, facts: Mapping[str, object]) -> Mapping[str, object]:
        self.asked.append(json.dumps({"package": package, **facts}, sort_keys=True, default=str))
        return await self._point.decide(package, facts)


class _Silent:
    """A decision point that does not answer."""

    async def decide(self, package: str, facts: Mapping[str, object]) -> Mapping[str, object]:
        raise DecisionUnavailable("out of reach")

    async def close(self) -> None:
        """Nothing is open."""
