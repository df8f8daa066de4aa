"""The recipe `durable` under OpenTelemetry: what its processes export, and what they keep back."""

import re
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socket import create_server
from threading import Thread
from time import monotonic, sleep

import pytest
import yaml
from bodies import ROOT
from durable.database import connect
from durable.figures import figures
from durable.schema import migrate
from durable.telemetry import Discreet, watch
from handlers.correct import CREDENTIALS
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Status, StatusCode
from processes import running
from servers import Server
from sqlalchemy import Engine, event

from bandwidth_events import BasicCredentials, encode_callback
from bandwidth_events.endpoint import simulate
from bandwidth_events.testing import inbound_message, message_failed

RECIPES = ROOT / "docs/recipes"
ALERTS = RECIPES / "durable/alerts.yml"
PATIENCE = 60  # seconds
PERSON, TEXT = "+15555550177", "Is the blue kayak still for rent?"
ONE = inbound_message(id="1", from_=PERSON, text=TEXT)
REFUSED = message_failed(id="2", to=PERSON, error_code=10**30)
TWO = inbound_message(id="3", from_=PERSON, text=TEXT)
BODIES = [
    encode_callback([ONE]),
    encode_callback([ONE]),
    encode_callback([ONE])[:-9],
    encode_callback([REFUSED, TWO]),
]
STRANGER = BasicCredentials("stranger", "a guess")


