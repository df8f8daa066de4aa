"""Faults, each of which has to hit work in progress."""

import signal
import time
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from .brokers import RabbitMQ
from .hits import (
    Send,
    a_connected_node,
    freeze_a_worker,
    freeze_a_worker_of_the_leader,
    freeze_the_web_server,
    pile_up,
    stop_a_connected_node,
    stop_the_broker,
    stop_the_leader,
    the_broker,
    the_cluster,
    the_database,
    the_leader,
    until,
    wait_for_writes,
)
from .kinds import Kind
from .processes import requests_at
from .trial import Trial

Fault: TypeAlias = Callable[[Trial, Send], str]
"""Starts the sender, does something to a trial, puts it right, and says what it hit."""

_HANG: Final = 6.0  # seconds, longer than an answer may take
_GIVEN_UP: Final = 20.0  # seconds, longer than a node waits for another


def kill_a_web_worker(trial: Trial, send: Send) -> str:
    """Kill one of the processes that answer; the server starts another."""
    send()
    time.sleep(trial.random.uniform(0, 0.1))
    found: list[int] = []

    def try_once() -> bool:
        process = trial.random.choice(trial.web.serving)
        process.suspend()
        requests = requests_at(process, trial.web.port)
        if requests:
            process.kill()
            found.append(requests)
        else:
            process.resume()
        return bool(requests)

    until(trial, try_once)
    return f"{found[0]} requests in it"


def kill_the_web_server(trial: Trial, send: Send) -> str:
    """Kill every process of the web server."""
    send()
    time.sleep(trial.random.uniform(0, 0.1))
    requests = freeze_the_web_server(trial)
    trial.web.end(signal.SIGKILL)
    trial.web.start()
    return f"{requests} requests in it"


def kill_a_worker(trial: Trial, send: Send) -> str:
    """Kill a worker in the middle of a transaction."""
    backlog = pile_up(trial, send)
    worker = freeze_a_worker(trial)
    worker.end(signal.SIGKILL)
    worker.start()
    return f"its transaction was open, {backlog} bodies waited"


def kill_a_worker_and_the_web_server(trial: Trial, send: Send) -> str:
    """Kill both at once."""
    backlog = pile_up(trial, send)
    # The worker first, because requests would wait while it is found.
    worker = freeze_a_worker(trial)
    requests = freeze_the_web_server(trial)
    worker.end(signal.SIGKILL)
    trial.web.end(signal.SIGKILL)
    trial.web.start()
    worker.start()
    return f"its transaction was open, {backlog} bodies waited, {requests} requests"


def hold_the_lock(trial: Trial, send: Send) -> str:
    """Freeze a worker while nobody else can write: SQLite's way to hang."""
    backlog = pile_up(trial, send)
    worker = freeze_a_worker(trial)
    time.sleep(_HANG)
    worker.thaw()
    return f"a worker hung in a transaction for {_HANG:g} s, {backlog} bodies waited"


def kill_the_database(trial: Trial, send: Send) -> str:
    """Kill every process of the database, and start it again after a moment."""
    database = the_database(trial)
    send()
    sessions = wait_for_writes(trial)
    database.kill()
    time.sleep(trial.random.uniform(0, 1.5))
    database.start()
    return f"sessions that stored callbacks: {sessions}"


def freeze_the_database(trial: Trial, send: Send) -> str:
    """Let the database hang, for longer than an answer may take."""
    database = the_database(trial)
    send()
    sessions = wait_for_writes(trial)
    database.freeze()
    time.sleep(_HANG)
    database.thaw()
    return f"for {_HANG:g} s, sessions that stored callbacks: {sessions}"


def kill_a_worker_while_the_database_is_down(trial: Trial, send: Send) -> str:
    """Kill both, so that an early acknowledgement could not be taken back."""
    database = the_database(trial)
    backlog = pile_up(trial, send)
    worker = freeze_a_worker(trial)
    database.kill()
    worker.end(signal.SIGKILL)
    worker.start()
    time.sleep(trial.random.uniform(0, 1.5))
    database.start()
    return f"its transaction was open, {backlog} bodies waited"


def kill_a_child(trial: Trial, send: Send) -> str:
    """Kill the process that works, and not the one that started it."""
    backlog = pile_up(trial, send)
    worker = freeze_a_worker(trial)
    _, *children = worker.processes
    for child in children:
        child.kill()
    worker.thaw()
    return f"its transaction was open, {backlog} bodies waited"


def kill_the_broker(trial: Trial, send: Send) -> str:
    """Kill every process of the broker, and start it again after a moment."""
    send()
    requests = stop_the_broker(trial)
    the_broker(trial).kill()
    time.sleep(trial.random.uniform(0, 1.5))
    the_broker(trial).start()
    return f"{requests} requests waited for it"


def freeze_the_broker(trial: Trial, send: Send) -> str:
    """Let the broker hang, for longer than an answer may take."""
    send()
    requests = stop_the_broker(trial)
    time.sleep(_HANG)
    the_broker(trial).thaw()
    return f"for {_HANG:g} s, {requests} requests waited for it"


