"""The worker: takes bodies off the inbox and lets their events take effect."""

import logging
import signal
from threading import Event as Flag

from sqlalchemy import Engine

from bandwidth_events import CallbackParseError, Event, parse_callback

from .database import connect, describe, is_passing
from .effects import apply, claim
from .inbox import Body, Reason, bury, take_batch, take_one
from .settings import Settings

_LOG = logging.getLogger(__name__)
_LONGEST_WAIT = 5.0  # seconds between two attempts while the database is down


def read(body: Body) -> tuple[list[Event], list[Reason]]:
    """Return the events of a body, and why there are not more."""
    try:
        # Somebody decided to replay it, so its size is no reason to refuse it.
        if body.is_replayed:
            return parse_callback(body.body, max_bytes=None), []
        return parse_callback(body.body), []
    except CallbackParseError as error:
        return error.events, [Reason(each.code, str(each)) for each in error.errors]


def work_batch(engine: Engine, batch: int) -> int:
    """Handle some bodies in one transaction, and return how many.

    Whatever goes wrong, the transaction has not happened: the bodies are in the inbox.
    """
    bodies: list[Body] = []
    try:
        with engine.begin() as connection:
            bodies = take_batch(connection, batch)
            readings = [(body, *read(body)) for body in bodies]
            events = [event for _, good, _ in readings for event in good]
            apply(connection, claim(connection, events))
            bury(connection, [(body, reasons) for body, _, reasons in readings if reasons])
    except Exception as error:
        if is_passing(error):
            raise
        _LOG.warning("a batch is handled body by body: %s", describe(error))
        for body in bodies:
            work_singly(engine, body.id)
    return len(bodies)


def work_singly(engine: Engine, body_id: int) -> None:
    """Handle one body, each event by itself, and bury it if one is refused."""
    with engine.begin() as connection:
        body = take_one(connection, body_id)
        if body is None:
            return
        events, reasons = read(body)
        for event in events:
            try:
                with connection.begin_nested():
                    apply(connection, claim(connection, [event]))
            except Exception as error:
                if is_passing(error):
                    raise
                # A fault of the event, or of our code. Once that is mended, replay the body.
                reasons.append(Reason("refused", f"{event.type}: {describe(error)}"))
        if reasons:
            bury(connection, [(body, reasons)])


def work(settings: Settings) -> None:
    """Handle bodies until the process is asked to end; the batch at hand is finished."""
    the_end = Flag()

    def end(*_: object) -> None:
        the_end.set()

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)
    engine = connect(settings.database_url)
    wait = settings.pause
    while not the_end.is_set():
        try:
            done = work_batch(engine, settings.batch)
        except Exception as error:
            if not is_passing(error):
                raise  # a bug; the process ends, its supervisor starts it again, nothing is lost
            _LOG.warning("the database does not answer: %s", describe(error))
            the_end.wait(wait)
            wait = min(2 * wait, _LONGEST_WAIT)
        else:
            wait = settings.pause
            if done < settings.batch:
                the_end.wait(settings.pause)
    engine.dispose()
