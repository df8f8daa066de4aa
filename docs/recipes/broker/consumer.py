"""The consumer: takes bodies from the broker and lets their events take effect."""

import asyncio
import logging
import signal
from collections.abc import Sequence
from contextlib import suppress
from typing import TypeAlias

from aio_pika.abc import AbstractConnection
from durable.database import connect, is_passing
from durable.worker import LONGEST_WAIT
from sqlalchemy import Engine

from .deliveries import Delivery, to_body
from .queues import BROKER_ERRORS, QUEUE, describe, open_connection
from .settings import BrokerSettings
from .storing import store

_LOG = logging.getLogger(__name__)
_IDLE = 60.0  # seconds; then it connects again, because the broker may have forgotten it

Arrived: TypeAlias = "asyncio.Queue[Delivery | None]"
"""What the broker has delivered; `None` means that the consumer stops."""


class Consumer:
    """Handles bodies until it is told to stop."""

    def __init__(self, settings: BrokerSettings, engine: Engine) -> None:
        self._settings = settings
        self._engine = engine
        self._the_end = asyncio.Event()
        self._arrived: Arrived = asyncio.Queue()
        self._acknowledged = 0  # the tag of the last delivery of this channel that was acknowledged

    def end(self) -> None:
        """Finish the current batch, then stop."""
        self._the_end.set()
        self._stop()

    def _stop(self, *_: object) -> None:
        self._arrived.put_nowait(None)

    async def work(self) -> None:
        """Connect and handle bodies, again after each lost connection."""
        wait = self._settings.pause
        while not self._the_end.is_set():
            try:
                async with await open_connection(self._settings.broker_url) as connection:
                    await self._consume(connection)
                wait = self._settings.pause
            # aiormq cancels what waits for a lost connection.
            except (*BROKER_ERRORS, asyncio.CancelledError) as error:
                _LOG.warning("the broker failed: %s", describe(error))
            wait = await self._pause(wait)

    async def _consume(self, connection: AbstractConnection) -> None:
        channel = await connection.channel(publisher_confirms=False)
        queue = await channel.get_queue(QUEUE)
        self._acknowledged = 0
        # A redelivered body may have killed its consumer. Handled one by one, such bodies do not
        # take their neighbours to the limit of deliveries with them.
        while not self._the_end.is_set():
            message = await queue.get(fail=False)
            if message is None:
                break
            await self.handle([message])
            if not message.redelivered:
                break
        await channel.set_qos(prefetch_count=2 * self._settings.batch)
        self._arrived = asyncio.Queue()
        channel.close_callbacks.add(self._stop)
        await queue.consume(self._arrived.put)
        await self.handle_all(self._arrived)

    async def handle_all(self, arrived: Arrived) -> None:
        """Handle all bodies that have arrived, in batches."""
        while not self._the_end.is_set():
            try:
                batch = [await asyncio.wait_for(arrived.get(), _IDLE)]
            except asyncio.TimeoutError:
                return
            while len(batch) < self._settings.batch and not arrived.empty():
                batch.append(arrived.get_nowait())
            await self.handle([each for each in batch if each is not None])
            if None in batch:
                return

    async def handle(self, batch: Sequence[Delivery]) -> None:
        """Store the effects of bodies, and acknowledge them together after the commit."""
        bodies = [to_body(place, delivery) for place, delivery in enumerate(batch)]
        wait = self._settings.pause
        while batch and not self._the_end.is_set():
            try:
                # In another thread, because this one answers the broker's heartbeats.
                await asyncio.to_thread(store, self._engine, bodies)
            except Exception as error:
                if not is_passing(error):
                    raise  # a bug: the supervisor restarts the process, and nothing is lost
                _LOG.warning("the database does not answer: %s", describe(error))
                wait = await self._pause(wait)
            else:
                await self._acknowledge(batch)
                return

    async def _acknowledge(self, batch: Sequence[Delivery]) -> None:
        tags = [each.delivery_tag for each in batch]
        following = self._acknowledged + 1
        if tags == [*range(following, following + len(tags))]:
            # The last, and all that were delivered before it.
            await batch[-1].ack(multiple=True)
            self._acknowledged += len(tags)
        else:
            # aio-pika does not promise to keep the order: an earlier delivery may still be waiting.
            for each in batch:
                await each.ack()

    async def _pause(self, seconds: float) -> float:
        """Wait until the time or the consumer ends, and return the next pause."""
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._the_end.wait(), seconds)
        return min(2 * seconds, LONGEST_WAIT)


async def work(settings: BrokerSettings) -> None:
    """Handle bodies until the process is told to stop."""
    engine = connect(settings.database_url)
    consumer = Consumer(settings, engine)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, consumer.end)
    await consumer.work()
    engine.dispose()
