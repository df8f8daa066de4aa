"""The recipe under test: its database, its web server, its workers, and a sender of callbacks."""

import signal
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Final
from uuid import uuid4

import psutil
from durable.database import connect, reading
from durable.tables import Inbox
from sqlalchemy import func, select

from bandwidth_events.endpoint import Simulation, simulate

from .databases import Database
from .outcome import Outcome, actual
from .processes import Service, Web, free_port
from .store import CREDENTIALS, environment, prepare

_WORKERS: Final = 2
_BATCH: Final = 10  # small, so that a backlog takes several transactions
_CONCURRENCY: Final = 16
_RETRY_WINDOW: Final = 240.0  # seconds for a day: waits of 0.2, 0.3, 0.7 … seconds
_PATIENCE: Final = 60  # seconds until the inbox has to be empty


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

    def __init__(self, database: Database, folder: Path, random: Random, bug: str | None) -> None:
        self.database = database
        self.random = random
        self._token = uuid4().hex
        self._bug = bug
        settings = {**environment(database.url), "SCALE_TOKEN": self._token, "SCALE_BUG": bug or ""}
        settings["BANDWIDTH_EVENTS_BATCH"] = f"{_BATCH}"
        app = "scale.planted:create_app" if bug else "durable.web:create_app"
        module = "scale.planted" if bug else "durable"
        self._log = folder / "log"
        self.web = Web(app, free_port(random), settings, self._log)
        self.workers = [
            Service(f"worker-{number}", [module, "work"], settings, self._log)
            for number in range(_WORKERS)
        ]

    def start(self) -> None:
        self.database.start()
        prepare(self.database.url, bug=self._bug)
        self._engine = reading(connect(self.database.url))
        self.web.start()
        for worker in self.workers:
            worker.start()

    def backlog(self) -> int:
        """Return how many bodies are in the inbox."""
        with self._engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(Inbox)).scalar_one()

    def settle(self) -> Outcome:
        """Wait until the inbox is empty, and return what is in the database then."""
        deadline = time.monotonic() + _PATIENCE
        while self.backlog() and time.monotonic() < deadline:
            time.sleep(0.1)
        outcome = actual(self._engine)
        self._engine.dispose()
        return outcome

    def gone(self) -> list[str]:
        """Return the names of what has ended without being told to."""
        return [each.name for each in (self.web, *self.workers) if not each.processes]

    def thaw(self) -> None:
        for service in (self.web, *self.workers):
            service.thaw()

    def stop(self) -> int:
        """End everything, and return how many processes there are still."""
        self.thaw()
        for service in (self.web, *self.workers):
            service.end(signal.SIGTERM)
        self.database.stop()
        left = [each for each in psutil.process_iter() if self._is_ours(each)]
        for process in left:
            process.kill()
        return len(left)

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return process.environ().get("SCALE_TOKEN") == self._token
        except psutil.Error:
            return False

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")
