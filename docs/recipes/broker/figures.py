"""What waits in the broker, in numbers, for alerts."""

from typing import NamedTuple

from .queues import CELERY, DEAD, QUEUE, open_connection


class Depths(NamedTuple):
    """How many bodies wait, without those that a consumer has at hand."""

    queue: int
    celery: int
    dead: int
    """Alert on this: bodies that came back too often from consumers that died."""


async def depths(url: str) -> Depths:
    """Count."""
    counts: list[int] = []
    async with await open_connection(url) as connection, connection.channel() as channel:
        for name in (QUEUE, CELERY, DEAD):
            queue = await channel.declare_queue(name, passive=True)
            counts.append(queue.declaration_result.message_count or 0)
    return Depths(*counts)
