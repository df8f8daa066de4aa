"""A recipe under test: its database, its broker, its processes, and a sender of callbacks."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from random import Random
from typing import Final

import psutil
from durable.database import connect, reading

from bandwidth_events.endpoint import Simulation, simulate

from .applications import APPLICATIONS
from .brokers import RabbitMQ
from .cluster import Cluster
from .databases import Database
from .kinds import Kind
from .outcome import Outcome, actual
from .processes import Service, Web, free_port, left
from .store import CREDENTIALS, environment, prepare, waiting

_WORKERS: Final = 2
_BATCH: Final = 10  # small, so that a backlog takes several transactions
_CONCURRENCY: Final = 16
_RETRY_WINDOW: Final = 240.0  # seconds for a day: waits of 0.2, 0.3, 0.7 … seconds
_PATIENCE: Final = 60  # seconds until no body may wait


def send(url: str, bodies: Sequence[bytes]) -> Simulation:
    """Deliver bodies as Bandwidth does."""
    return simulate(
        url,
        bodies,
        credentials=CREDENTIALS,
        concurrency=_CONCURRENCY,
        retry_window=_RETRY_WINDOW,
        random=Random(0),
    )


class Trial:
    """Everything that runs for one soak."""

    def __init__(
        self, kind: Kind, database: Database, folder: Path, random: Random, bug: str | None
    ) -> None:
        application = APPLICATIONS[kind]
        self.database = database
        self.random = random
        self._folder = folder
        self._bug = bug
        self._log = folder / "log"
        self.queue = application.queue
        self.broker: RabbitMQ | Cluster | None = None
        if kind == "cluster":
            self.broker = Cluster(folder, random)
        elif application.queue:
            self.broker = RabbitMQ(folder, random)
        self._settings = {
            **environment(database.url),
            "BANDWIDTH_EVENTS_BATCH": f"{_BATCH}",
            "SCALE_BUG": bug or "",
            "SCALE_WEB": application.web,
            "SCALE_WORKER": application.worker[0],
        }
        if self.broker:
            self._settings["BANDWIDTH_EVENTS_BROKER_URL"] = self.broker.url
        app = "scale.planted:create_app" if bug else application.web
        words = [*application.worker]
        if bug:
            words[0] = "scale.planted"
        self.web = Web(app, free_port(random), self._settings, self._log)
        self.workers = [
            Service(f"worker-{number}", words, self._settings, self._log)
            for number in range(_WORKERS)
        ]
        self.gone: list[str] = []
        """The names of what has ended without being told to."""
        self.unhandled = 0
        """How many bodies still waited for a worker at the end."""

    def start(self) -> None:
        self.database.start()
        prepare(self.database.url, bug=self._bug)
        self._engine = reading(connect(self.database.url))
        if self.broker:
            self.broker.start()
            command = [sys.executable, "-m", "broker", "declare"]
            subprocess.run(command, env={**os.environ, **self._settings}, check=True)
        self.web.start()
        for worker in self.workers:
            worker.start()
        self.wait_for_workers()

    def wait_for_workers(self) -> None:
        """Wait until all workers are connected; after a fault, they pause for a few seconds."""
        if self.broker and self.queue:
            self.broker.wait_for_consumers(self.queue, len(self.workers))
        else:
            self.database.wait_for(self.workers)

    def backlog(self) -> int:
        """Return how many bodies wait for a worker."""
        if self.broker and self.queue:
            return self.broker.waiting(self.queue)
        return waiting(self._engine)

    def settle(self) -> Outcome:
        """Wait until no body waits, or for a minute; return what is in the database then."""
        deadline = time.monotonic() + _PATIENCE
        while self._has_work() and time.monotonic() < deadline:
            time.sleep(0.1)
        self.unhandled = self.backlog()
        outcome = actual(self._engine)
        self._engine.dispose()
        return outcome

    def _has_work(self) -> bool:
        self.gone = [each.name for each in (self.web, *self.workers) if not each.processes]
        if self.backlog():
            return True
        if not self.broker:
            return False
        # Nobody can count what consumers have at hand; they finish it, or give it back.
        for worker in self.workers:
            worker.end(signal.SIGTERM)
        if not self.backlog():
            return False
        for worker in self.workers:
            worker.start()
        return True

    def buried(self) -> int:
        """Return how many bodies came back from consumers too often."""
        return self.broker.waiting("callbacks.dead") if self.broker else 0

    def thaw(self) -> None:
        for service in (self.web, *self.workers):
            service.thaw()

    def stop(self) -> int:
        """End everything, and return how many processes there are still."""
        with ExitStack() as stack:  # whatever one of them does, the others end
            stack.callback(self.database.stop)
            if self.broker:
                stack.callback(self.broker.stop)
            for service in (self.web, *self.workers):
                stack.callback(service.end, signal.SIGTERM)
            self.thaw()
        alive = left(self._folder)
        for process in alive:
            with suppress(psutil.NoSuchProcess):  # it may end with its parent
                process.kill()
        return len(alive)

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")
