"""Find work in progress, and stop it there, so that a fault hits it."""

import time
from collections.abc import Callable
from typing import Final, TypeAlias

from .brokers import RabbitMQ
from .cluster import Cluster
from .databases import PostgreSQL
from .processes import Service, requests_at
from .trial import Trial

Send: TypeAlias = Callable[[], object]
"""Starts the sender."""

_PATIENCE: Final = 10.0  # seconds to find work in progress
_BACKLOG: Final = 40


class MissedError(Exception):
    """There was no work in progress for so long that the fault proves nothing."""


def freeze_the_web_server(trial: Trial) -> int:
    """Stop the web server in the middle of requests, and return how many."""
    found: list[int] = []

    def try_once() -> bool:
        trial.web.freeze()
        serving = trial.web.serving
        found[:] = [sum(requests_at(each, trial.web.port) for each in serving)]
        # With SQLite's one lock in its hands, nobody else would get to work.
        if found[0] and not any(trial.database.is_locked_by(each.pid) for each in serving):
            return True
        trial.web.thaw()
        return False

    until(trial, try_once)
    return found[0]


def freeze(trial: Trial, worker: Service, *, is_working: bool) -> None:
    def try_once() -> bool:
        worker.freeze()
        if trial.database.is_working_for(worker.name, worker.pid) == is_working:
            return True
        worker.thaw()
        return False

    until(trial, try_once)


def pile_up(trial: Trial, send: Send) -> int:
    """Stop the workers between two transactions, and let bodies pile up; return how many."""
    for worker in trial.workers:
        freeze(trial, worker, is_working=False)
    send()
    until(trial, lambda: trial.backlog() >= _BACKLOG)
    return trial.backlog()


def freeze_a_worker(trial: Trial) -> Service:
    """Let one worker begin with the pile, and stop it in the middle of a transaction."""
    chosen = trial.random.choice(trial.workers)
    chosen.thaw()
    freeze(trial, chosen, is_working=True)
    for worker in trial.workers:
        if worker is not chosen:
            worker.thaw()
    return chosen


def wait_for_sessions(trial: Trial, database: PostgreSQL) -> int:
    found: list[int] = []

    def try_once() -> bool:
        found[:] = [database.sessions_at_work()]
        return found[0] > 0

    until(trial, try_once)
    return found[0]


def stop_the_broker(trial: Trial) -> int:
    """Stop the broker in the middle of requests, and return how many."""
    found: list[int] = []

    def try_once() -> bool:
        the_broker(trial).freeze()
        time.sleep(0.1)  # what is answered without it is answered now
        found[:] = [sum(requests_at(each, trial.web.port) for each in trial.web.serving)]
        if not found[0]:
            the_broker(trial).thaw()
        return found[0] > 0

    until(trial, try_once)
    return found[0]


def freeze_a_node(trial: Trial, send: Send) -> tuple[RabbitMQ, int]:
    """Stop one node in the middle of requests, and return it and how many."""
    send()
    requests = stop_the_broker(trial)
    chosen = the_cluster(trial).choose()
    for node in the_cluster(trial).nodes:
        if node is not chosen:
            node.thaw()
    return chosen, requests


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
