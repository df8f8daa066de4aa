"""Crash enumeration for the recipe `broker`: at every statement, publication and acknowledgement.

``python -m scale.broker_crashes`` needs nothing but SQLite: a file stands for the queue, and
delivers again what was published and not acknowledged. With ``--broker``, it is a RabbitMQ.
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Final

import broker.dead_letters
import broker.web
import durable.web
from aio_pika.exchange import Exchange
from aio_pika.message import IncomingMessage
from broker.consumer import Arrived, Consumer
from broker.queues import BROKER_ERRORS, QUEUE, declare, open_connection
from broker.settings import BrokerSettings, BrokerWebSettings
from durable.database import connect
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from .broker_bugs import BROKER_BUGS, plant_in_broker
from .brokers import RabbitMQ
from .crashes import BATCH, Steps, arguments_of, receive_all, report, run, store
from .file_queue import FileQueue

_PAUSE: Final = 0.01  # seconds
_PATIENCE: Final = 3.0  # seconds for RabbitMQ to notice that a consumer died
_ERRORS: Final = (OperationalError, *BROKER_ERRORS)


def live_with_file(
    path: Path,
    url: str,
    bodies: Mapping[int, bytes],
    steps: Steps,
    arrived: Callable[[int], object],
) -> None:
    """Receive bodies, consume until there is none, replay the dead letters, and consume again."""
    queue = FileQueue(path, steps.step)
    settings = BrokerWebSettings.load()
    engine = connect(url)

    async def close() -> None: ...

    async def consume() -> None:
        while deliveries := queue.deliver():
            coming: Arrived = asyncio.Queue()
            for each in [*deliveries, None]:
                coming.put_nowait(each)
            with suppress(*_ERRORS):
                await Consumer(settings, engine).handle_all(coming)

    async def everything() -> None:
        app = durable.web.application(settings, queue.put, close)
        await receive_all(app, bodies, steps, arrived)
        await consume()
        with suppress(*_ERRORS):
            await broker.dead_letters.replay_letters(engine, queue.put_again)
        await consume()

    asyncio.run(everything())


def live_with_broker(
    broker_url: str,
    url: str,
    bodies: Mapping[int, bytes],
    steps: Steps,
    arrived: Callable[[int], object],
) -> None:
    """Do the same with RabbitMQ."""
    _count(steps, Exchange, "publish")
    _count(steps, IncomingMessage, "ack")
    settings = BrokerSettings.load()
    engine = connect(url)

    async def everything() -> None:
        await receive_all(broker.web.create_app(), bodies, steps, arrived)
        await _consume(settings, engine)
        with suppress(*_ERRORS):
            await broker.dead_letters.replay(engine, broker_url)
        await _consume(settings, engine)

    asyncio.run(everything())


def _count(steps: Steps, owner: Any, name: str) -> None:  # noqa: ANN401  # a class
    """Count a step before and after each call of a method."""
    method: Callable[..., Awaitable[object]] = getattr(owner, name)

    async def counted(*arguments: object, **options: object) -> object:
        steps.step()
        result = await method(*arguments, **options)
        steps.step()
        return result

    setattr(owner, name, counted)


async def _consume(settings: BrokerSettings, engine: Engine) -> None:
    """Run the recipe's consumer until the queue is empty."""
    async with await open_connection(settings.broker_url) as observer:
        channel = await observer.channel()
        while True:
            consumer = Consumer(settings, engine)
            async with await open_connection(settings.broker_url) as connection:
                working = asyncio.ensure_future(consumer._consume(connection))
                while await _waiting(channel) and not working.done():  # noqa: ASYNC110  # its word
                    await asyncio.sleep(_PAUSE)
                consumer.end()  # which finishes the batch at hand, and gives the rest back
                with suppress(*_ERRORS):
                    await working
            if not await _waiting(channel):
                return


async def _waiting(channel: Any) -> int:  # noqa: ANN401
    declared = await channel.declare_queue(QUEUE, passive=True)
    number: int = declared.declaration_result.message_count
    return number


def main() -> int:
    """Enumerate on SQLite, with a file or with RabbitMQ."""
    parser = arguments_of("broker_crashes", BROKER_BUGS)
    parser.add_argument("--broker", action="store_true")
    arguments = parser.parse_args()
    os.environ |= {
        "BANDWIDTH_EVENTS_BATCH": f"{BATCH}",
        "BANDWIDTH_EVENTS_PAUSE": f"{_PAUSE}",
    }
    with ExitStack() as stack:
        url = stack.enter_context(store())
        folder = Path(stack.enter_context(TemporaryDirectory()))
        lives = partial(live_with_file, folder / "queue")
        if arguments.broker:
            rabbitmq = RabbitMQ(folder, Random())
            stack.callback(rabbitmq.stop)
            rabbitmq.start()
            os.environ["BANDWIDTH_EVENTS_BROKER_URL"] = rabbitmq.url
            asyncio.run(declare(rabbitmq.url))
            lives = partial(live_with_broker, rabbitmq.url)
        if arguments.bug:
            plant_in_broker(arguments.bug)
        patience = _PATIENCE if arguments.broker else 0
        return report(run(url, arguments.way, lives, every=arguments.every, patience=patience))


if __name__ == "__main__":
    sys.exit(main())
