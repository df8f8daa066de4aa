"""The queues, which a deployment declares once: no process declares them when it starts."""

import asyncio
from contextlib import suppress
from random import sample
from typing import Any, Final

from aio_pika import connect
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import AMQPError, ChannelInvalidStateError

QUEUE: Final = "callbacks"
CELERY: Final = "callbacks.celery"
DEAD: Final = "callbacks.dead"

_QUORUM: Final[dict[str, Any]] = {
    "x-queue-type": "quorum"
}  # on the disks of most nodes before it is confirmed
_ARGUMENTS: Final[dict[str, Any]] = {
    **_QUORUM,
    # How often a body may come back from consumers that died. RabbitMQ 4 has a default, and drops
    # what exceeds it; RabbitMQ 3 has none, and delivers what kills its consumer for ever.
    "x-delivery-limit": 20,
    "x-dead-letter-exchange": DEAD,
    # The default moves a message without waiting for the confirmation of the other queue.
    "x-dead-letter-strategy": "at-least-once",
    "x-overflow": "reject-publish",  # which that strategy demands
}
# That the broker is gone, or refuses. The second is no `AMQPError`.
BROKER_ERRORS: Final = (AMQPError, ChannelInvalidStateError, OSError, asyncio.TimeoutError)
_CONNECT: Final = 3.0  # seconds
_HEARTBEAT: Final = 5  # seconds; a broker that hangs for three of them is given up


async def open_connection(url: str) -> AbstractConnection:
    """Connect to the broker, or raise an error soon.

    Not `connect_robust`, which consumes again by itself while the messages of its former
    connection, which nobody can acknowledge any more, are still waiting to be handled.

    Args:
        url: Several, with semicolons between them, for the nodes of a cluster. Celery reads them
            in the same way.
    """
    *others, last = sample(nodes := url.split(";"), len(nodes))  # so that all have some
    for node in others:
        with suppress(*BROKER_ERRORS):
            return await connect(node, timeout=_CONNECT / len(nodes), heartbeat=_HEARTBEAT)
    return await connect(last, timeout=_CONNECT / len(nodes), heartbeat=_HEARTBEAT)


async def declare(url: str) -> None:
    """Declare the queues. It does no harm to do so again, with the same arguments."""
    async with await open_connection(url) as connection, connection.channel() as channel:
        await _declare(channel)


async def _declare(channel: AbstractChannel) -> None:
    exchange = await channel.declare_exchange(DEAD, "fanout", durable=True)
    dead = await channel.declare_queue(DEAD, durable=True, arguments=_QUORUM)
    await dead.bind(exchange)
    for name in (QUEUE, CELERY):
        await channel.declare_queue(name, durable=True, arguments=_ARGUMENTS)
