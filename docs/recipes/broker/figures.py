"""Count what waits in the broker, for alerts."""

from typing import NamedTuple

from .queues import CELERY, DEAD, QUEUE, open_connection


class Depths(NamedTuple):
    """How many bodies wait, without those that a consumer is handling."""

    queue: int
    celery: int
    dead: int
    """Alert on any: bodies that killed their consumers, and tasks that raised."""


async def depths(url: str) -> Depths:
    """Ask the broker for the length of each queue."""
    counts: list[int] = []
    async with await open_connection(url) as connection, connection.channel() as channel:
        for name in (QUEUE, CELERY, DEAD):
            queue = await channel.declare_queue(name, passive=True)
            counts.append(queue.declaration_result.message_count or 0)
    return Depths(*counts)
