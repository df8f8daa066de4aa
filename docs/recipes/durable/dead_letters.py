"""List and replay dead letters: bodies that could not be handled. Set a body aside by hand."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Engine, delete, func, insert, select, true

from .database import reading
from .inbox import Reason, bury, take_batch
from .tables import DeadLetter, Inbox


class Letter(NamedTuple):
    """A dead letter, without private data."""

    id: int
    received: datetime
    size: int
    reasons: list[Reason]


def letters(engine: Engine) -> Iterator[Letter]:
    """Yield the dead letters, the oldest first."""
    size = func.length(DeadLetter.body)
    query = select(DeadLetter.id, DeadLetter.received, size, DeadLetter.reasons)
    with reading(engine).connect() as connection:
        for row in connection.execute(query.order_by(DeadLetter.id)):
            yield Letter(row[0], row[1], row[2], [Reason(*each) for each in row[3]])


def replay(engine: Engine) -> int:
    """Move every dead letter back to the inbox, in one transaction, and return their number.

    A body that fails again becomes a dead letter again. Events that have taken effect do not
    take effect again, so an unnecessary replay does no harm.
    """
    with engine.begin() as connection:
        ids = connection.execute(select(DeadLetter.id).with_for_update()).scalars().all()
        for each in ids:  # one by one, because all of them may not fit in memory
            one = DeadLetter.id == each
            row = select(DeadLetter.received, DeadLetter.body, true()).where(one)
            names = [Inbox.received, Inbox.body, Inbox.is_replayed]
            connection.execute(insert(Inbox).from_select(names, row))
            connection.execute(delete(DeadLetter).where(one))
    return len(ids)


def set_aside(engine: Engine) -> int:
    """Move the oldest body of the inbox to the dead letters unhandled, and return the number moved.

    A body that kills its worker cannot be moved by that worker.
    """
    with engine.begin() as connection:
        bodies = take_batch(connection, 1)
        reasons = [Reason("set-aside", "body: not handled")]
        bury(connection, [(body, reasons) for body in bodies])
    return len(bodies)
