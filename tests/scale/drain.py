"""How fast workers work: by number, and by the size of their batches."""

from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final

from durable.database import connect
from durable.tables import Inbox
from sqlalchemy import insert

from .databases import Database
from .history import bodies
from .kinds import Kind, build
from .meter import Meter
from .processes import Service, running, wait_until
from .store import clear, environment, prepare, waiting

_NUMBER: Final = 2_000
_PATIENCE: Final = 120  # seconds


def drain(kind: Kind) -> Iterator[str]:
    """Yield the rows of a table: bodies a second, from a full inbox to an empty one."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        database = build(kind, folder, Random(0))
        database.start()
        try:
            prepare(database.url)
            for batch in (1, 50):
                rates = [_rate(database, workers, batch, folder) for workers in (1, 2)]
                yield f"| {kind} | {batch} | {rates[0]:,.0f} | {rates[1]:,.0f} |"
        finally:
            database.stop()


def _rate(database: Database, workers: int, batch: int, folder: Path) -> float:
    engine = connect(database.url)
    clear(engine)
    settings = {**environment(database.url), "BANDWIDTH_EVENTS_BATCH": f"{batch}"}
    services = [
        Service(f"worker-{number}", ["durable", "work"], settings, folder / "log")
        for number in range(workers)
    ]
    now = datetime.now(timezone.utc)
    rows = [{"received": now, "body": body, "is_replayed": False} for body in bodies(_NUMBER, 1)]
    with running(services):
        database.wait_for(services)
        with engine.begin() as connection:
            connection.execute(insert(Inbox), rows)
        meter = Meter.of([*services, database])
        wait_until(lambda: not waiting(engine), "the inbox is empty", _PATIENCE)
        seconds = meter.require_calm()
    engine.dispose()
    return _NUMBER / seconds
