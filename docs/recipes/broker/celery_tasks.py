"""The same with Celery: ``celery --app broker.celery_tasks worker --concurrency 2``.

Add ``--without-gossip --without-mingle``, of which nothing here makes use.
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
        "confirm_publish": True,  # or a broker that dies loses what it has not written yet
        # A broker that hangs hangs the publisher, unless each of these is limited.
        "confirm_timeout": 3,
        "read_timeout": 5,
        "write_timeout": 3,
        # By default, a publisher tries to connect for ever, in the thread of its request.
        "max_retries": 1,
        "interval_start": 0,
    },
    broker_connection_timeout=3,
    # --- queues ---
    # `python -m broker declare` has declared it. Its type says how to limit what is fetched.
    task_queues=[Queue(CELERY, no_declare=True, queue_arguments={"x-queue-type": "quorum"})],
    task_default_queue=CELERY,
    task_create_missing_queues=False,  # a queue with a wrong name is an error
    # --- consuming ---
    task_acks_late=True,  # after the commit
    # A process that is killed has not handled its task. By default, the task is acknowledged.
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=10,  # by process; what has been fetched comes back if it dies
    broker_heartbeat=5,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,  # by default, it gives up after a hundred
    worker_cancel_long_running_tasks_on_connection_loss=False,  # a task commits or does not
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
    """Connect to the database after the fork: a connection serves one process."""
    _engine.cache_clear()


@app.task(name="broker.handle")
def handle(body: bytes, received: str) -> None:
    """Let the events of a body take effect.

    Whatever a task raises, Celery acknowledges it or drops it, whatever the value of
    `task_acks_on_failure_or_timeout`. Only `Reject` gives it back.
    """
    wait = _SETTINGS.pause
    while True:
        try:
            store(_engine(), [Body(0, datetime.fromisoformat(received), body, False)])  # noqa: FBT003
        except Exception as error:
            if not is_passing(error):
                raise Reject(describe(error), requeue=True) from error  # a bug; up to the limit
            # Not `retry` with a countdown, which publishes a copy, and quorum queues keep no time.
            _LOG.warning("the database does not answer: %s", describe(error))
            time.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)
        else:
            return


def put(body: bytes) -> None:
    """Store a body; when this returns, it is safe to answer 204."""
    received = datetime.now(timezone.utc).isoformat()
    with app.producer_pool.acquire(block=True) as producer:
        try:
            app.send_task(
                "broker.handle",
                (body, received),
                producer=producer,
                mandatory=True,  # or the broker confirms what no queue takes, and drops it
                retry=False,  # the sender retries
                argsrepr="(…)",  # by default, headers and logs quote what somebody wrote
            )
        except Exception:
            # The confirmation may come later, and py-amqp would take it for that of the next body.
            if producer.connection:
                producer.connection.collect()
            raise
