"""Faults, each of which has to hit work in progress."""

import signal
import time
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from .databases import PostgreSQL
from .processes import Service, requests_at
from .trial import Trial

Send: TypeAlias = Callable[[], object]
Fault: TypeAlias = Callable[[Trial, Send], str]
"""Starts the sender, does something to a trial, puts it right, and says what it hit."""

_PATIENCE: Final = 10.0  # seconds to find work in progress
_HANG: Final = 6.0  # seconds, longer than an answer may take
_BACKLOG: Final = 40


class MissedError(Exception):
    """There was no work in progress for so long that the fault proves nothing."""


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

    _until(trial, try_once)
    return f"{found[0]} requests in it"


def kill_the_web_server(trial: Trial, send: Send) -> str:
    """Kill every process of the web server."""
    send()
    time.sleep(trial.random.uniform(0, 0.1))
    requests = _freeze_the_web_server(trial)
    trial.web.end(signal.SIGKILL)
    trial.web.start()
    return f"{requests} requests in it"


def kill_a_worker(trial: Trial, send: Send) -> str:
    """Kill a worker in the middle of a transaction."""
    backlog = _pile_up(trial, send)
    worker = _freeze_a_worker(trial)
    worker.end(signal.SIGKILL)
    worker.start()
    return f"its transaction was open, {backlog} bodies in the inbox"


def kill_a_worker_and_the_web_server(trial: Trial, send: Send) -> str:
    """Kill both at once."""
    backlog = _pile_up(trial, send)
    requests = _freeze_the_web_server(trial)
    worker = _freeze_a_worker(trial)
    worker.end(signal.SIGKILL)
    trial.web.end(signal.SIGKILL)
    trial.web.start()
    worker.start()
    return f"its transaction was open, {backlog} bodies in the inbox, {requests} requests"


def hold_the_lock(trial: Trial, send: Send) -> str:
    """Freeze a worker while nobody else can write: SQLite's way to hang."""
    backlog = _pile_up(trial, send)
    worker = _freeze_a_worker(trial)
    time.sleep(_HANG)
    worker.thaw()
    return f"a worker hung in a transaction for {_HANG:g} s, {backlog} bodies in the inbox"


def kill_the_database(trial: Trial, send: Send) -> str:
    """Kill every process of the database, and start it again after a moment."""
    database = _postgresql(trial)
    send()
    sessions = _wait_for_sessions(trial, database)
    database.kill()
    time.sleep(trial.random.uniform(0, 1.5))
    database.start()
    return f"{sessions} sessions were at work"


def freeze_the_database(trial: Trial, send: Send) -> str:
    """Let the database hang, for longer than an answer may take."""
    database = _postgresql(trial)
    send()
    sessions = _wait_for_sessions(trial, database)
    database.freeze()
    time.sleep(_HANG)
    database.thaw()
    return f"for {_HANG:g} s, {sessions} sessions were at work"


def kill_a_worker_while_the_database_is_down(trial: Trial, send: Send) -> str:
    """Kill both, so that an early acknowledgement could not be taken back."""
    database = _postgresql(trial)
    backlog = _pile_up(trial, send)
    worker = _freeze_a_worker(trial)
    database.kill()
    worker.end(signal.SIGKILL)
    worker.start()
    time.sleep(trial.random.uniform(0, 1.5))
    database.start()
    return f"its transaction was open, {backlog} bodies in the inbox"


FAULTS: Final[Mapping[str, tuple[Fault, ...]]] = {
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
}


def _freeze_the_web_server(trial: Trial) -> int:
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

    _until(trial, try_once)
    return found[0]


def _freeze(trial: Trial, worker: Service, *, is_working: bool) -> None:
    def try_once() -> bool:
        worker.freeze()
        if trial.database.is_working_for(worker.name, worker.pid) == is_working:
            return True
        worker.thaw()
        return False

    _until(trial, try_once)


def _pile_up(trial: Trial, send: Send) -> int:
    """Stop the workers between two transactions, and let bodies pile up; return how many."""
    for worker in trial.workers:
        _freeze(trial, worker, is_working=False)
    send()
    _until(trial, lambda: trial.backlog() >= _BACKLOG)
    return trial.backlog()


def _freeze_a_worker(trial: Trial) -> Service:
    """Let one worker begin with the pile, and stop it in the middle of a transaction."""
    chosen = trial.random.choice(trial.workers)
    chosen.thaw()
    _freeze(trial, chosen, is_working=True)
    for worker in trial.workers:
        if worker is not chosen:
            worker.thaw()
    return chosen


def _wait_for_sessions(trial: Trial, database: PostgreSQL) -> int:
    found: list[int] = []

    def try_once() -> bool:
        found[:] = [database.sessions_at_work()]
        return found[0] > 0

    _until(trial, try_once)
    return found[0]


def _postgresql(trial: Trial) -> PostgreSQL:
    assert isinstance(trial.database, PostgreSQL)
    return trial.database


def _until(trial: Trial, try_once: Callable[[], bool]) -> None:
    """Try at random moments."""
    deadline = time.monotonic() + _PATIENCE
    while not try_once():
        if time.monotonic() > deadline:
            raise MissedError
        time.sleep(trial.random.uniform(0, 0.005))
