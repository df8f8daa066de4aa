"""The queues. A deployment declares them once; no process declares them when it starts."""

import asyncio
from contextlib import suppress
from random import sample
from typing import Any, Final

from aio_pika import connect
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import AMQPError, ChannelInvalidStateError, ChannelNotFoundEntity
from durable import database

QUEUE: Final = "callbacks"
CELERY: Final = "callbacks.celery"
DEAD: Final = "callbacks.dead"

_QUORUM: Final[dict[str, Any]] = {
    "x-queue-type": "quorum"
}  # on the disks of most nodes before it is confirmed
_ARGUMENTS: Final[dict[str, Any]] = {
    **_QUORUM,
    # How often a body may be redelivered. RabbitMQ 4 has a default, and drops bodies that exceed
    # it. RabbitMQ 3 has none, and delivers a body that kills its consumer for ever.
    "x-delivery-limit": 20,
    "x-dead-letter-exchange": DEAD,
    # By default, RabbitMQ does not wait until the other queue has confirmed a moved message.
    "x-dead-letter-strategy": "at-least-once",
    "x-overflow": "reject-publish",  # that strategy requires it
}
# The broker is gone, or refuses. `ChannelInvalidStateError` is no `AMQPError`.
BROKER_ERRORS: Final = (AMQPError, ChannelInvalidStateError, OSError, asyncio.TimeoutError)
_CONNECT: Final = 3.0  # seconds
_HEARTBEAT: Final = 5  # seconds; after three without an answer, the connection is closed


def describe(error: BaseException) -> str:
    """Describe an error without its message, which can quote private data."""
    is_missing = isinstance(error, ChannelNotFoundEntity)
    hint = " (a queue is missing: run `python -m broker declare`)" if is_missing else ""
    return database.describe(error) + hint


async def open_connection(url: str) -> AbstractConnection:
    """Connect to the broker, or raise an error soon.

    This is not `connect_robust`, which reconnects by itself. The messages of the lost connection
    would still wait to be handled, and nobody can acknowledge them any more.

    Args:
        url: The broker's URL. For a cluster, separate the URLs of its nodes by semicolons, as for
            Celery.
    """
    *others, last = sample(
        nodes := url.split(";"), len(nodes)
    )  # so that each node gets connections
    for node in others:
        with suppress(*BROKER_ERRORS):
            return await connect(node, timeout=_CONNECT / len(nodes), heartbeat=_HEARTBEAT)
    return await connect(last, timeout=_CONNECT / len(nodes), heartbeat=_HEARTBEAT)


async def declare(url: str) -> None:
    """Declare the queues. Declaring them again with the same arguments changes nothing."""
    async with await open_connection(url) as connection, connection.channel() as channel:
        await _declare(channel)


async def _declare(channel: AbstractChannel) -> None:
    exchange = await channel.declare_exchange(DEAD, "fanout", durable=True)
    dead = await channel.declare_queue(DEAD, durable=True, arguments=_QUORUM)
    await dead.bind(exchange)
    for name in (QUEUE, CELERY):
        await channel.declare_queue(name, durable=True, arguments=_ARGUMENTS)
