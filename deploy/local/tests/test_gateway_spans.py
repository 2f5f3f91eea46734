"""The gateway's spans: method, status and time go on; a path, an address, a program's name and a client's words do not."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

from keten.gateway_spans import gateway_spans

TRACE, ID = b"\xab" * 16, b"\xcd" * 8
SAID = {
    "http.request.method": "GET",
    "url.path": "/clients/Berg",
    "url.query": "q=Berg",
    "client.address": "Berg",
    "user_agent.original": "Berg/1.0",
    "http.route": "/Berg",
}


def a_batch(*, method: str = "GET", kind: Span.SpanKind.ValueType = Span.SPAN_KIND_SERVER) -> ExportTraceServiceRequest:
    """As the gateway sends it, with `Berg` wherever it could write something of a person."""
    said = [
        KeyValue(key=key, value=AnyValue(string_value=value))
        for key, value in (SAID | {"http.request.method": method}).items()
    ]
    said.append(KeyValue(key="http.response.status_code", value=AnyValue(int_value=200)))
    span = Span(
        trace_id=TRACE,
        span_id=ID,
        name="GET /clients/Berg",
        kind=kind,
        trace_state="x=Berg",
        attributes=said,
        events=[Span.Event(name="Berg")],
        links=[Span.Link(trace_id=TRACE, span_id=ID, trace_state="x=Berg")],
        status=Status(code=Status.STATUS_CODE_ERROR, message="Berg"),
    )
    batch = ExportTraceServiceRequest(resource_spans=[ResourceSpans(scope_spans=[ScopeSpans(spans=[span])])])
    for key, value in {"service.name": "gateway", "host.name": "Berg"}.items():
        batch.resource_spans[0].resource.attributes.append(KeyValue(key=key, value=AnyValue(string_value=value)))
    return batch


@contextmanager
def a_collector(status: int = 200) -> Iterator[tuple[str, list[bytes]]]:
    taken: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1/traces", taken
        server.shutdown()


async def sent(endpoint: str, body: bytes, **headers: str) -> int:
    transport = httpx.ASGITransport(app=gateway_spans(endpoint))
    async with httpx.AsyncClient(transport=transport, base_url="http://front") as gateway:
        return (await gateway.post("/v1/traces", content=body, headers=headers)).status_code


@pytest.mark.parametrize("is_packed", [False, True])
async def test_what_the_gateway_writes_of_people_goes_no_further(is_packed: bool) -> None:
    body = a_batch().SerializeToString()
    headers = {"Content-Encoding": "gzip"} if is_packed else {}

    with a_collector() as (endpoint, taken):
        status = await sent(endpoint, gzip.compress(body) if is_packed else body, **headers)

    [batch] = taken
    [span] = ExportTraceServiceRequest.FromString(batch).resource_spans[0].scope_spans[0].spans
    assert status == 200
    assert b"Berg" not in batch
    assert (span.trace_id, span.span_id, span.name) == (TRACE, ID, "GET")
    assert [(said.key, said.value.string_value or said.value.int_value) for said in span.attributes] == [
        ("http.request.method", "GET"),
        ("http.response.status_code", 200),
    ]
    assert span.status.code == Status.STATUS_CODE_ERROR


async def test_a_method_that_a_client_made_up_is_left_out() -> None:
    with a_collector() as (endpoint, taken):
        await sent(endpoint, a_batch(method="BERG").SerializeToString())

    assert b"BERG" not in taken[0]


async def test_what_the_gateway_asks_of_a_service_is_named_apart() -> None:
    with a_collector() as (endpoint, taken):
        await sent(endpoint, a_batch(kind=Span.SPAN_KIND_CLIENT).SerializeToString())

    assert ExportTraceServiceRequest.FromString(taken[0]).resource_spans[0].scope_spans[0].spans[0].name == "ask GET"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"not a batch", {}),
        (b"not packed", {"Content-Encoding": "gzip"}),
        (gzip.compress(bytes(8 * 1024 * 1024)), {"Content-Encoding": "gzip"}),
        (bytes(8 * 1024 * 1024), {}),
    ],
)
async def test_what_is_no_batch_or_too_large_goes_nowhere(body: bytes, headers: dict[str, str]) -> None:
    with a_collector() as (endpoint, taken):
        assert await sent(endpoint, body, **headers) == 400

    assert taken == []


async def test_the_gateway_is_told_to_try_later_while_nobody_takes_them() -> None:
    assert await sent("http://127.0.0.1:1/v1/traces", a_batch().SerializeToString()) == 503
