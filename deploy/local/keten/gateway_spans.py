"""The gateway's own spans on their way to where traces go. It writes addresses, paths and programs' names into them and
cannot be told not to, so what a span of ours may not say is taken out here."""

import gzip
import io
from typing import Final

import httpx
import structlog
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans, Span
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from chassis.traces import PATIENCE
from chassis.watching import METHODS

PATH: Final = "/v1/traces"

# A batch of the gateway is some hundred kilobytes (bytes).
_LARGEST: Final = 4 * 1024 * 1024

_STATUS: Final = "http.response.status_code"
_METHOD: Final = "http.request.method"

_logger = structlog.get_logger()


def gateway_spans(endpoint: str) -> ASGIApp:
    """An app that takes spans by OTLP over HTTP and hands on what may be told of them."""
    there = httpx.AsyncClient(timeout=PATIENCE)

    async def take(request: Request) -> Response:
        try:
            sent = ExportTraceServiceRequest.FromString(await _body(request))
        except (DecodeError, OSError, EOFError, ValueError, ClientDisconnect):
            return Response(status_code=400)
        only_what_may_be_told(sent)
        content, headers = sent.SerializeToString(), {"Content-Type": "application/x-protobuf"}
        try:
            answer = await there.post(endpoint, content=content, headers=headers)
        except httpx.HTTPError as fault:
            _logger.info("gateway_spans_not_taken", reason=type(fault).__name__)
            return Response(status_code=503)
        return Response(answer.content, answer.status_code, media_type="application/x-protobuf")

    return Starlette(routes=[Route(PATH, take, methods=["POST"])])


def only_what_may_be_told(sent: ExportTraceServiceRequest) -> None:
    """Method and status are all that is left of what a span says."""
    for of_resource in sent.resource_spans:
        kept = [said for said in of_resource.resource.attributes if said.key == "service.name"]
        del of_resource.resource.attributes[:]
        of_resource.resource.attributes.extend(kept)
        for scope in of_resource.scope_spans:
            _strip(scope)


def _strip(scope: ScopeSpans) -> None:
    del scope.scope.attributes[:]
    for span in scope.spans:
        del span.events[:], span.links[:]
        span.trace_state, span.status.message = "", ""
        kept = [said for said in span.attributes if said.key in (_METHOD, _STATUS)]
        method = next((said.value.string_value for said in kept if said.key == _METHOD), "")
        del span.attributes[:]
        span.attributes.extend(said for said in kept if said.key != _METHOD or method in METHODS)
        span.name = _name(span, method)


def _name(span: Span, method: str) -> str:
    """Of the request at the gateway, or of what it asked of a service; the name that it had may hold a path."""
    is_request = span.kind == Span.SpanKind.SPAN_KIND_SERVER
    return f"{'' if is_request else 'ask '}{method}".strip() if method in METHODS else "inside"


async def _body(request: Request) -> bytes:
    """Raises ValueError when it is too large."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _LARGEST:
            raise ValueError
    if request.headers.get("content-encoding") != "gzip":
        return bytes(body)
    with gzip.open(io.BytesIO(body)) as inflating:
        inflated = inflating.read(_LARGEST + 1)
    if len(inflated) > _LARGEST:
        raise ValueError
    return inflated
