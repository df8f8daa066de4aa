"""A queue in a file, which outlives its processes as a broker does."""

import pickle
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple

from aio_pika.abc import AbstractMessage
from broker.publisher import to_message


class _Row(NamedTuple):
    tag: int
    body: bytes
    headers: Mapping[str, Any]
    timestamp: datetime | None


class Delivered:
    """A message that was published, and that comes again until it is acknowledged."""

    def __init__(self, queue: "FileQueue", row: _Row, delivery_tag: int) -> None:
        self._queue = queue
        self._tag = row.tag
        self.delivery_tag = delivery_tag
        self.body = row.body
        self.headers = row.headers
        self.timestamp = row.timestamp

    async def ack(self, multiple: bool = False) -> None:  # noqa: FBT001, FBT002  # aio-pika's
        self._queue.acknowledge(self._tag, multiple=multiple)


class FileQueue:
    """Publishes and delivers; calls `step` before and after each thing that happens."""

    def __init__(self, path: Path, step: Callable[[], None]) -> None:
        self._path = path
        self._step = step

    async def put(self, body: bytes) -> None:
        await self.publish(to_message(body, datetime.now(timezone.utc), is_replayed=False))

    async def put_again(self, body: bytes, received: datetime) -> None:
        await self.publish(to_message(body, received, is_replayed=True))

    async def publish(self, message: AbstractMessage) -> None:
        rows = self._read()
        tag = max((row.tag for row in rows), default=0) + 1
        row = _Row(tag, message.body, message.headers, message.timestamp)
        self._replace([*rows, row])

    def acknowledge(self, tag: int, *, multiple: bool) -> None:
        self._replace(
            [row for row in self._read() if (row.tag > tag if multiple else row.tag != tag)]
        )

    def deliver(self) -> list[Delivered]:
        """Return what is not acknowledged, as a new channel of a broker delivers it."""
        return [Delivered(self, row, tag) for tag, row in enumerate(self._read(), 1)]

    def _read(self) -> list[_Row]:
        if not self._path.exists():
            return []
        rows: list[_Row] = pickle.loads(self._path.read_bytes())  # noqa: S301  # our own
        return rows

    def _replace(self, rows: list[_Row]) -> None:
        self._step()
        fresh = self._path.with_suffix(".new")
        fresh.write_bytes(pickle.dumps(rows))
        fresh.replace(self._path)
        self._step()
