"""Store the effects of bodies in the database, before the bodies are acknowledged."""

import logging
from collections.abc import Sequence

from durable.database import describe, is_passing
from durable.inbox import Body
from durable.worker import handle, handle_singly
from sqlalchemy import Engine

_LOG = logging.getLogger(__name__)


def store(engine: Engine, bodies: Sequence[Body]) -> None:
    """Handle bodies in one transaction; when this returns, it is safe to acknowledge them.

    If this raises an error that `is_passing`, handle the bodies again.
    """
    try:
        with engine.begin() as connection:
            handle(connection, bodies)
    except Exception as error:
        if is_passing(error):
            raise
        _LOG.warning("a batch is handled body by body: %s", describe(error))
        for body in bodies:
            with engine.begin() as connection:
                handle_singly(connection, body)
