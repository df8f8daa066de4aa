"""Decide how long the keys of handled events are needed, and delete the others."""

from datetime import datetime, timedelta, timezone

from sqlalchemy import Connection, Engine, bindparam, delete, func, select

from .database import aware, reading
from .tables import DeadLetter, HandledEvent, Inbox

_KEPT = timedelta(days=2)  # Bandwidth retries for one day; the other one is a reserve
_CHUNK = 1000  # rows in one transaction, so that other writers get their turn on SQLite
_OLD = select(HandledEvent.dedupe_key).where(HandledEvent.handled < bindparam("limit"))
_PRUNE = delete(HandledEvent).where(HandledEvent.dedupe_key.in_(_OLD.limit(_CHUNK)))


def limit(connection: Connection) -> datetime:
    """Return the time of handling before which events are no longer needed.

    A replay handles a body again, at any age. Only the keys of its good events prevent that these
    take effect twice. So the time starts at the oldest body that can still be handled.
    """
    oldest = select(
        select(func.min(DeadLetter.received)).scalar_subquery(),
        select(func.min(Inbox.received)).scalar_subquery(),
    )
    received = [each for each in connection.execute(oldest).one() if each is not None]
    return min([datetime.now(timezone.utc), *map(aware, received)]) - _KEPT


def prune(engine: Engine) -> int:
    """Delete the events that are no longer needed, and return their number."""
    # Bodies that arrive later are younger, so the limit remains valid.
    with reading(engine).connect() as connection:
        before = limit(connection)
    number = 0
    while True:
        with engine.begin() as connection:
            deleted = connection.execute(_PRUNE, {"limit": before}).rowcount
        number += deleted
        if deleted < _CHUNK:
            return number
