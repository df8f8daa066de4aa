"""OpenTelemetry: traces and metrics of the web server, the workers, and the database's statements.

``BANDWIDTH_EVENTS_TELEMETRY=true`` switches it on. OpenTelemetry's own variables configure it, such
as ``OTEL_EXPORTER_OTLP_ENDPOINT`` and ``OTEL_SERVICE_NAME``.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from time import monotonic
from uuid import uuid4

from opentelemetry import metrics, trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
from opentelemetry.instrumentation.threading import ThreadingInstrumentor
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import (
    ALWAYS_OFF,
    ALWAYS_ON,
    ParentBased,
    Sampler,
    SamplingResult,
)
from opentelemetry.trace import Link, SpanKind, Status, TraceState
from opentelemetry.util.types import Attributes
from sqlalchemy import Engine
from starlette.applications import Starlette

from .figures import Figures, figures
from .meters import begin

_FRESH = 1.0  # seconds for which figures are not queried again; exports are a minute apart


class Discreet(SpanExporter):
    """Passes spans on without the texts of errors, which can quote what somebody wrote."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return self._exporter.export([_without_texts(span) for span in spans])

    def shutdown(self) -> None:
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._exporter.force_flush(timeout_millis)


def _without_texts(span: ReadableSpan) -> ReadableSpan:
    return ReadableSpan(
        span.name,
        span.context,
        span.parent,
        span.resource,
        span.attributes,
        [event for event in span.events if event.name != "exception"],
        span.links,
        span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


class Quiet(Sampler):
    """Drops statements outside of a request or a batch, such as the polls of an empty inbox."""

    def should_sample(  # noqa: PLR0913, PLR0917  # as in the base class
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        sampler = ALWAYS_OFF if kind is SpanKind.CLIENT else ALWAYS_ON
        return sampler.should_sample(
            parent_context, trace_id, name, kind, attributes, links, trace_state
        )

    def get_description(self) -> str:
        return "Quiet"


def start(engine: Engine) -> None:
    """Trace and count in this process."""
    resource = Resource.create(
        {"service.instance.id": f"{uuid4()}"}
    )  # each process has counters of its own
    tracers = TracerProvider(sampler=ParentBased(Quiet()), resource=resource)
    tracers.add_span_processor(BatchSpanProcessor(Discreet(OTLPSpanExporter())))
    trace.set_tracer_provider(tracers)
    readers = [PeriodicExportingMetricReader(OTLPMetricExporter())]
    metrics.set_meter_provider(MeterProvider(readers, resource=resource))
    # Its check accepts no SQLAlchemy 2.1, although it works with that version.
    SQLAlchemyInstrumentor().instrument(engine=engine, skip_dep_check=True)
    ThreadingInstrumentor().instrument()  # so that statements in threads are part of the request
    begin()


def trace_requests(app: Starlette) -> None:
    """Trace requests, after `start`."""
    app.add_middleware(OpenTelemetryMiddleware, exclude_spans=["receive", "send"])


class Latest:
    """Queries the figures once for all gauges of an export."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._figures: Figures | None = None
        self._end = 0.0

    def __call__(self) -> Figures:
        if self._figures is None or monotonic() > self._end:
            self._figures = figures(self._engine)
            self._end = monotonic() + _FRESH
        return self._figures


def watch(engine: Engine, meters: metrics.MeterProvider | None = None) -> None:
    """Export figures of the database, through an engine that nothing else uses."""
    meter = (meters or metrics.get_meter_provider()).get_meter("durable")
    latest = Latest(engine)

    def gauge(name: str, unit: str, read: Callable[[Figures], Mapping[str, float]]) -> None:
        def observe(_: CallbackOptions) -> Iterable[Observation]:
            for code, number in read(latest()).items():
                yield Observation(number, {"code": code} if code else {})

        meter.create_observable_gauge(name, [observe], unit)

    gauge("durable.inbox", "", lambda now: {"": now.inbox})
    gauge("durable.inbox.age", "s", lambda now: {"": now.oldest_seconds})
    gauge("durable.events.old", "", lambda now: {"": now.old_events})
    gauge("durable.dead_letters", "", lambda now: now.dead_letters)
