"""The effects of events. Put your own work here."""

from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

from sqlalchemy import Connection, and_, insert, or_

from bandwidth_events import (
    BaseMessageEvent,
    Event,
    InboundMessageEvent,
    MessageFailedEvent,
    StatusEvent,
    encode_callback,
)

from .database import INSERT
from .tables import HandledEvent, OptOut, Status, Text

_Row = dict[str, Any]


class Statements:
    """The statements in one database's dialect, built once."""

    def __init__(self, dialect: str) -> None:
        build = INSERT[dialect]
        self.claim = build(HandledEvent).on_conflict_do_nothing().returning(HandledEvent.dedupe_key)
        self.file = insert(Text)
        status = build(Status)
        self.update = status.on_conflict_do_update(
            index_elements=[Status.message_id, Status.recipient],
            set_={"stage": status.excluded.stage, "error_code": status.excluded.error_code},
            # Events come in any order; of failures on two channels, the larger code wins.
            where=or_(
                status.excluded.stage > Status.stage,
                and_(
                    status.excluded.stage == Status.stage,
                    or_(
                        status.excluded.error_code > Status.error_code,
                        Status.error_code.is_(None),
                    ),
                ),
            ),
        )
        opt_out = build(OptOut)
        time, is_opted_out = opt_out.excluded.time, opt_out.excluded.is_opted_out
        self.opt_out = opt_out.on_conflict_do_update(
            index_elements=[OptOut.our_number, OptOut.counterparty],
            set_={"time": time, "is_opted_out": is_opted_out},
            # Events come in any order; of two at the same time, opting out wins.
            where=or_(time > OptOut.time, and_(time == OptOut.time, is_opted_out)),
        )


_STATEMENTS = {dialect: Statements(dialect) for dialect in INSERT}


def claim(connection: Connection, events: Sequence[Event]) -> list[Event]:
    """Claim events, and return those that no worker has claimed before, each once.

    Call `apply` in the same transaction, so that a claimed event always takes effect. Another
    worker that claims the same event waits for the end of this transaction.
    """
    by_key = {event.dedupe_key: event for event in events}
    now = datetime.now(timezone.utc)
    # Sorted, like all rows, so that two workers lock the rows in the same order.
    rows = [
        {"dedupe_key": key, "handled": now, "document": encode_callback([by_key[key]])}
        for key in sorted(by_key)
    ]
    if not rows:
        return []
    claimed = connection.execute(_STATEMENTS[connection.dialect.name].claim, rows).scalars()
    return [by_key[key] for key in sorted(claimed)]


def apply(connection: Connection, events: Sequence[Event]) -> None:
    """Store the effects of claimed events."""
    statements = _STATEMENTS[connection.dialect.name]
    for statement, rows in [
        (statements.file, _texts(events)),
        (statements.update, _statuses(events)),
        (statements.opt_out, _opt_outs(events)),
    ]:
        if rows:
            connection.execute(statement, rows)


def _texts(events: Sequence[Event]) -> list[_Row]:
    return [
        {
            "message_id": event.message.id,
            "our_number": event.our_number,
            "counterparty": event.counterparty,
            # People send U+0000, but PostgreSQL rejects it, so store U+2400, its symbol.
            "text": event.text.replace("\0", "\u2400"),
        }
        for event in events
        if isinstance(event, InboundMessageEvent)
    ]


def _statuses(events: Sequence[Event]) -> list[_Row]:
    """Return the furthest stage of each message and recipient, and the largest code there."""
    furthest: dict[tuple[str, str], tuple[int, bool, int]] = {}
    for event in events:
        if isinstance(event, StatusEvent):
            place = (event.message.id, event.to)
            code = event.error_code if isinstance(event, MessageFailedEvent) else None
            reached = (int(event.stage), code is not None, code or 0)
            furthest[place] = max(reached, furthest.get(place, reached))
    return [
        {
            "message_id": message_id,
            "recipient": recipient,
            "stage": stage,
            "error_code": code if has_code else None,
        }
        for (message_id, recipient), (stage, has_code, code) in sorted(furthest.items())
    ]


def _opt_outs(events: Sequence[Event]) -> list[_Row]:
    """Return the latest opt-out or opt-in for each person and number."""
    latest: dict[tuple[str, str], tuple[datetime, bool]] = {}
    for event in events:
        wish: bool | None = None
        if isinstance(event, InboundMessageEvent) and event.keyword in {"stop", "start"}:
            wish = event.keyword == "stop"
        elif isinstance(event, MessageFailedEvent) and event.error is not None:
            wish = True if event.error.cause == "opt-out" else None
        if wish is not None and isinstance(event, BaseMessageEvent):
            place = (event.our_number, event.counterparty)
            said = (event.time.astimezone(timezone.utc), wish)
            latest[place] = max(said, latest.get(place, said))
    return [
        {"our_number": ours, "counterparty": theirs, "time": time, "is_opted_out": is_opted_out}
        for (ours, theirs), (time, is_opted_out) in sorted(latest.items())
    ]
