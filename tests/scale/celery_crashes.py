"""Crash enumeration for the tasks of Celery, at every statement, publication and acknowledgement.

``python -m scale.celery_crashes`` needs no broker: a transport of kombu keeps in a file what is
published. Celery's own request and pool decide what becomes of a task, as they do with RabbitMQ:
it is acknowledged, comes again, or goes to the queue of the dead.
"""

import asyncio
import os
import pickle
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from aio_pika import Message
from broker import celery_tasks
from broker.celery_web import create_app
from broker.dead_letters import put_task, replay_letters
from broker.settings import BrokerSettings
from broker.storing import store as store_bodies
from celery.concurrency.solo import TaskPool
from celery.worker.request import Request
from durable.database import connect
from durable.inbox import Body
from kombu.transport import TRANSPORT_ALIASES, virtual
from sqlalchemy.exc import OperationalError

from .bugs import replace
from .crashes import Steps, arguments_of, receive_all, report, run, store
from .file_queue import Delivered, FileQueue

_FAULT: Final = OperationalError  # which `Steps` raises


class _Channel(virtual.Channel):
    """Publishes into the file, and acknowledges one delivery."""

    queue: FileQueue
    delivery: Delivered

    def _put(self, queue: str, message: Mapping[str, Any], **_: object) -> None:  # noqa: ARG002  # kombu's
        written = Message(pickle.dumps(message), timestamp=datetime.now(timezone.utc))
        asyncio.run(self.queue.publish(written))

    def basic_ack(self, *_: object, **__: object) -> None:
        asyncio.run(self.delivery.ack())

    def basic_reject(self, delivery_tag: object, requeue: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002  # kombu's
        if not requeue:  # nobody handles the queue of the dead
            asyncio.run(self.delivery.ack())


class FileTransport(virtual.Transport):
    """Makes such channels."""

    Channel = _Channel


def use(queue: FileQueue) -> None:
    """Let Celery publish into a file."""
    _Channel.queue = queue
    TRANSPORT_ALIASES["file"] = f"{__name__}:FileTransport"
    celery_tasks.app.conf.update(broker_url="file://")


def work(queue: FileQueue) -> None:
    """Handle tasks as a worker with one process does, until there is none."""
    app = celery_tasks.app
    pool = TaskPool(app=app)
    with app.connection_for_read() as connection:
        channel: Any = connection.channel()
        while deliveries := queue.deliver():
            for channel.delivery in deliveries:
                message = channel.message_to_python(pickle.loads(channel.delivery.body))  # noqa: S301  # our own
                request = Request(
                    message,
                    app=app,
                    task=celery_tasks.handle,
                    on_ack=message.ack_log_error,
                    on_reject=message.reject_log_error,
                )
                with suppress(_FAULT):
                    request.execute_using_pool(pool)


def live(
    path: Path,
    url: str,
    bodies: Mapping[int, bytes],
    steps: Steps,
    arrived: Callable[[int], object],
) -> None:
    """Receive bodies, work until there is none, replay the dead letters, and work again."""
    queue = FileQueue(path, steps.step)
    use(queue)
    engine = connect(url)
    asyncio.run(receive_all(create_app(), bodies, steps, arrived))
    work(queue)
    with suppress(_FAULT):
        asyncio.run(replay_letters(engine, put_task))
    work(queue)


def _early_acknowledgement() -> None:
    replace(celery_tasks.handle, acks_late=False)


def _escaping_exception() -> None:
    def handle(body: bytes, received: str, *, is_replayed: bool) -> None:
        arrived = datetime.fromisoformat(received)
        store_bodies(celery_tasks._engine(), [Body(0, arrived, body, is_replayed)])

    replace(celery_tasks.handle, run=handle)


CELERY_BUGS: Final[Mapping[str, Callable[[], None]]] = {
    "early acknowledgement": _early_acknowledgement,
    "escaping exception": _escaping_exception,
}


def main() -> int:
    """Enumerate on SQLite."""
    arguments = arguments_of("celery_crashes", CELERY_BUGS).parse_args()
    os.environ["BANDWIDTH_EVENTS_PAUSE"] = "0.01"
    with store() as url, TemporaryDirectory() as folder:
        replace(celery_tasks, _SETTINGS=BrokerSettings.load())  # those of the environment now
        if arguments.bug:
            CELERY_BUGS[arguments.bug]()
        lives = partial(live, Path(folder) / "queue")
        return report(run(url, arguments.way, lives, every=arguments.every))


if __name__ == "__main__":
    sys.exit(main())