def kill_the_broker_before_an_acknowledgement(trial: Trial, send: Send) -> str:
    """Kill it between a worker's commit and what the worker says about it."""
    backlog = pile_up(trial, send)
    worker = freeze_a_worker(trial)
    the_broker(trial).kill()
    worker.thaw()
    time.sleep(trial.random.uniform(0, 1.5))
    the_broker(trial).start()
    return f"a worker was about to commit, {backlog} bodies waited"


def kill_the_broker_and_a_worker(trial: Trial, send: Send) -> str:
    """Kill both at once."""
    backlog = pile_up(trial, send)
    worker = freeze_a_worker(trial)
    worker.end(signal.SIGKILL)
    the_broker(trial).kill()
    worker.start()
    the_broker(trial).start()
    return f"its transaction was open, {backlog} bodies waited"


def kill_the_broker_and_the_web_server(trial: Trial, send: Send) -> str:
    """Kill both at once."""
    send()
    requests = stop_the_broker(trial)
    the_broker(trial).kill()
    trial.web.end(signal.SIGKILL)
    trial.web.start()
    the_broker(trial).start()
    return f"{requests} requests waited for it"


def kill_the_broker_and_the_database(trial: Trial, send: Send) -> str:
    """Kill both in the middle of a transaction."""
    database = the_database(trial)
    backlog = pile_up(trial, send)
    worker = freeze_a_worker(trial)
    the_broker(trial).kill()
    database.kill()
    worker.thaw()
    time.sleep(trial.random.uniform(0, 1.5))
    the_broker(trial).start()
    database.start()
    return f"a transaction was open, {backlog} bodies waited"


def kill_the_leader(trial: Trial, send: Send) -> str:
    """Kill the node of the cluster that leads the queue, while the others go on."""
    return _kill(*stop_the_leader(trial, send))


def kill_a_connected_node(trial: Trial, send: Send) -> str:
    """Kill a node of the cluster to which requests are published, while the others go on."""
    return _kill(*stop_a_connected_node(trial, send))


def _kill(node: RabbitMQ, hit: str) -> str:
    node.kill()
    time.sleep(_HANG)
    node.start()
    return hit


def freeze_the_leader(trial: Trial, send: Send) -> str:
    """Let the node that leads the queue hang, until the others have given it up."""
    return _hang(*stop_the_leader(trial, send))


def freeze_a_connected_node(trial: Trial, send: Send) -> str:
    """Let a node hang to which requests are published, until the others have given it up."""
    return _hang(*stop_a_connected_node(trial, send))


def _hang(node: RabbitMQ, hit: str) -> str:
    time.sleep(_GIVEN_UP)
    node.thaw()
    node.start()  # it may have to join again
    return f"for {_GIVEN_UP:g} s, {hit}"


def isolate_the_leader(trial: Trial, send: Send) -> str:
    """Cut the leader's connections to the other nodes, which elect another leader."""
    return f"it led the queue, {_isolate(trial, send, the_leader(trial))} requests"


def isolate_a_connected_node(trial: Trial, send: Send) -> str:
    """Cut the connections of a node to which requests are published."""
    node, _ = a_connected_node(trial)
    return f"a web process was connected to it, {_isolate(trial, send, node)} requests"


def _isolate(trial: Trial, send: Send, node: RabbitMQ) -> int:
    with the_cluster(trial).isolation(node) as isolate:
        send()
        requests = freeze_the_web_server(trial)
        isolate()
        trial.web.thaw()
        time.sleep(_HANG)
    return requests


def kill_the_leader_and_a_worker(trial: Trial, send: Send) -> str:
    """Kill both at once."""
    node, worker, backlog = freeze_a_worker_of_the_leader(trial, send)
    node.kill()
    worker.end(signal.SIGKILL)
    worker.start()
    time.sleep(_HANG)
    node.start()
    return f"its transaction was open, {backlog} bodies waited"


_BROKER: Final = (
    kill_a_web_worker,
    kill_the_broker,
    kill_a_worker_while_the_database_is_down,
    kill_the_web_server,
    kill_the_broker_before_an_acknowledgement,
    freeze_the_database,
    freeze_the_broker,
    kill_a_worker,
    kill_the_broker_and_a_worker,
    kill_the_database,
    kill_the_broker_and_the_web_server,
    kill_the_broker_and_the_database,
    kill_a_worker_and_the_web_server,
)
FAULTS: Final[Mapping[Kind, tuple[Fault, ...]]] = {
    "sqlite": (
        kill_a_web_worker,
        kill_the_web_server,
        kill_a_worker,
        hold_the_lock,
        kill_a_worker_and_the_web_server,
        kill_a_worker,
    ),
    "postgresql": (
        kill_a_web_worker,
        kill_the_web_server,
        kill_a_worker,
        kill_the_database,
        freeze_the_database,
        kill_a_worker_while_the_database_is_down,
        kill_a_worker_and_the_web_server,
    ),
    "rabbitmq": _BROKER,
    "celery": (*_BROKER, kill_a_child),
    "cluster": (
        kill_the_leader,
        isolate_a_connected_node,
        freeze_a_connected_node,
        kill_the_leader_and_a_worker,
        kill_a_worker_while_the_database_is_down,
        freeze_the_leader,
        isolate_the_leader,
        kill_the_broker,
        kill_a_connected_node,
        kill_a_worker_and_the_web_server,
    ),
}
