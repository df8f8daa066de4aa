"""The worker: takes bodies off the inbox and stores the effects of their events."""

import logging
import signal
from collections.abc import Sequence
from threading import Event as Flag

from sqlalchemy import Connection, Engine

from bandwidth_events import CallbackParseError, Event, parse_callback

from .database import connect, describe, is_passing
from .effects import apply, claim
from .inbox import Body, Reason, bury, take_batch, take_one
from .meters import flush, report, working
from .settings import Settings

_LOG = logging.getLogger(__name__)
LONGEST_WAIT = 5.0  # seconds between two attempts while the database is down


def read(body: Body) -> tuple[list[Event], list[Reason]]:
    """Parse a body; return its events, and the reasons for missing ones."""
    try:
        # An operator decided to replay the body, so accept any size.
        if body.is_replayed:
            return parse_callback(body.body, max_bytes=None), []
        return parse_callback(body.body), []
    except CallbackParseError as error:
        return error.events, [Reason(each.code, str(each)) for each in error.errors]


def handle(connection: Connection, bodies: Sequence[Body]) -> None:
    """Let the events of bodies take effect, in the transaction of the caller."""
    with working(bodies):
        readings = [(body, *read(body)) for body in bodies]
        events = [event for _, good, _ in readings for event in good]
        claimed = claim(connection, events)
        apply(connection, claimed)
        bury(connection, [(body, reasons) for body, _, reasons in readings if reasons])
        report(claimed, len(events))


def handle_singly(connection: Connection, body: Body) -> None:
    """Handle each event of one body separately, and bury the body if an event fails."""
    with working([body]):
        events, reasons = read(body)
        for event in events:
            try:
                with connection.begin_nested():
                    claimed = claim(connection, [event])
                    apply(connection, claimed)
            except Exception as error:
                if is_passing(error):
                    raise
                # The fault of the event or of our code. After a fix, an operator replays the body.
                reasons.append(Reason("refused", f"{event.type}: {describe(error)}"))
            else:
                report(claimed, 1)
        if reasons:
            bury(connection, [(body, reasons)])


def work_batch(engine: Engine, batch: int) -> int:
    """Handle a batch of bodies in one transaction, and return their number.

    Any error rolls the transaction back, and the bodies stay in the inbox.
    """
    bodies: list[Body] = []
    try:
        with engine.begin() as connection:
            bodies = take_batch(connection, batch)
            if bodies:
                handle(connection, bodies)
    except Exception as error:
        if is_passing(error) or not bodies:  # without bodies, no body is at fault
            raise
        _LOG.warning("a batch failed, so its bodies are handled one by one: %s", describe(error))
        for body in bodies:
            with engine.begin() as connection:
                taken = take_one(connection, body.id)
                if taken is not None:
                    handle_singly(connection, taken)
    return len(bodies)


def work(settings: Settings) -> None:
    """Handle bodies until the process is told to stop. The current batch is finished first."""
    the_end = Flag()

    def end(*_: object) -> None:
        the_end.set()

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)
    engine = connect(settings.database_url)
    if settings.telemetry:
        from . import telemetry  # noqa: PLC0415  # nobody else needs its packages

        telemetry.start(engine)
        telemetry.watch(connect(settings.database_url))
    wait = settings.pause
    while not the_end.is_set():
        try:
            done = work_batch(engine, settings.batch)
        except Exception as error:
            if not is_passing(error):
                raise  # a bug: the supervisor restarts the process, and nothing is lost
            _LOG.warning("a statement failed, and is tried again: %s", describe(error))
            the_end.wait(wait)
            wait = min(2 * wait, LONGEST_WAIT)
        else:
            wait = settings.pause
            if done < settings.batch:
                the_end.wait(settings.pause)
    flush()
    engine.dispose()
