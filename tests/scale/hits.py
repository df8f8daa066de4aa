"""Find work in progress, and stop it there, so that a fault hits it."""

import time
from collections.abc import Callable
from functools import partial
from typing import Final, TypeAlias

import psutil

from .brokers import RabbitMQ
from .cluster import Cluster
from .databases import PostgreSQL
from .processes import Service, connections_to, requests_at
from .trial import Trial

Send: TypeAlias = Callable[[], object]
"""Starts the sender."""

_PATIENCE: Final = 10.0  # seconds to find work in progress
_BACKLOG: Final = 40
_LOOKS: Final = 40


class MissedError(Exception):
    """There was no work in progress for so long that the fault proves nothing."""


def freeze_the_web_server(trial: Trial) -> int:
    """Stop the web server in the middle of requests, and return how many."""
    found: list[int] = []

    def try_once() -> bool:
        trial.web.freeze()
        found[:] = [sum(requests_at(each, trial.web.port) for each in trial.web.serving)]
        if not found[0]:
            trial.web.thaw()
        return found[0] > 0

    until(trial, try_once)
    return found[0]


def pile_up(trial: Trial, send: Send) -> int:
    """Stop the workers between two transactions, and let bodies pile up; return how many."""
    trial.wait_for_workers()
    for worker in trial.workers:
        _freeze(trial, worker, is_wanted=partial(_is_idle, trial, worker))
    send()
    until(trial, lambda: trial.backlog() >= _BACKLOG)
    return trial.backlog()


def freeze_a_worker(trial: Trial) -> Service:
    """Let one worker begin with the pile, and stop it in the middle of a transaction."""
    chosen = trial.random.choice(trial.workers)
    chosen.thaw()
    _freeze(trial, chosen, is_wanted=partial(_is_writing, trial, chosen))
    for worker in trial.workers:
        if worker is not chosen:
            worker.thaw()
    return chosen


def _is_idle(trial: Trial, worker: Service) -> bool:
    return not trial.database.is_working_for(worker.name, worker.pid)


def _is_writing(trial: Trial, worker: Service) -> bool:
    return trial.database.is_written_by(worker.name, worker.pid)


def _freeze(trial: Trial, worker: Service, *, is_wanted: Callable[[], bool]) -> None:
    """Stop a worker at a moment that is wanted."""

    def try_once() -> bool:
        worker.freeze()
        if is_wanted():
            return True
        worker.thaw()
        return False

    until(trial, try_once)


def wait_for_writes(trial: Trial) -> int:
    """Wait until callbacks are being stored in the database, and return in how many sessions.

    The route stores them, or behind a broker the workers.
    """
    database = the_database(trial)
    names = [each.name for each in (trial.workers if trial.broker else [trial.web])]
    found: list[int] = []

    def try_once() -> bool:
        found[:] = [database.sessions_that_write(names)]
        return found[0] > 0

    until(trial, try_once)
    return found[0]


def finds_idle_work(trial: Trial) -> bool:
    """Return whether processes that have nothing to do look as if a fault could hit them."""
    if not isinstance(trial.database, PostgreSQL):
        return False
    names = [each.name for each in (trial.web, *trial.workers)]
    for _ in range(_LOOKS):
        if trial.database.sessions_that_write(names):
            return True
        time.sleep(trial.random.uniform(0, 0.02))
    return False


def stop_the_broker(trial: Trial) -> int:
    """Stop the broker in the middle of requests, and return how many."""
    return _stop(trial, the_broker(trial), lambda: trial.web.serving)


def _stop(
    trial: Trial, broker: RabbitMQ | Cluster, serving: Callable[[], list[psutil.Process]]
) -> int:
    """Stop a broker in the middle of requests to some processes, and return how many."""
    found: list[int] = []

    def try_once() -> bool:
        broker.freeze()
        time.sleep(0.1)  # what is answered without it is answered now
        found[:] = [sum(requests_at(each, trial.web.port) for each in serving())]
        if not found[0]:
            broker.thaw()
        return found[0] > 0

    until(trial, try_once)
    return found[0]


def stop_the_leader(trial: Trial, send: Send) -> tuple[RabbitMQ, str]:
    """Stop the node that leads the queue, without which nothing is confirmed until another does."""
    leader = the_leader(trial)
    send()
    requests = _stop(trial, leader, lambda: trial.web.serving)
    return leader, f"it led the queue, {requests} requests waited for it"


def stop_a_connected_node(trial: Trial, send: Send) -> tuple[RabbitMQ, str]:
    """Stop a node to which a process of the web server is connected."""
    send()
    node, process = a_connected_node(trial)
    requests = _stop(trial, node, lambda: [process])
    return node, f"a web process was connected to it, whose {requests} requests waited for it"


def a_connected_node(trial: Trial) -> tuple[RabbitMQ, psutil.Process]:
    """Find a node, and a process of the web server that is connected to it."""
    found: list[tuple[RabbitMQ, psutil.Process]] = []

    def try_once() -> bool:
        found[:] = [
            (node, process)
            for node in the_cluster(trial).nodes
            for process in trial.web.serving
            if connections_to(node.port, process)
        ]
        return bool(found)

    until(trial, try_once)
    return trial.random.choice(found)


def freeze_a_worker_of_the_leader(trial: Trial, send: Send) -> tuple[RabbitMQ, Service, int]:
    """Stop a worker in a transaction, and return the leader, the worker, and the backlog."""
    leader = the_leader(trial)
    backlog = pile_up(trial, send)
    return leader, freeze_a_worker(trial), backlog


def the_leader(trial: Trial) -> RabbitMQ:
    """Return the node that leads the queue."""
    assert trial.queue
    return the_cluster(trial).leader(trial.queue)


def the_broker(trial: Trial) -> RabbitMQ | Cluster:
    assert trial.broker
    return trial.broker


def the_cluster(trial: Trial) -> Cluster:
    assert isinstance(trial.broker, Cluster)
    return trial.broker


def the_database(trial: Trial) -> PostgreSQL:
    assert isinstance(trial.database, PostgreSQL)
    return trial.database


def until(trial: Trial, try_once: Callable[[], bool]) -> None:
    """Try at random moments."""
    deadline = time.monotonic() + _PATIENCE
    while not try_once():
        if time.monotonic() > deadline:
            raise MissedError
        time.sleep(trial.random.uniform(0, 0.005))
