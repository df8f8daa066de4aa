"""The worker, called with messages of SQS: ``python -m awslambdaric aws_sqs.worker.work``."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from typing import Any

from durable.database import connect, describe, is_passing
from durable.inbox import Body
from durable.settings import Settings
from durable.worker import handle, handle_singly
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from .message import unpack

_LOG = logging.getLogger(__name__)
_ENGINE = connect(Settings.load().database_url)  # its connection serves many invocations


def work(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Handle a batch of messages, and name those that SQS has to bring again.

    Lambda deletes the others. If a deletion fails, the message comes again, but its events do not
    take effect again.
    """
    records: list[dict[str, Any]] = event["Records"]
    bodies = [_body(number, record) for number, record in enumerate(records)]
    failed = _work(_ENGINE, bodies)
    return {"batchItemFailures": [{"itemIdentifier": records[id_]["messageId"]} for id_ in failed]}


def _body(number: int, record: dict[str, Any]) -> Body:
    milliseconds = int(record["attributes"]["SentTimestamp"])
    received = datetime.fromtimestamp(milliseconds / 1000, timezone.utc)
    return Body(number, received, unpack(record["body"]), is_replayed=False)


def _work(engine: Engine, bodies: Sequence[Body]) -> Iterable[int]:
    """Handle bodies in one transaction, and return the ids of those that are not handled."""
    try:
        with engine.begin() as connection:
            handle(connection, bodies)
    except Exception as error:  # noqa: BLE001  # a fault of a body, or of our code
        if is_passing(error):
            _LOG.warning("the database does not answer: %s", describe(error))
            return [body.id for body in bodies]
        _LOG.warning("a batch is handled body by body: %s", describe(error))
        return [body.id for body in bodies if not _work_singly(engine, body)]
    return []


def _work_singly(engine: Engine, body: Body) -> bool:
    """Handle one body in a transaction of its own, and return whether it is handled."""
    try:
        with engine.begin() as connection:
            handle_singly(connection, body)
    except SQLAlchemyError as error:
        _LOG.warning("a body has to come again: %s", describe(error))
        return False
    return True
