"""Move bodies through the database: to the inbox, off the inbox, and to the dead letters."""

from collections.abc import Sequence
from datetime import datetime, timezone
from hashlib import sha256
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy import Connection, Engine, bindparam, delete, insert, select

from .database import INSERT
from .tables import DeadLetter, Inbox


class Body(NamedTuple):
    """A body in the inbox."""

    id: int
    received: datetime
    body: bytes
    is_replayed: bool


class Reason(NamedTuple):
    """Why a part of a body could not be handled, without private data."""

    code: str
    text: str


_PUT = insert(Inbox)
_RETURNED = (Inbox.id, Inbox.received, Inbox.body, Inbox.is_replayed)
# Skip rows that another worker has locked (SQLite allows only one writer anyway). If this worker
# dies, its transaction ends, and the rows are available again.
_OLDEST = select(Inbox.id).order_by(Inbox.id).limit(bindparam("batch"))
_TAKE = delete(Inbox).where(Inbox.id.in_(_OLDEST.with_for_update(skip_locked=True)))
_TAKE_BATCH = _TAKE.returning(*_RETURNED)
_THE_ONE = select(Inbox.id).where(Inbox.id == bindparam("id")).with_for_update(skip_locked=True)
_TAKE_ONE = delete(Inbox).where(Inbox.id.in_(_THE_ONE)).returning(*_RETURNED)
_BURY = {dialect: build(DeadLetter).on_conflict_do_nothing() for dialect, build in INSERT.items()}


def put(engine: Engine, body: bytes) -> None:
    """Store a body. After the return, it is safe to answer 204."""
    now = datetime.now(timezone.utc)
    with engine.begin() as connection:
        connection.execute(_PUT, {"received": now, "body": body, "is_replayed": False})


def take_batch(connection: Connection, batch: int) -> list[Body]:
    """Take the oldest bodies off the inbox, in the transaction of the caller."""
    rows = connection.execute(_TAKE_BATCH, {"batch": batch})
    return sorted(Body(*row) for row in rows)


def take_one(connection: Connection, body_id: int) -> Body | None:
    """Take one body off the inbox, unless another worker has taken it."""
    row = connection.execute(_TAKE_ONE, {"id": body_id}).one_or_none()
    return None if row is None else Body(*row)


def bury(connection: Connection, letters: Sequence[tuple[Body, Sequence[Reason]]]) -> None:
    """Store bodies as dead letters, in the transaction that took them off the inbox.

    A body that is already there stays as it is: each retry of a malformed body is malformed too.
    """
    rows = [
        {
            "received": body.received,
            "digest": sha256(body.body).digest(),
            "body": body.body,
            "reasons": [[*each] for each in reasons],
        }
        for body, reasons in letters
    ]
    if rows:
        # Sorted, so that two workers lock the rows in the same order.
        rows.sort(key=itemgetter("digest"))
        connection.execute(_BURY[connection.dialect.name], rows)
