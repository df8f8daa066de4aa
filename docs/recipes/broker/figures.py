"""Count what waits in the broker, for alerts."""

from .queues import CELERY, DEAD, QUEUE, open_connection


async def depths(url: str) -> dict[str, int]:
    """Ask the broker how many bodies wait in each queue, without those that a consumer holds."""
    counts: dict[str, int] = {}
    async with await open_connection(url) as connection, connection.channel() as channel:
        for name in (QUEUE, CELERY, DEAD):
            queue = await channel.declare_queue(name, passive=True)
            counts[name] = queue.declaration_result.message_count or 0
    return counts
