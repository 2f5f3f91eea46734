"""Traces: what one click set going, wherever it goes on. A span says which route, event or work it was, how it ended and
how long it took; nothing of anybody. Off unless a setting says where they go; what a request names is passed on anyway.

Spans are made by hand: what instruments itself writes addresses, statements and headers into them."""

import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final
from uuid import UUID

import structlog
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ParentBased, Sampler, TraceIdRatioBased
from opentelemetry.trace import Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from chassis.log import Record

# All that a span may say: templates of routes, names and codes of ours, and numbers.
ATTRIBUTES: Final = frozenset(
    {
        "error.type",
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "keten.action",
        "keten.attempt",
        "keten.batch",
        "keten.event",
        "keten.events",
        "keten.outcome",
        "keten.package",
        "keten.work",
    }
)

Said = Mapping[str, str | int]

# Where spans are not taken, so many wait, and the oldest are forgotten (some megabytes).
WAITING: Final = 4096

# They leave together, so long after they ended at the latest (seconds).
DELAY: Final = 1.0

# Nobody waits for this but the process that leaves (seconds).
PATIENCE: Final = 2.0

_TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
# The last bit of its flags says that it is kept; another one, that its id is random.
_SAMPLED = re.compile(r'"traceparent":"(00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f][13579bdf])"')
_FORMAT = TraceContextTextMapPropagator()
_NOBODY = trace.NoOpTracer()

_logger = structlog.get_logger()


class ForeignAttribute(Exception):
    """A span may not say this; what it may stands in ATTRIBUTES."""


class _Tracers:
    """One tracer for each service of this process, all of which leave by one way."""

    def __init__(self, exporter: SpanExporter, *, sampler: Sampler, instance: str) -> None:
        self._exporter, self._sampler, self._instance = _Noted(exporter), sampler, instance
        self._leaving = BatchSpanProcessor(
            self._exporter, max_queue_size=WAITING, max_export_batch_size=512, schedule_delay_millis=DELAY * 1000
        )
        self._made: dict[str, trace.Tracer] = {}

    def of(self, service: str) -> trace.Tracer:
        if service not in self._made:
            resource = Resource({"service.name": service, "service.instance.id": self._instance})
            provider = TracerProvider(sampler=self._sampler, resource=resource, shutdown_on_exit=False)
            provider.add_span_processor(self._leaving)
            self._made[service] = provider.get_tracer("keten")
        return self._made[service]

    def end(self) -> None:
        self._exporter.last_until = time.monotonic() + PATIENCE
        self._leaving.shutdown()  # type: ignore[no-untyped-call]


_tracers: _Tracers | None = None


def begin(exporter: SpanExporter, *, ratio: float, instance: str) -> Callable[[], None]:
    """From now on this process's spans leave by this exporter: all of a trace that began elsewhere and is kept there, and
    `ratio` of those that begin here. Returns what ends it, within seconds."""
    global _tracers
    # What cannot be sent it would say for each batch; here it is said once.
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    begun = _tracers = _Tracers(exporter, sampler=ParentBased(TraceIdRatioBased(ratio)), instance=instance)

    def end() -> None:
        global _tracers
        _tracers = None
        begun.end()

    return end


def otlp(endpoint: str) -> SpanExporter:
    """Sends to what speaks OTLP over HTTP, as `http://collector:4318/v1/traces`."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # loads what nobody else needs

    return OTLPSpanExporter(endpoint, timeout=PATIENCE)


@contextmanager
def span(
    service: str,
    name: str,
    said: Said | None = None,
    *,
    parent: str | None = None,
    kind: SpanKind = SpanKind.INTERNAL,
) -> Iterator[Span]:
    """A span around what is done meanwhile, in the trace of `parent` (a traceparent), else in the one there is. `name` is a
    template: never a path with values in it. Raises ForeignAttribute."""
    attributes = _allowed(said or {})
    if _tracers is None and parent is None:
        yield trace.INVALID_SPAN
        return
    tracer = _tracers.of(service) if _tracers else _NOBODY
    made = tracer.start_span(name, _within(parent), kind, attributes, record_exception=False)
    # Neither its message nor its frames: they may hold what somebody wrote.
    with trace.use_span(made, end_on_exit=True, record_exception=False, set_status_on_exception=False):
        try:
            yield made
        except Exception as fault:
            failed(made, type(fault).__name__)
            raise


@contextmanager
def span_for_each(service: str, doing: str, records: Sequence[Record]) -> Iterator[Mapping[UUID, str]]:
    """A span for each record that stems from a kept trace, in that trace, as long as they take together. Gives their
    traceparents by the records' ids.

    A batch holds what many people did: one span for it would belong to none of their traces, and links are hardly shown."""
    parents = {record.id: _SAMPLED.search(record.body) for record in records} if _tracers else {}
    made = {
        record.id: _tracers.of(service).start_span(
            f"{doing} {record.type}",
            _within(parent[1]),
            SpanKind.CONSUMER if doing == "hear" else SpanKind.PRODUCER,
            {"keten.event": record.type, "keten.batch": len(records)},
        )
        for record in records
        if _tracers is not None and (parent := parents.get(record.id)) is not None
    }
    try:
        yield {id: _written(one) for id, one in made.items()}
    except Exception as fault:
        for one in made.values():
            failed(one, type(fault).__name__)
        raise
    finally:
        for one in made.values():
            one.end()


def accepted(said: str | None) -> str | None:
    """Only what W3C Trace Context lets a traceparent be: it goes into logs and onto the topics of facts, where no text may
    stand."""
    return said if said is not None and _TRACEPARENT.fullmatch(said) else None


def here() -> str | None:
    """The traceparent of what is being done now: for whatever goes on with it elsewhere."""
    current = trace.get_current_span()
    return _written(current) if current.get_span_context().is_valid else None


def note(made: Span, said: Said) -> None:
    """What is known only now. Raises ForeignAttribute."""
    made.set_attributes(_allowed(said))


def failed(made: Span, kind: str) -> None:
    """It did not end well; `kind` is the name of a fault, never what it says."""
    made.set_attribute("error.type", kind)
    made.set_status(StatusCode.ERROR)


class _Noted(SpanExporter):
    """Says once that nobody takes the spans, and once that somebody does again."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter, self._is_taken = exporter, True
        self.last_until = float("inf")

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        if time.monotonic() > self.last_until:
            return SpanExportResult.FAILURE
        try:
            result = self._exporter.export(spans)
        except Exception:  # whatever it is, that they are not taken is all there is to say
            result = SpanExportResult.FAILURE
        is_taken = result is SpanExportResult.SUCCESS
        if is_taken is not self._is_taken:
            self._is_taken = is_taken
            _logger.warning("traces_taken" if is_taken else "traces_not_taken")
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()


def _allowed(said: Said) -> Said:
    if foreign := said.keys() - ATTRIBUTES:
        raise ForeignAttribute(", ".join(sorted(foreign)))
    return said


def _within(parent: str | None) -> Context | None:
    return None if parent is None else _FORMAT.extract({"traceparent": parent}, Context())


def _written(made: Span) -> str:
    at = made.get_span_context()
    return f"00-{at.trace_id:032x}-{at.span_id:016x}-{at.trace_flags:02x}"
