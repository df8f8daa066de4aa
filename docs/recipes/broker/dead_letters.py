"""Replay dead letters: those in the database, and the messages in the queue of the dead."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeAlias

from durable.database import aware, reading
from durable.tables import DeadLetter
from sqlalchemy import Engine, delete, select

from .publisher import PATIENCE, Publisher, to_message
from .queues import DEAD, QUEUE, open_connection

Put: TypeAlias = Callable[[bytes, datetime], Awaitable[None]]
"""Publishes a body that arrived at a time, and returns once the broker has confirmed it."""


async def replay(engine: Engine, url: str, *, is_celery: bool = False) -> int:
    """Publish all dead letters again, and return their number.

    Each is removed once the broker has confirmed it. If this process ends between the two, the
    body is handled twice, and takes effect once.

    Args:
        engine: The database.
        url: The broker.
        is_celery: Whether Celery handles the bodies of dead letters, or `broker.consumer`.
    """
    publisher = Publisher(url)

    async def put(body: bytes, received: datetime) -> None:
        message = to_message(body, received, is_replayed=True)
        await asyncio.wait_for(publisher.publish(message), PATIENCE)

    try:
        letters = await replay_letters(engine, put_task if is_celery else put)
        return letters + await _replay_queue(url, publisher)
    finally:
        await publisher.close()


async def put_task(body: bytes, received: datetime) -> None:
    """Publish a body for the workers of Celery."""
    from .celery_tasks import send  # noqa: PLC0415  # others need no Celery

    await asyncio.to_thread(send, body, received, is_replayed=True)


async def replay_letters(engine: Engine, put: Put) -> int:
    """Publish the bodies in the table of dead letters, and return their number.

    Two replays at once share the letters. Each letter is deleted in a transaction that ends after
    the confirmation. A consumer that buries the same body meanwhile waits for that transaction.
    """
    number = 0
    with reading(engine).connect() as connection:
        ids = connection.execute(select(DeadLetter.id).order_by(DeadLetter.id)).scalars().all()
    for each in ids:  # one after another, because all of them may not fit into memory
        one = DeadLetter.id == each
        take = delete(DeadLetter).where(one).returning(DeadLetter.received, DeadLetter.body)
        with engine.begin() as connection:
            row = connection.execute(take).one_or_none()
            if row is None:
                continue
            await put(row[1], aware(row[0]))
        number += 1
    return number


async def _replay_queue(url: str, publisher: Publisher) -> int:
    """Publish the messages that RabbitMQ moved to the queue of the dead, each once.

    A message that dies again meanwhile stays there.
    """
    number = 0
    async with await open_connection(url) as connection, connection.channel() as channel:
        queue = await channel.declare_queue(DEAD, passive=True)
        for _ in range(queue.declaration_result.message_count or 0):
            message = await queue.get(fail=False)
            if message is None:  # another replay has taken it
                break
            for noted in [name for name in message.headers if name.startswith("x-")]:
                del message.headers[noted]  # by the broker, about its former life
            # Its routing key is still the name of the queue that it was in.
            queue_name = message.routing_key or QUEUE
            await asyncio.wait_for(publisher.publish(message, queue_name), PATIENCE)
            await message.ack()
            number += 1
    return number
