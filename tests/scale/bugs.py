"""Bugs to plant in the recipe: each loses or doubles something, at some moments only."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import durable.effects
import durable.web
import durable.worker
from durable.database import is_passing
from durable.effects import claim
from durable.inbox import Body, Reason, bury, take_batch, take_one
from durable.tables import HandledEvent, Inbox
from sqlalchemy import Connection, Engine, insert, select

from bandwidth_events import Event, MessageFailedEvent, StatusEvent

from .history import TOO_LARGE


def plant(name: str) -> None:
    """Damage the recipe in this process."""
    _BUGS[name]()


def _answer_before_commit() -> None:
    async def store(self: Any, body: bytes) -> bool:  # noqa: ANN401  # its attributes are private
        storing: asyncio.Future[None] = asyncio.ensure_future(self._put(body))
        storing.add_done_callback(lambda each: each.exception())
        return True

    replace(durable.web.Intake, store=store)


def _exception_swallowed() -> None:
    store = durable.web.Intake.store

    async def swallow(self: durable.web.Intake, body: bytes) -> bool:
        await store(self, body)
        return True

    replace(durable.web.Intake, store=swallow)


def _taken_before_work() -> None:
    def work_batch(engine: Engine, batch: int) -> int:
        with engine.begin() as connection:
            bodies = take_batch(connection, batch)
        with engine.begin() as connection:
            for body in bodies:
                events, reasons = durable.worker.read(body)
                _finish(connection, body, claim(connection, events), reasons)
        return len(bodies)

    replace(durable.worker, work_batch=work_batch)


def _key_in_its_own_transaction() -> None:
    def work_batch(engine: Engine, batch: int) -> int:
        columns = (Inbox.id, Inbox.received, Inbox.body, Inbox.is_replayed)
        with engine.begin() as connection:
            rows = connection.execute(select(*columns).order_by(Inbox.id).limit(batch))
            bodies = [Body(*row) for row in rows]
            readings = [(body, *durable.worker.read(body)) for body in bodies]
            # The keys of what is refused would show without an end of the process.
            for _, events, reasons in readings:
                refused = [each for each in events if _is_too_large(each)]
                reasons += [Reason("refused", "") for _ in refused]
                events[:] = [each for each in events if each not in refused]
            claimed = [claim(connection, events) for _, events, _ in readings]
        with engine.begin() as connection:
            for (body, _, reasons), events in zip(readings, claimed, strict=True):
                is_taken = take_one(connection, body.id) is not None
                _finish(connection, body, events, reasons if is_taken else [])
        return len(bodies)

    replace(durable.worker, work_batch=work_batch)


def _finish(
    connection: Connection, body: Body, events: Sequence[Event], reasons: list[Reason]
) -> None:
    """Let claimed events take effect one by one, so that this is not the bug."""
    for event in events:
        try:
            with connection.begin_nested():
                durable.effects.apply(connection, [event])
        except Exception as error:
            if is_passing(error):
                raise
            reasons.append(Reason("refused", ""))
    bury(connection, [(body, reasons)] if reasons else [])


def _is_too_large(event: Event) -> bool:
    return isinstance(event, MessageFailedEvent) and event.error_code == TOO_LARGE


def _last_status() -> None:
    def statuses(events: Sequence[Event]) -> list[dict[str, Any]]:
        last = {
            (event.message.id, event.to): event
            for event in events
            if isinstance(event, StatusEvent)
        }
        return [
            {
                "message_id": message_id,
                "recipient": to,
                "stage": event.stage,
                "error_code": getattr(event, "error_code", None),
            }
            for (message_id, to), event in sorted(last.items(), key=lambda each: each[0])
        ]

    replace(durable.effects, _statuses=statuses)
    for statements in _statements().values():
        statements.update._post_values_clause.update_whereclause = None


def _no_unique_key() -> None:
    for statements in _statements().values():
        statements.claim = insert(HandledEvent).returning(HandledEvent.dedupe_key)


def _dead_letter_dropped() -> None:
    def drop(_: Connection, __: object) -> None: ...

    replace(durable.worker, bury=drop)


def _good_part_dropped() -> None:
    read = durable.worker.read

    def drop(body: Body) -> tuple[list[Event], list[Reason]]:
        events, reasons = read(body)
        return ([] if reasons else events), reasons

    replace(durable.worker, read=drop)


def replace(place: object, **replacements: object) -> None:
    for name, replacement in replacements.items():
        assert hasattr(place, name)
        setattr(place, name, replacement)


def _statements() -> Mapping[str, Any]:
    return durable.effects._STATEMENTS


_BUGS: Mapping[str, Callable[[], None]] = {
    "answer before commit": _answer_before_commit,
    "exception swallowed": _exception_swallowed,
    "taken before the work": _taken_before_work,
    "key in a transaction of its own": _key_in_its_own_transaction,
    "last status, not the maximum": _last_status,
    "no unique key": _no_unique_key,
    "dead letter dropped": _dead_letter_dropped,
    "good part of a malformed body dropped": _good_part_dropped,
}
BUGS = tuple(_BUGS)
