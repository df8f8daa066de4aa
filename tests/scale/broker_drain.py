"""How fast consumers work behind RabbitMQ: by number, and by the size of their batches."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final

from broker.publisher import Publisher
from broker.queues import declare
from durable.database import connect
from durable.figures import figures
from sqlalchemy import Engine

from .applications import APPLICATIONS
from .brokers import RabbitMQ
from .databases import Database
from .history import bodies
from .kinds import Kind, build
from .meter import Meter
from .outcome import expected
from .processes import Service, running, wait_until
from .store import clear, environment, prepare

_NUMBER: Final = 2_000
_PATIENCE: Final = 120  # seconds


def broker_drain(kind: Kind) -> Iterator[str]:
    """Yield the rows of a table: bodies a second, from a full queue to an empty one."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        random = Random(0)
        database, rabbitmq = build(kind, folder, random), RabbitMQ(folder, random)
        for each in (database, rabbitmq):
            stack.callback(each.stop)
            each.start()
        prepare(database.url)
        asyncio.run(declare(rabbitmq.url))
        settings = {**environment(database.url), "BANDWIDTH_EVENTS_BROKER_URL": rabbitmq.url}
        engine = connect(database.url)
        stack.callback(engine.dispose)
        for batch in (1, 50) if kind == "rabbitmq" else (1,):
            settings["BANDWIDTH_EVENTS_BATCH"] = f"{batch}"
            rates = [
                _rate(kind, engine, settings, workers, folder, (database, rabbitmq))
                for workers in (1, 2)
            ]
            yield f"| {kind} | {batch} | {rates[0]:,.0f} | {rates[1]:,.0f} |"


def _rate(  # noqa: PLR0913, PLR0917  # what differs, and what it runs on
    kind: Kind,
    engine: Engine,
    settings: dict[str, str],
    workers: int,
    folder: Path,
    servers: tuple[Database, RabbitMQ],
) -> float:
    clear(engine)
    application = APPLICATIONS[kind]
    words = [*application.worker]
    services = [
        Service(f"worker-{number}", words, settings, folder / "log") for number in range(workers)
    ]
    sent = bodies(_NUMBER, 1)
    number = len(expected(sent).keys)
    assert application.queue
    with running(services):
        servers[1].wait_for_consumers(application.queue, workers)
        for service in services:
            service.freeze()
        _publish(kind, settings, sent)
        for service in services:
            service.thaw()
        meter = Meter.of([*services, *servers])
        wait_until(lambda: figures(engine).events >= number, "all events are in effect", _PATIENCE)
        return _NUMBER / meter.require_calm()


def _publish(kind: Kind, settings: dict[str, str], sent: Sequence[bytes]) -> None:
    if kind == "celery":
        os.environ |= settings
        from broker.celery_tasks import app, put  # noqa: PLC0415  # it reads its settings at once

        app.conf.update(broker_url=settings["BANDWIDTH_EVENTS_BROKER_URL"])
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(put, sent))
        return

    async def publish() -> None:
        publisher = Publisher(settings["BANDWIDTH_EVENTS_BROKER_URL"])
        for start in range(0, len(sent), 100):
            await asyncio.gather(*map(publisher.put, sent[start : start + 100]))
        await publisher.close()

    asyncio.run(publish())
