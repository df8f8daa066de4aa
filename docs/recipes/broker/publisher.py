"""Publishes bodies, and waits for the broker's confirmation."""

import asyncio
from contextlib import suppress
from datetime import datetime, timezone
from typing import Final, NamedTuple

from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractMessage

from .queues import BROKER_ERRORS, QUEUE, open_connection

PATIENCE: Final = 3.0  # seconds
REPLAYED = "replayed"  # the header of a body that an operator replays


def to_message(body: bytes, received: datetime, *, is_replayed: bool) -> Message:
    return Message(
        body,
        delivery_mode=DeliveryMode.PERSISTENT,
        timestamp=received,
        headers={REPLAYED: is_replayed},
    )


class _Opened(NamedTuple):
    connection: AbstractConnection
    channel: AbstractChannel


class Publisher:
    """One connection, which is opened when it is needed, and again after it was lost."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._opening: asyncio.Task[_Opened] | None = None
        self._closing: set[asyncio.Task[None]] = set()

    async def put(self, body: bytes) -> None:
        """Store a body; when this returns, it is safe to answer 204."""
        await self.publish(to_message(body, datetime.now(timezone.utc), is_replayed=False))

    async def publish(self, message: AbstractMessage, queue: str = QUEUE) -> None:
        """Publish a message, and return once the broker has it on disk."""
        if self._opening is None or not _is_usable(self._opening):
            self._abandon()
            self._opening = asyncio.create_task(self._open())
        opening = self._opening
        try:
            # Requests come and go, but they share the attempt to connect.
            _, channel = await asyncio.shield(opening)
            # Without `mandatory`, the broker confirms what no queue takes, and drops it.
            await channel.default_exchange.publish(message, queue, mandatory=True)
        except asyncio.CancelledError:
            # The broker hangs, or this node of it: the next request tries another connection.
            if self._opening is opening:
                self._abandon()
            raise

    async def _open(self) -> _Opened:
        connection = await open_connection(self._url)
        try:
            # By default, aio-pika does not raise if a message comes back.
            opening = connection.channel(publisher_confirms=True, on_return_raises=True)
            return _Opened(connection, await asyncio.wait_for(opening, PATIENCE))
        except BaseException:
            await _close(connection)
            raise

    def _abandon(self) -> None:
        """Close the connection in the background, or as soon as there is one."""
        if self._opening is not None:
            closing = asyncio.create_task(_close_opened(self._opening))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)
            self._opening = None

    async def close(self) -> None:
        """Close all connections."""
        self._abandon()
        await asyncio.gather(*self._closing)


def _is_usable(opening: "asyncio.Task[_Opened]") -> bool:
    """Return whether there is a channel, or an attempt to open one."""
    if not opening.done():
        return True
    if opening.cancelled() or opening.exception():
        return False
    return not opening.result().channel.is_closed


async def _close_opened(opening: "asyncio.Task[_Opened]") -> None:
    """Wait for the end of an attempt, which comes soon, and close its connection."""
    with suppress(Exception, asyncio.CancelledError):  # `publish` has raised the error
        await _close((await opening).connection)


async def _close(connection: AbstractConnection) -> None:
    """Close a connection, without waiting for a broker that hangs."""
    with suppress(*BROKER_ERRORS, asyncio.CancelledError):
        await asyncio.wait_for(connection.close(), PATIENCE)
