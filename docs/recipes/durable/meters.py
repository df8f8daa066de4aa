"""Count and trace what the processes do. Without `telemetry`, these functions have no effect."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone

from opentelemetry import metrics, trace

from bandwidth_events import Event

from .database import aware
from .inbox import Body

# Answers of the web server. A first request without credentials is normal: a 401 asks for them.
STORED, NOT_STORED, TOO_LARGE = "stored", "not-stored", "too-large"
OUTCOMES = (STORED, NOT_STORED, TOO_LARGE, "missing", "malformed", "rejected")

_METER = metrics.get_meter("durable")
_TRACER = trace.get_tracer("durable")
_REQUESTS = _METER.create_counter("durable.requests", description="Requests, by outcome")
_EVENTS = _METER.create_counter("durable.events", description="Events, by outcome")


def begin() -> None:
    """Start every counter at zero: Prometheus sees no increase in a series that starts at one."""
    for outcome in OUTCOMES:
        count_request(outcome, 0)
    count_events(0, 0)


def count_request(outcome: str, number: int = 1) -> None:
    _REQUESTS.add(number, {"outcome": outcome})


def count_events(handled: int, duplicate: int) -> None:
    """Count events that took effect, and duplicates of earlier events."""
    _EVENTS.add(handled, {"outcome": "handled"})
    _EVENTS.add(duplicate, {"outcome": "duplicate"})


@contextmanager
def working(bodies: Sequence[Body]) -> Generator[None, None, None]:
    """Trace the handling of some bodies.

    The span has no links to the requests that stored the bodies. Links would need a trace context
    in each row of the inbox, and Bandwidth starts no trace that they could continue.
    """
    now = datetime.now(timezone.utc)
    waited = now - min((aware(body.received) for body in bodies), default=now)
    attributes = {"durable.bodies": len(bodies), "durable.waited": waited.total_seconds()}
    # The log describes errors. Their texts can quote what somebody wrote.
    with _TRACER.start_as_current_span(
        "work", attributes=attributes, record_exception=False, set_status_on_exception=False
    ):
        yield


def report(claimed: Sequence[Event], number: int) -> None:
    """Trace and count the events that take effect, and count the duplicates.

    A transaction that fails later, and is tried again, counts twice.
    """
    count_events(len(claimed), number - len(claimed))
    span = trace.get_current_span()
    if span.is_recording():
        for event in claimed:
            span.add_event("handled", event.log_fields())


def flush() -> None:
    """Export the rest. Call this at the end, because a signal can skip `atexit`."""
    for provider in (trace.get_tracer_provider(), metrics.get_meter_provider()):
        shutdown = getattr(provider, "shutdown", None)  # only providers of the SDK have it
        if shutdown is not None:
            shutdown()
