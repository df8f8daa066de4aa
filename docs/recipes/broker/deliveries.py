"""Deliveries of the broker, and their bodies."""

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Protocol

from durable.inbox import Body

from .publisher import REPLAYED


class Delivery(Protocol):
    """The part of aio-pika's message that the consumer uses."""

    @property
    def body(self) -> bytes: ...
    @property
    def headers(self) -> Mapping[str, object]: ...
    @property
    def timestamp(self) -> datetime | None: ...
    @property
    def delivery_tag(self) -> int | None: ...  # counts the deliveries of a channel, from one
    async def ack(self, multiple: bool = ...) -> None: ...  # noqa: FBT001  # aio-pika's


def to_body(place: int, delivery: Delivery) -> Body:
    received = delivery.timestamp or datetime.now(timezone.utc)
    return Body(place, received, delivery.body, delivery.headers.get(REPLAYED) is True)
