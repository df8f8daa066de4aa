"""Publishes bodies, and waits for the broker's confirmation."""

import asyncio
from contextlib import suppress
from datetime import datetime, timezone

from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractMessage

from .queues import BROKER_ERRORS, QUEUE, open_connection

_PATIENCE = 3.0  # seconds
REPLAYED = "replayed"  # the header of a body that somebody decided to try again


def to_message(body: bytes, received: datetime, *, is_replayed: bool) -> Message:
    return Message(
        body,
        delivery_mode=DeliveryMode.PERSISTENT,
        timestamp=received,
        headers={REPLAYED: is_replayed},
    )


class Publisher:
    """One connection, which is opened when it is needed and again when it was lost."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: AbstractConnection | None = None
        self._opening: asyncio.Task[AbstractChannel] | None = None
        self._closing: set[asyncio.Task[None]] = set()

    async def put(self, body: bytes) -> None:
        """Store a body; when this returns, it is safe to answer 204."""
        await self.publish(to_message(body, datetime.now(timezone.utc), is_replayed=False))

    async def publish(self, message: AbstractMessage, queue: str = QUEUE) -> None:
        """Publish a message, and return once the broker has it on disk."""
        if self._opening is None or not _is_usable(self._opening):
            self._opening = asyncio.create_task(self._open())
        opening = self._opening
        try:
            # Requests come and go, but they share the attempt to connect.
            channel = await asyncio.shield(opening)
            # Without `mandatory`, the broker confirms what no queue takes, and drops it.
            await channel.default_exchange.publish(message, queue, mandatory=True)
        except asyncio.CancelledError:
            # The broker hangs, or this node of it: the next request tries another connection.
            if self._opening is opening:
                self._opening = None
            raise

    async def _open(self) -> AbstractChannel:
        if self._connection is not None:
            closing = asyncio.create_task(_close(self._connection))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)
        self._connection = await open_connection(self._url)
        # Unless told to, aio-pika does not raise if a message comes back.
        return await self._connection.channel(publisher_confirms=True, on_return_raises=True)

    async def close(self) -> None:
        if self._connection is not None:
            await _close(self._connection)


def _is_usable(opening: "asyncio.Task[AbstractChannel]") -> bool:
    """Return whether there is a channel, or an attempt to open one."""
    if not opening.done():
        return True
    return not opening.cancelled() and not opening.exception() and not opening.result().is_closed


async def _close(connection: AbstractConnection) -> None:
    """Close a connection, without waiting for a broker that hangs."""
    with suppress(*BROKER_ERRORS, asyncio.CancelledError):
        await asyncio.wait_for(connection.close(), _PATIENCE)
