"""A body that kills its consumer: it goes to the queue of the dead, and its neighbours do not."""

import asyncio
import os
import sys
import time
from collections.abc import Sequence
from typing import Final

import broker.consumer
from broker.__main__ import main
from broker.publisher import Publisher
from broker.queues import DEAD, declare
from broker.storing import store
from durable.database import connect
from durable.figures import figures
from durable.inbox import Body
from sqlalchemy import Engine

from bandwidth_events import encode_callback
from bandwidth_events.testing import inbound_message

from .brokers import RabbitMQ, beside_sqlite
from .bugs import replace
from .processes import Service, running

_NEIGHBOURS: Final = 500
_DEATHS: Final = 21  # of the first delivery, and of as many others as `x-delivery-limit` allows
_POISON: Final = encode_callback([inbound_message(id="poison")])
_PATIENCE: Final = 120  # seconds


def poison() -> str | None:
    """Publish bodies around one that kills; return a difference."""
    with beside_sqlite() as (rabbitmq, settings, folder):
        engine = connect(settings["BANDWIDTH_EVENTS_DATABASE_URL"])
        asyncio.run(_publish(rabbitmq.url))
        words = ["scale.poison", "work"]
        consumers = [Service(f"{each}", words, settings, folder / "log") for each in range(2)]
        starts = len(consumers)
        deadline = time.monotonic() + _PATIENCE
        with running(consumers):
            while not rabbitmq.waiting(DEAD) and time.monotonic() < deadline:
                for consumer in consumers:
                    if not consumer.processes:
                        consumer.start()
                        starts += 1
                time.sleep(0.1)
            deaths = starts - sum(bool(consumer.processes) for consumer in consumers)
            while figures(engine).events < _NEIGHBOURS and time.monotonic() < deadline:
                time.sleep(0.1)
        found = (figures(engine).events, rabbitmq.waiting(DEAD), deaths)
        engine.dispose()
    print(f"A body that kills its consumer: {deaths} consumers died ({RabbitMQ.version()}).")
    wanted = (_NEIGHBOURS, 1, _DEATHS)
    return None if found == wanted else f"{found} in effect, buried and died, {wanted} expected"


async def _publish(url: str) -> None:
    await declare(url)
    publisher = Publisher(url)
    for number in range(_NEIGHBOURS):
        if number == _NEIGHBOURS // 2:
            await publisher.put(_POISON)
        await publisher.put(encode_callback([inbound_message(id=f"{number}")]))
    await publisher.close()


def _drink(engine: Engine, bodies: Sequence[Body]) -> None:
    if any(body.body == _POISON for body in bodies):
        os._exit(1)
    store(engine, bodies)


if __name__ == "__main__":
    replace(broker.consumer, store=_drink)
    sys.exit(main())
