"""Traces: one for all that stems from one request, nothing in it of anybody, and nobody waits when they are not taken."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from sqlalchemy import text

from access.testing import World, a_world
from chassis import traces
from chassis.databases import Databases
from chassis.log import Batch, Record
from chassis.staging import stage
from chassis.testing.services import ServiceUnderTest, running
from contracts.events import Event
from contracts.identity import MailRequested
from contracts.ids import new_id
from contracts.rights import STANDARD_LEVELS
from documents.main import create as create_documents
from sharing.main import create

LEVEL = {level.code: str(level.id) for level in STANDARD_LEVELS}
TRACE = "ab" * 16
KEPT, NOT_KEPT = f"00-{TRACE}-{'cd' * 8}-01", f"00-{TRACE}-{'cd' * 8}-00"

Spans = Callable[[], list[ReadableSpan]]


@pytest.fixture
def spans() -> Iterator[Spans]:
    """Those that were made, once all have left."""
    kept = InMemorySpanExporter()
    end = traces.begin(kept, ratio=1.0, instance="test")

    def all_of_them() -> list[ReadableSpan]:
        end()
        return list(kept.get_finished_spans())

    yield all_of_them
    end()


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


def a_request(world: World, **changed: object) -> dict[str, object]:
    return {
        "dossierId": str(world.dossier),
        "recipient": {"userId": str(world.leon)},
        "levelId": LEVEL["view"],
        "purpose": "Shared care at home",
        "legalBasis": "consent",
        **changed,
    }


async def staged(databases: Databases, world: World) -> list[Record]:
    async with databases.connected("sharing", "worker") as worker:
        rows = await worker.fetch("select topic, key, id, type, body from outbox where key = $1", world.dossier)
    return [Record(**dict(row)) for row in rows]


async def test_a_request_its_decision_and_its_commit_are_in_the_trace_of_who_asked(
    sharing: ServiceUnderTest, world: World, databases: Databases, spans: Spans
) -> None:
    answer = await sharing.client(world.taco, world.kracht).post(
        "/grants", json=a_request(world), headers={"traceparent": KEPT}
    )

    [record] = await staged(databases, world)
    made = {span.name: span for span in spans()}
    request = made["POST /grants"]
    assert answer.status_code == 201
    assert {f"{span.context.trace_id:032x}" for span in made.values() if span.context} == {TRACE}
    assert {"decide dossier", "commit"} <= made.keys()
    assert {span.resource.attributes["service.name"] for span in made.values()} == {"sharing"}
    assert request.attributes == {
        "http.request.method": "POST",
        "http.route": "/grants",
        "http.response.status_code": 201,
    }
    # What is heard and done because of it later belongs below the request.
    assert request.context is not None
    assert f'"traceparent":"00-{TRACE}-{request.context.span_id:016x}-01"' in record.body


async def test_what_a_client_does_not_want_kept_is_not_kept_and_still_passed_on(
    sharing: ServiceUnderTest, world: World, databases: Databases, spans: Spans
) -> None:
    await sharing.client(world.taco, world.kracht).post(
        "/grants", json=a_request(world), headers={"traceparent": NOT_KEPT}
    )

    [record] = await staged(databases, world)
    assert f'"traceparent":"00-{TRACE}-' in record.body
    assert spans() == []


async def test_nothing_of_a_request_but_its_template_stands_in_a_span(
    sharing: ServiceUnderTest, world: World, spans: Spans
) -> None:
    secret, taco = "zwqxzvkq", sharing.client(world.taco, world.kracht, **{"User-Agent": "zwqxzvkq/1.0"})
    await taco.post("/grants", json=a_request(world, purpose=secret))
    await taco.post("/grants", json={"purpose": secret, "levelId": secret})
    await taco.get(f"/{secret}?{secret}={secret}")
    await taco.get(f"/grants/{secret}?q={secret}")
    await taco.request(secret.upper(), "/grants")

    told = [(span.name, str(span.attributes), str(span.events), str(span.status.description)) for span in spans()]
    assert len(told) > 5
    assert secret not in str(told).lower()
    assert str(world.dossier) not in str(told)


async def test_each_event_of_a_batch_is_heard_in_its_own_trace_and_so_is_what_it_asks_for(
    kept_databases: Callable[..., Databases], spans: Spans
) -> None:
    other = f"00-{'12' * 16}-{'34' * 8}-03"
    async with running(create_documents, kept_databases("documents"), objects="/nonexistent") as documents:
        asked = [
            _record(MailRequested(request_id=new_id(), purpose="reset"), traceparent) for traceparent in (KEPT, other)
        ]
        await documents.consumer.take(_batch(*asked))
        async with documents.service.work.made() as session:
            stems = (await session.scalars(text("select traceparent from public.chunk order by id"))).all()
        await documents.work()

    made = spans()
    heard = {f"{s.context.trace_id:032x}": s for s in made if s.name.startswith("hear ") and s.context}
    worked = {f"{s.context.trace_id:032x}": s for s in made if s.name == "work mail" and s.context}
    assert heard.keys() == worked.keys() == {TRACE, "12" * 16}
    for trace, span in heard.items():
        assert span.context is not None
        assert f"00-{trace}-{span.context.span_id:016x}-{span.context.trace_flags:02x}" in stems
        parent = worked[trace].parent
        assert parent is not None
        assert parent.span_id == span.context.span_id


def test_a_fault_leaves_its_kind_in_a_span_and_not_what_it_says(spans: Spans) -> None:
    with pytest.raises(ValueError, match="Berg"), traces.span("sharing", "commit"):
        raise ValueError("Berg, Eddy")

    [span] = spans()
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, None)
    assert (span.attributes, span.events) == ({"error.type": "ValueError"}, ())


def test_a_span_says_nothing_that_is_not_on_the_list() -> None:
    with pytest.raises(traces.ForeignAttribute), traces.span("sharing", "commit", {"url.path": "/clients/1"}):
        pass


@pytest.mark.parametrize("ratio", [0.0, 1.0])
def test_of_traces_that_begin_here_a_part_is_kept(ratio: float) -> None:
    kept = InMemorySpanExporter()
    end = traces.begin(kept, ratio=ratio, instance="test")
    for _ in range(20):
        with traces.span("sharing", "GET /grants"):
            pass
    with traces.span("sharing", "GET /grants", parent=KEPT):
        pass
    end()

    assert len(kept.get_finished_spans()) == 20 * ratio + 1


async def test_nobody_waits_when_traces_are_not_taken() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()  # takes a connection and says nothing
        end = traces.begin(
            traces.otlp(f"http://127.0.0.1:{silent.getsockname()[1]}/v1/traces"), ratio=1.0, instance="test"
        )
        began = time.monotonic()
        for _ in range(3 * traces.WAITING):
            with traces.span("sharing", "GET /grants"):
                await asyncio.sleep(0)
        waited, left = time.monotonic() - began, time.monotonic()
        end()

    assert waited < 3 * traces.WAITING * 0.001
    assert time.monotonic() - left < 3 * traces.PATIENCE


def _record(event: Event, traceparent: str) -> Record:
    return stage(event, version=1, at=datetime.now(UTC), traceparent=traceparent).record()


def _batch(*records: Record) -> Batch:
    return Batch(records=records, offsets={})
