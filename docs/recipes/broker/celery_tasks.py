"""The same with Celery: ``celery --app broker.celery_tasks worker``.

Add ``--without-gossip --without-mingle``: nothing here uses either.
"""

import logging
import time
from datetime import datetime, timezone
from functools import lru_cache

from celery import Celery
from celery.exceptions import Reject
from celery.signals import worker_process_init
from durable.database import connect, describe, is_passing
from durable.inbox import Body
from durable.worker import LONGEST_WAIT
from kombu import Queue
from sqlalchemy import Engine

from .queues import CELERY
from .settings import BrokerSettings
from .storing import store

_LOG = logging.getLogger(__name__)
_SETTINGS = BrokerSettings.load()

app = Celery("broker", broker=_SETTINGS.broker_url)
app.conf.update(
    # --- publishing ---
    broker_transport_options={
        # Without it, a broker that dies loses what it has not written yet.
        "confirm_publish": True,
        # Without these limits, a broker that hangs also hangs the publisher.
        "confirm_timeout": 3,
        "read_timeout": 5,
        "write_timeout": 3,
        # By default, a publisher tries to connect forever.
        "max_retries": 1,
        "interval_start": 0,
    },
    broker_connection_timeout=3,
    # --- queues ---
    # `python -m broker declare` has declared the queue. Celery needs its type
    # to limit what a process fetches.
    task_queues=[
        Queue(
            CELERY,
            no_declare=True,
            queue_arguments={"x-queue-type": "quorum"},
        ),
    ],
    task_default_queue=CELERY,
    task_create_missing_queues=False,  # a queue with a wrong name is an error
    # --- consuming ---
    task_acks_late=True,  # after the commit
    # A task that raises goes to `callbacks.dead`. By default, it is gone.
    task_acks_on_failure_or_timeout=False,
    # By default, Celery acknowledges the task of a process that was killed.
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=10,  # by process
    broker_heartbeat=5,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,  # by default, a hundred
    # A task commits or does not, so there is no reason to cancel it.
    worker_cancel_long_running_tasks_on_connection_loss=False,
    # --- what is not needed, and makes queues of its own ---
    task_ignore_result=True,
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    task_send_sent_event=False,
)


@lru_cache(maxsize=1)
def _engine() -> Engine:
    return connect(_SETTINGS.database_url)


@worker_process_init.connect
def _begin(**_: object) -> None:
    """Connect after the fork, because processes share no connection."""
    _engine.cache_clear()


@app.task(name="broker.handle")
def handle(body: bytes, received: str, *, is_replayed: bool = False) -> None:
    """Let the events of a body take effect.

    `Reject` returns a task to the queue. RabbitMQ moves a task to
    `callbacks.dead` if it raises any other error, or if Celery cannot call it
    with its arguments.
    """
    wait = _SETTINGS.pause
    while True:
        try:
            when = datetime.fromisoformat(received)
            store(_engine(), [Body(0, when, body, is_replayed)])
        except Exception as error:
            if not is_passing(error):
                # A bug. The queue delivers the task again, up to its limit.
                raise Reject(describe(error), requeue=True) from error
            # Not `retry` with a countdown, which quorum queues do not support.
            _LOG.warning("the database does not answer: %s", describe(error))
            time.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)
        else:
            return


def put(body: bytes) -> None:
    """Store a body; when this returns, it is safe to answer 204."""
    send(body, datetime.now(timezone.utc), is_replayed=False)


def send(body: bytes, received: datetime, *, is_replayed: bool) -> None:
    """Publish the task of a body, and wait for the confirmation."""
    with app.producer_pool.acquire(block=True) as producer:
        try:
            app.send_task(
                "broker.handle",
                (body, received.isoformat()),
                {"is_replayed": is_replayed},
                producer=producer,
                # Without it, the broker confirms a body without a queue.
                mandatory=True,
                retry=False,  # the sender retries
                argsrepr="(…)",  # by default, headers and logs quote the body
            )
        except Exception:
            # py-amqp would take a late confirmation for that of the next body.
            if producer.connection:
                producer.connection.collect()
            raise
