"""How fast workers work: by number, and by the size of their batches."""

import signal
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final

from durable.database import connect, reading
from durable.tables import Inbox
from sqlalchemy import func, insert, select

from .databases import Database, PostgreSQL, SQLite
from .history import bodies
from .processes import Service
from .store import clear, environment, prepare

_NUMBER: Final = 2_000
_PATIENCE: Final = 120  # seconds


def growth(kind: str) -> Iterator[str]:
    """Yield the rows of a table: bodies a second, from a full inbox to an empty one."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        database: Database = SQLite(folder) if kind == "sqlite" else PostgreSQL(folder, Random(0))
        database.start()
        try:
            prepare(database.url)
            for batch in (1, 50):
                rates = [_rate(database.url, workers, batch, folder) for workers in (1, 2)]
                yield f"| {kind} | {batch} | {rates[0]:,.0f} | {rates[1]:,.0f} |"
        finally:
            database.stop()


def _rate(url: str, workers: int, batch: int, folder: Path) -> float:
    engine = connect(url)
    clear(engine)
    settings = {**environment(url), "BANDWIDTH_EVENTS_BATCH": f"{batch}"}
    services = [
        Service(f"worker-{number}", ["durable", "work"], settings, folder / "log")
        for number in range(workers)
    ]
    for service in services:
        service.start()
    time.sleep(3)  # they have started, and found nothing
    now = datetime.now(timezone.utc)
    rows = [{"received": now, "body": body, "is_replayed": False} for body in bodies(_NUMBER, 1)]
    with engine.begin() as connection:
        connection.execute(insert(Inbox), rows)
    began = time.monotonic()
    while _waiting(url) and time.monotonic() - began < _PATIENCE:
        time.sleep(0.02)
    seconds = time.monotonic() - began
    for service in services:
        service.end(signal.SIGTERM)
    engine.dispose()
    return _NUMBER / seconds


def _waiting(url: str) -> int:
    engine = reading(connect(url))
    with engine.connect() as connection:
        waiting = connection.execute(select(func.count()).select_from(Inbox)).scalar_one()
    engine.dispose()
    return waiting
