"""Try again what could not be handled: the dead letters, and the queue of the dead."""

from collections.abc import Awaitable, Callable
from datetime import timezone

from aio_pika import Message
from durable.database import reading
from durable.tables import DeadLetter
from sqlalchemy import Engine, delete, select

from .publisher import Publisher, to_message
from .queues import DEAD, QUEUE, open_connection


async def replay(engine: Engine, url: str) -> int:
    """Publish everything again, and return how many bodies.

    Each is removed once the broker has confirmed it. If this ends between the two, the body comes
    twice, and takes effect once.
    """
    publisher = Publisher(url)
    try:
        letters = await replay_letters(engine, publisher.publish)
        return letters + await _replay_queue(url, publisher)
    finally:
        await publisher.close()


async def replay_letters(engine: Engine, publish: Callable[[Message], Awaitable[None]]) -> int:
    """Publish the bodies that do not parse, or that the database refused."""
    with reading(engine).connect() as connection:
        ids = connection.execute(select(DeadLetter.id).order_by(DeadLetter.id)).scalars().all()
    for each in ids:  # one after another, because all of them may not fit into memory
        one = DeadLetter.id == each
        with engine.begin() as connection:
            row = connection.execute(select(DeadLetter.received, DeadLetter.body).where(one)).one()
            # SQLite returns times as they were stored, in UTC, but without saying so.
            received = row[0] if row[0].tzinfo else row[0].replace(tzinfo=timezone.utc)
            await publish(to_message(row[1], received, is_replayed=True))
            connection.execute(delete(DeadLetter).where(one))
    return len(ids)


async def _replay_queue(url: str, publisher: Publisher) -> int:
    """Publish what came back too often from consumers that died."""
    number = 0
    async with await open_connection(url) as connection, connection.channel() as channel:
        queue = await channel.get_queue(DEAD)
        while (message := await queue.get(fail=False)) is not None:
            for noted in [name for name in message.headers if name.startswith("x-")]:
                del message.headers[noted]  # by the broker, about its former life
            # It came with the name of the queue that it was in.
            await publisher.publish(message, message.routing_key or QUEUE)
            await message.ack()
            number += 1
    return number
