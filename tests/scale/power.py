"""Cut the power, again and again: ``python -m scale.power --help``. Needs Linux, and root.

To kill a process loses nothing that the system has in memory. This does: see `scale.disk`.
"""

import argparse
import os
import signal
import sys
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.pool import Pool
from pathlib import Path
from random import Random, SystemRandom
from tempfile import TemporaryDirectory
from typing import Final

from durable.database import connect, reading
from durable.tables import Inbox
from sqlalchemy import Engine, select

from .databases import Database, PostgreSQL
from .disk import Disk, prove
from .history import bodies
from .kinds import DURABLE, DurableKind, build
from .load import send
from .outcome import Outcome, actual, expected
from .page import circumstances, write
from .processes import Service, Web, free_port
from .store import environment, prepare, waiting

_BUG: Final = {"sqlite": "synchronous=NORMAL", "postgresql": "synchronous_commit=off"}
_CUTS: Final = 5
_CUTS_FOR_A_BUG: Final = 3  # within which it has to be noticed
_SOONEST: Final = 0.3  # seconds under load until a cut
_LATEST: Final = 2.0
_PART: Final = 8_000  # bodies, more than are sent until then
_WORKERS: Final = 2
_BATCH: Final = 10  # small, so that a cut hits a backlog
_PATIENCE: Final = 60  # seconds
_STORED: Final = 204


class Machine:
    """A database on a disk, web server and workers, which lose their power together."""

    def __init__(self, disk: Disk, database: Database, random: Random, *, has_bug: bool) -> None:
        self._disk = disk
        self.database = database
        settings = {**environment(database.url), "BANDWIDTH_EVENTS_BATCH": f"{_BATCH}"}
        app = "scale.unsynced:create_app" if has_bug else "durable.web:create_app"
        module = "scale.unsynced" if has_bug else "durable"
        log = disk.folder.with_name("log")
        web = Web(app, free_port(random), settings, log)
        workers = [
            Service(f"worker-{number}", [module, "work"], settings, log)
            for number in range(_WORKERS)
        ]
        self._services: list[Service] = [web, *workers]
        self.url = web.url

    def start(self) -> None:
        for service in self._services:
            service.start()

    def cut(self) -> None:
        """Cut the power and bring it back; the database starts, with what reached the disk."""
        self._disk.cut()
        for service in self._services:
            service.end(signal.SIGKILL)
        if isinstance(self.database, PostgreSQL):
            self.database.kill()
        self._disk.restore()
        self.database.start()

    def stop(self) -> None:
        for service in self._services:
            service.end(signal.SIGTERM)


@dataclass
class Count:
    """What became of the callbacks that were answered with 2xx before a cut."""

    cuts: int = 0
    answered: int = 0
    waiting: int = 0
    lost: int = 0
    difference: str | None = None
    """The first."""

    def __str__(self) -> str:
        done = self.answered - self.waiting - self.lost
        return (
            f"{self.cuts} cuts, before which {self.answered:,} callbacks were answered with 204."
            f" After a cut, {self.waiting:,} of them were in the inbox, {done:,} had taken effect"
            f" or were dead letters, and {self.lost:,} were lost"
        )

    def add(self, url: str, answered: list[bytes]) -> None:
        """Look for the bodies after a cut."""
        with _database_at(url) as engine:
            now = actual(engine)
            with engine.connect() as connection:
                inbox = set(connection.execute(select(Inbox.body)).scalars())
        waiting = [body for body in answered if body in inbox]
        lost = [body for body in answered if body not in inbox and not _is_handled(body, now)]
        self.cuts += 1
        self.answered += len(answered)
        self.waiting += len(waiting)
        self.lost += len(lost)
        if lost:
            self.note(f"cut {self.cuts} lost {len(lost)} of {len(answered)} callbacks")

    def note(self, difference: str | None) -> None:
        """Keep the first difference."""
        self.difference = self.difference or difference


def _is_handled(body: bytes, now: Outcome) -> bool:
    alone = expected([body])
    return alone.keys.keys() <= now.keys.keys() and alone.dead <= now.dead


def lose_power(kind: DurableKind, seed: int, cuts: int, *, has_bug: bool = False) -> Count:
    """Cut the power at random moments under load; the sender sends again what was not answered."""
    random = Random(seed)
    source = bodies(cuts * _PART, seed)
    count = Count()
    with _disk() as disk, get_context("spawn").Pool(1) as sender, ExitStack() as stack:
        kept = prove(disk)
        if kept is not None:
            return Count(difference=kept)
        database = build(kind, disk.folder, random)
        disk.sync()  # initdb leaves that to us
        stack.callback(database.stop)
        database.start()
        prepare(database.url)
        machine = Machine(disk, database, random, has_bug=has_bug)
        stack.callback(machine.stop)
        begun = 0
        unanswered: list[bytes] = []
        for _ in range(cuts):
            part = [*unanswered, *source[begun : begun + _PART]]
            answered, unanswered, new = _interrupt(machine, sender, part, len(unanswered), random)
            begun += new
            count.add(database.url, answered)
        machine.start()
        answers = sender.apply(send, (machine.url, unanswered))
        is_lost = any(answer.status != _STORED for answer in answers)
        rest = "an answer at the end is not 204" if is_lost else _settle(database.url)
        with _database_at(database.url) as engine:
            difference = actual(engine).difference(expected(source[:begun]))
        count.note(rest or difference)
    return count


