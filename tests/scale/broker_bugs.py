"""Bugs to plant in the recipe `broker`: each loses something, at some moments only."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import broker.consumer
from broker.consumer import Consumer
from broker.deliveries import Delivery
from broker.publisher import Publisher, _Opened
from broker.storing import store

from .bugs import plant, replace


def plant_in_broker(name: str) -> None:
    """Damage the recipe in this process."""
    BROKER_BUGS[name]()


def _answer_before_confirmation() -> None:
    plant("answer before commit")


def _no_confirmation() -> None:
    opened = Publisher._open

    async def open_without(self: Publisher) -> _Opened:
        connection, _ = await opened(self)
        return _Opened(connection, await connection.channel(publisher_confirms=False))

    replace(Publisher, _open=open_without)


def _early_acknowledgement() -> None:
    handle = Consumer.handle

    async def acknowledge_first(self: Consumer, batch: Sequence[Delivery]) -> None:
        if batch:
            await batch[-1].ack(multiple=True)
        await handle(self, [_Acknowledged(each) for each in batch])

    replace(Consumer, handle=acknowledge_first)


class _Acknowledged:
    """A delivery that is not acknowledged again."""

    def __init__(self, delivery: Delivery) -> None:
        self.body = delivery.body
        self.headers = delivery.headers
        self.timestamp = delivery.timestamp
        self.delivery_tag = delivery.delivery_tag

    async def ack(self, multiple: bool = False) -> None: ...  # noqa: FBT001, FBT002


def _exception_acknowledged() -> None:
    def store_and_forget(*arguments: Any) -> None:  # noqa: ANN401
        with suppress(Exception):
            store(*arguments)

    replace(broker.consumer, store=store_and_forget)


BROKER_BUGS: Mapping[str, Callable[[], None]] = {
    "answer before confirmation": _answer_before_confirmation,
    "no confirmation": _no_confirmation,
    "early acknowledgement": _early_acknowledgement,
    "exception acknowledged": _exception_acknowledged,
}
