"""What RabbitMQ refuses, what Celery cannot do, and what a publisher has abandoned."""

import asyncio
import json
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Final
from urllib.parse import urlsplit

import psutil
from broker.publisher import Publisher
from broker.queues import CELERY, DEAD, QUEUE
from celery import Celery
from durable.database import connect
from durable.tables import DeadLetter, Text
from kombu import Queue
from sqlalchemy import func, select

from bandwidth_events import encode_callback
from bandwidth_events.endpoint import simulate
from bandwidth_events.testing import inbound_message

from .applications import APPLICATIONS
from .brokers import RabbitMQ, beside_sqlite
from .kinds import BROKER
from .page import PAGE
from .processes import Service, Web, free_port, running
from .store import CREDENTIALS

_LONG: Final = 1_100_000  # characters, which are too many for `parse_callback`
_TEXT: Final = encode_callback([inbound_message(id="text")])
_TOO_LONG: Final = encode_callback([inbound_message(id="long", text="x" * _LONG)])
_MOMENT: Final = 0.3  # seconds
_PATIENCE: Final = 30  # seconds


def refusals() -> str | None:
    """Let RabbitMQ and Celery refuse; return a difference."""
    with beside_sqlite() as (rabbitmq, settings, folder):
        # Everything happens with the permissions that the page gives.
        shown = re.findall(r"set_permissions (\w+) \\\n(.+)", PAGE.read_text(encoding="utf-8"))
        [(name, permissions)] = shown
        settings["BANDWIDTH_EVENTS_BROKER_URL"] = rabbitmq.add_user(name, shlex.split(permissions))
        return next(_differences(rabbitmq, settings, folder / "log"), None)


def _differences(rabbitmq: RabbitMQ, settings: Mapping[str, str], log: Path) -> Iterator[str]:
    statuses = _post_to_each(_TEXT, settings, log)
    if statuses != [503, 503]:
        yield f"without a queue, the answers are {statuses}"
    print("A queue that does not exist: 503.", flush=True)
    _broker("declare", settings)
    left = asyncio.run(_abandon(rabbitmq))
    if left:
        yield f"a publisher left {left} connections"
    print("An attempt to connect that was abandoned: closed.", flush=True)
    statuses = _post_to_each(_TOO_LONG, settings, log)
    if statuses != [204, 204]:
        yield f"with a queue, the answers are {statuses}"
    worker = Service("celery", [*APPLICATIONS["celery"].worker], settings, log)
    with running([worker]):
        yield from _with_celery(rabbitmq, settings)


def _post_to_each(body: bytes, settings: Mapping[str, str], log: Path) -> list[int | None]:
    """Send a body to each application; return the answers."""
    statuses: list[int | None] = []
    for kind in BROKER:
        web = Web(APPLICATIONS[kind].web, free_port(Random()), settings, log, processes=1)
        with running([web]):
            done = simulate(web.url, [body], credentials=CREDENTIALS, attempts=1)
        statuses.append(done.exchanges[-1].status)
    return statuses


async def _abandon(rabbitmq: RabbitMQ) -> int:
    """Give up a connection that hangs, then use another; return how many stay open at the end."""
    publisher = Publisher(rabbitmq.url)
    rabbitmq.freeze()
    try:
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(publisher.put(_TEXT), _MOMENT)
        publishing = asyncio.create_task(publisher.put(_TEXT))
        await asyncio.sleep(_MOMENT)
    finally:
        rabbitmq.thaw()
    await publishing
    await publisher.close()
    await asyncio.sleep(_MOMENT)
    port = urlsplit(rabbitmq.url).port
    connections = psutil.Process().net_connections("tcp4")
    return sum(
        each.status == psutil.CONN_ESTABLISHED and each.raddr.port == port for each in connections
    )


def _with_celery(rabbitmq: RabbitMQ, settings: Mapping[str, str]) -> Iterator[str]:
    """Replay a body over the limit, and publish a task without an argument."""
    engine = connect(settings["BANDWIDTH_EVENTS_DATABASE_URL"])

    def count(table: type[DeadLetter | Text]) -> int:
        with engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(table)).scalar_one()

    if not _wait(lambda: count(DeadLetter) == 1):
        yield "no dead letter of a body over the limit"
    _broker("replay-to-celery", settings)
    if not _wait(lambda: count(Text) == 1):
        yield "Celery has not handled a replayed body"
    print("A body over the limit: replayed to Celery.", flush=True)
    url = settings["BANDWIDTH_EVENTS_BROKER_URL"]
    app = Celery("scale", broker=url, set_as_current=False)
    queues = [Queue(CELERY, no_declare=True)]
    app.conf.update(task_queues=queues, task_default_queue=CELERY, task_ignore_result=True)
    with app.producer_pool.acquire(block=True) as producer:
        app.send_task("broker.handle", (_TEXT,), producer=producer)
    app.close()

    def is_dead() -> bool:
        return rabbitmq.waiting(DEAD) == 1

    if not _wait(is_dead):
        yield f"a task that cannot be called is not in {DEAD}"
    print(f"A task without an argument: in {DEAD}.", flush=True)
    said = _broker("replay-to-celery", settings)
    if said != "1 dead letters are in the queue again.\n" or not _wait(is_dead):
        yield f"a task that dies again was published more than once: {said}"
    print("A task that dies again: published once.", flush=True)
    engine.dispose()
    nowhere = {"BANDWIDTH_EVENTS_DATABASE_URL": "postgresql://durable@127.0.0.1:1/postgres"}
    status = json.loads(_broker("status", {**settings, **nowhere}))
    waiting = {name: rabbitmq.waiting(name) for name in (QUEUE, CELERY, DEAD)}
    if status != {"queues": waiting, "database": None}:
        yield f"without the database, the status is {status}"
    print("A database that is down: the queues are counted.", flush=True)


def _broker(command: str, settings: Mapping[str, str]) -> str:
    """Run a command, and return what it prints."""
    return subprocess.run(
        [sys.executable, "-m", "broker", command],
        check=True,
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        text=True,
    ).stdout


def _wait(is_there: Callable[[], bool]) -> bool:
    """Return whether something comes soon."""
    deadline = time.monotonic() + _PATIENCE
    while not is_there():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


if __name__ == "__main__":
    sys.exit(refusals())