def _interrupt(
    machine: Machine, sender: Pool, part: list[bytes], old: int, random: Random
) -> tuple[list[bytes], list[bytes], int]:
    """Cut the power while bodies are sent.

    Returns:
        The bodies that were answered, those that were begun without success, and how many were
        begun that are not among the old ones, which come first.
    """
    machine.start()
    first = sender.apply(send, (machine.url, part[:1]))
    _settle(machine.database.url)  # when this returns, the server serves, and the workers work
    sending = sender.apply_async(send, (machine.url, part[1:]))
    time.sleep(random.uniform(_SOONEST, _LATEST))
    machine.cut()
    answers = first + sending.get(_PATIENCE)
    if len(answers) == len(part):
        raise RuntimeError(f"all {len(part)} bodies were sent before the cut")
    done = [answer.status == _STORED for answer in answers]
    answered = [body for body, is_done in zip(part, done, strict=False) if is_done]
    failed = [body for body, is_done in zip(part, done, strict=False) if not is_done]
    return answered, [*failed, *part[len(answers) : old]], max(0, len(answers) - old)


def _settle(url: str) -> str | None:
    """Wait until the workers have done everything."""
    deadline = time.monotonic() + _PATIENCE
    with _database_at(url) as engine:
        while time.monotonic() < deadline:
            if not waiting(engine):
                return None
            time.sleep(0.1)
    return f"the inbox is not empty after {_PATIENCE} s"


@contextmanager
def _disk() -> Generator[Disk]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as another user
        disk = Disk(folder)
        try:
            yield disk
        finally:
            disk.remove()


@contextmanager
def _database_at(url: str) -> Generator[Engine]:
    """Connect for a moment: a connection that stays would keep the disk from being unmounted."""
    engine = reading(connect(url))
    try:
        yield engine
    finally:
        engine.dispose()


def main() -> int:
    """Cut the power without a bug, and then with one, which has to be noticed."""
    parser = argparse.ArgumentParser(prog="python -m scale.power")
    parser.add_argument("--database", choices=DURABLE, action="append")
    parser.add_argument("--cuts", type=int, default=_CUTS)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(10**6))
    parser.add_argument("--bug", action="store_true", help="let commits be answered unsynced")
    parser.add_argument("--record", action="store_true", help="write figures to docs/scaling.md")
    arguments = parser.parse_args()
    if os.geteuid() != 0:
        parser.error("this mounts file systems, so it needs root")
    began = time.monotonic()
    lines: list[str] = []
    is_well = True
    for kind in arguments.database or DURABLE:
        if arguments.bug:
            count = _run(kind, arguments.seed, arguments.cuts, lines, has_bug=True)
            is_well &= count.difference is None
        else:
            is_well &= _run(kind, arguments.seed, arguments.cuts, lines).difference is None
            lost = _run(kind, arguments.seed, _CUTS_FOR_A_BUG, lines, has_bug=True).lost
            is_well &= lost > 0
            print(f"  {'noticed' if lost else 'NOT NOTICED'}", flush=True)
    if arguments.record and is_well:
        write("make scale-power POWER=--record", [circumstances(), "", *lines])
    print(
        f"{'All is well' if is_well else 'Something is wrong'}, {time.monotonic() - began:.0f} s."
    )
    return 0 if is_well else 1


def _run(
    kind: DurableKind, seed: int, cuts: int, lines: list[str], *, has_bug: bool = False
) -> Count:
    """Cut the power; say what differed, with the seed of the bodies and the moments."""
    name = f"{kind} with {_BUG[kind]}" if has_bug else kind
    print(f"The power is cut while callbacks come ({name}, seed {seed}):", flush=True)
    count = lose_power(kind, seed, cuts, has_bug=has_bug)
    lines.append(f"- {name}: {count}.")
    print(f"  {count}")
    if count.difference is not None:
        words = f"--database {kind} --seed {seed}" + (" --bug" if has_bug else "")
        print(f"  DIFFERENCE: {count.difference}")
        print(f"  To repeat it: make scale-power POWER='{words}'", flush=True)
    return count


if __name__ == "__main__":
    sys.exit(main())