class Collector:
    """Receives what OpenTelemetry exports over HTTP, as a collector does."""

    def __init__(self) -> None:
        self.bodies: list[tuple[str, bytes]] = []

    @contextmanager
    def listening(self) -> Generator[str]:
        bodies = self.bodies

        class Route(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # named by the base class
                length = int(self.headers["Content-Length"])
                bodies.append((self.path, self.rfile.read(length)))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002  # the same

        with Server(("127.0.0.1", 0), Route) as server:
            thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_port}"
            finally:
                server.shutdown()
                thread.join()

    def spans(self) -> list[Span]:
        return [
            span
            for path, body in self.bodies
            if path == "/v1/traces"
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def counted(self, name: str) -> dict[str, int]:
        """Return what the one process counted that counted anything, by outcome."""
        counts: dict[str, int] = {}
        for metric in [each for each in self.metrics() if each.name == name]:
            for point in metric.sum.data_points:
                outcome = _attributes(point.attributes)["outcome"]
                counts[outcome] = max(point.as_int, counts.get(outcome, 0))
        return counts

    def instances(self, name: str) -> set[str]:
        """Return the ids of the processes that exported a metric."""
        return {instance for instance, metric in self._exported() if metric.name == name}

    def metrics(self) -> list[Metric]:
        return [metric for _, metric in self._exported()]

    def _exported(self) -> Iterator[tuple[str, Metric]]:
        """Yield each metric, with the id of the process that exported it."""
        for path, body in self.bodies:
            if path == "/v1/metrics":
                for part in ExportMetricsServiceRequest.FromString(body).resource_metrics:
                    instance = _attributes(part.resource.attributes)["service.instance.id"]
                    for scope in part.scope_metrics:
                        yield from ((instance, metric) for metric in scope.metrics)


def environment(database: str, endpoint: str) -> dict[str, str]:
    """Return the settings of processes that export."""
    return {
        "BANDWIDTH_EVENTS_DATABASE_URL": database,
        "BANDWIDTH_EVENTS_USERNAME": CREDENTIALS.username,
        "BANDWIDTH_EVENTS_PASSWORD": CREDENTIALS.password,
        "BANDWIDTH_EVENTS_TELEMETRY": "true",
        "COVERAGE_PROCESS_CONFIG": "",
        "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
    }


WEB = ("uvicorn", "--factory", "durable.web:create_app", "--port", "0")
WORK = ("python", "-m", "durable", "work")


def wait_for_the_work(engine: Engine) -> None:
    deadline = monotonic() + PATIENCE
    while figures(engine).inbox and monotonic() < deadline:
        sleep(0.05)


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Collector:
    """What a web server and a worker exported until they ended."""
    url = f"sqlite:///{tmp_path_factory.mktemp('telemetry')}/durable.db"
    engine = connect(url)
    migrate(engine)
    collector = Collector()
    with collector.listening() as endpoint, ExitStack() as stack:
        settings = environment(url, endpoint)
        web = stack.enter_context(running(*WEB, directory=RECIPES, environment=settings))
        address = f"{web.root()}/callbacks"
        simulate(address, BODIES, credentials=CREDENTIALS, concurrency=1)
        simulate(address, BODIES[:1], credentials=STRANGER, attempts=1)
        assert figures(engine).inbox == len(BODIES)
        stack.enter_context(running(*WORK, directory=RECIPES, environment=settings))
        wait_for_the_work(engine)
        assert sum(figures(engine).dead_letters.values()) == 2
    engine.dispose()
    return collector


def test_a_collector_that_hangs_delays_neither_answers_nor_work(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/durable.db"
    engine = connect(url)
    migrate(engine)
    with create_server(("127.0.0.1", 0)) as silent, ExitStack() as stack:
        settings = environment(url, f"http://127.0.0.1:{silent.getsockname()[1]}") | {
            "OTEL_BSP_SCHEDULE_DELAY": "10",  # milliseconds
            "OTEL_METRIC_EXPORT_INTERVAL": "10",
            "OTEL_EXPORTER_OTLP_TIMEOUT": "600",  # what waits for an export is never done
        }
        web, _ = (
            stack.enter_context(
                running(*command, directory=RECIPES, environment=settings, patience=0)
            )
            for command in (WEB, WORK)
        )
        texts = [inbound_message(id=str(number)) for number in range(100)]
        address = f"{web.root()}/callbacks"
        assert not simulate(address, texts, credentials=CREDENTIALS, attempts=1).lost
        silent.settimeout(PATIENCE)
        silent.accept()[0].close()  # there was an export
        wait_for_the_work(engine)
        assert figures(engine).events == len(texts)
    engine.dispose()


def test_nothing_private_leaves_the_processes(collector: Collector) -> None:
    exported = b"".join(body for _, body in collector.bodies)
    assert b"INSERT INTO texts" in exported  # a statement, of which the values are private
    private = [PERSON[1:], "15555550100", TEXT, CREDENTIALS.password, STRANGER.password, "kayak"]
    assert [each for each in private if each.encode() in exported] == []


def test_the_statements_of_a_request_belong_to_it(collector: Collector) -> None:
    spans = {span.span_id: span for span in collector.spans()}
    inserts = [span for span in spans.values() if "INSERT INTO inbox" in _text(span)]
    assert len(inserts) == len(BODIES)
    parents = [spans[span.parent_span_id] for span in inserts]
    assert {(each.name, each.kind) for each in parents} == {
        ("POST /callbacks", Span.SPAN_KIND_SERVER)
    }


def test_the_work_is_traced_with_the_fields_for_logs(collector: Collector) -> None:
    work = [span for span in collector.spans() if span.name == "work"]
    events = [_attributes(event.attributes) for span in work for event in span.events]
    assert events == [
        {key: str(value) for key, value in event.log_fields().items()} for event in (ONE, TWO)
    ]
    assert [_attributes(span.attributes)["durable.bodies"] for span in work] == ["4", *"1111"]


def test_polls_of_an_empty_inbox_are_not_traced(collector: Collector) -> None:
    roots = {span.name for span in collector.spans() if not span.parent_span_id}
    assert roots == {"POST /callbacks", "work"}


def test_requests_and_events_are_counted_by_outcome(collector: Collector) -> None:
    assert collector.counted("durable.requests") == {
        "stored": 4,
        "not-stored": 0,
        "too-large": 0,
        "missing": 5,
        "malformed": 0,
        "rejected": 1,
    }
    assert collector.counted("durable.events") == {"handled": 2, "duplicate": 1}


def test_every_metric_of_an_alert_is_exported(collector: Collector) -> None:
    groups = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    used = {name for rule in rules for name in re.findall(r"durable_\w+", rule["expr"])}
    exported = {_prometheus(metric) for metric in collector.metrics()}
    assert used <= exported
    assert len(rules) >= 8


def test_web_servers_report_the_age_of_the_inbox_without_any_worker(collector: Collector) -> None:
    instances = collector.instances("durable.inbox.age")
    assert len(instances) == 2
    # The requests are counted by the web server alone.
    assert collector.instances("durable.requests") & instances


def test_an_export_queries_the_figures_once(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path}/durable.db")
    migrate(engine)
    statements: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def _note(*details: object) -> None:
        statements.append(str(details[2]))

    figures(engine)
    once = len(statements)
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])
    watch(engine, provider)
    reader.collect()
    assert len(statements) == 2 * once
    provider.shutdown()
    engine.dispose()


def test_the_texts_of_errors_are_not_exported() -> None:
    memory = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(Discreet(memory)))
    with provider.get_tracer("test").start_as_current_span("work") as span:
        span.add_event("handled", {"type": "message-sent"})
        span.record_exception(ValueError(TEXT))
        span.set_status(Status(StatusCode.ERROR, TEXT))
    (exported,) = memory.get_finished_spans()
    assert TEXT not in exported.to_json()
    assert [event.name for event in exported.events] == ["handled"]
    assert exported.status.status_code is StatusCode.ERROR


def _text(span: Span) -> str:
    return _attributes(span.attributes).get("db.statement", "")


def _attributes(pairs: Iterable[KeyValue]) -> dict[str, str]:
    return {
        pair.key: str(getattr(pair.value, pair.value.WhichOneof("value") or "")) for pair in pairs
    }


def _prometheus(metric: Metric) -> str:
    """Return the name that a metric has in Prometheus."""
    name = metric.name.replace(".", "_") + {"s": "_seconds"}.get(metric.unit, "")
    return f"{name}_total" if metric.WhichOneof("data") == "sum" else name
