"""How many callbacks go through in a second, and what bounds it: ``python -m scale.capacity``.

Writes the figures to `docs/scaling.md` with ``--record``.
"""

import argparse
import math
import os
import signal
import sys
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import product
from multiprocessing import get_context
from multiprocessing.pool import Pool
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final

import psutil
from durable.database import connect

from .databases import Database
from .history import bodies
from .kinds import DURABLE, DurableKind, build
from .load import Answer, send
from .meter import BusyMachineError, Meter, is_calm, require_calm
from .page import circumstances, write
from .processes import Service, Web, free_port
from .store import clear, environment, prepare, waiting
from .timers import PARTS, load

_NUMBER: Final = 2_000
_NUMBER_PROFILED: Final = 6_000
_CONNECTIONS: Final = 16
_WARM_UP: Final = 100
_PATIENCE: Final = 120  # seconds
_STORED: Final = 204
_PURE: Final = {"UVICORN_HTTP": "h11", "UVICORN_LOOP": "asyncio"}
_COMPILED: Final = {"UVICORN_HTTP": "httptools", "UVICORN_LOOP": "uvloop"}


@dataclass(frozen=True)
class Setup:
    """What runs."""

    web: int = 1
    workers: int = 1
    batch: int = 50
    settings: Mapping[str, str] = field(default_factory=lambda: _PURE)


@dataclass(frozen=True)
class Flow:
    """What went through, and what it cost."""

    answered: float
    """Callbacks a second, from the first request to the last answer."""

    handled: float
    """Callbacks a second, from the first request to an empty inbox."""

    p99: float
    costs: Mapping[str, float]
    """Milliseconds of processor time for each callback, by what used it."""

    foreign: float
    """How many processors others used meanwhile."""

    refused: int
    """How many answers were no 204."""


class Bench:
    """A database, and a sender in a process of its own."""

    def __init__(
        self, database: Database, sender: Pool, folder: Path, *, requires_calm: bool
    ) -> None:
        self._requires_calm = requires_calm
        self._database = database
        self._sender = sender
        self._folder = folder
        self._sending = psutil.Process(sender.apply(os.getpid))
        self._engine = connect(database.url)

    def measure(self, setup: Setup) -> Flow:
        """Send callbacks, and wait until all are handled."""
        sent = bodies(_NUMBER, 1)
        with self._running(setup) as (web, workers):
            meter = Meter(
                {
                    "sender": lambda: [self._sending],
                    "web": lambda: web.processes,
                    "workers": lambda: [each for worker in workers for each in worker.processes],
                    "database": lambda: self._database.processes,
                }
            )
            began = time.monotonic()
            answers = self._send(web.url, sent)
            answered = time.monotonic() - began
            handled = self._drain() - began if setup.workers else math.nan
            used, foreign = meter.read()
        if self._requires_calm and not is_calm(foreign):
            raise BusyMachineError(foreign)
        return Flow(
            _NUMBER / answered,
            _NUMBER / handled,
            sorted(each.seconds for each in answers)[_NUMBER * 99 // 100],
            {name: seconds / _NUMBER * 1000 for name, seconds in used.items()},
            foreign,
            sum(each.status != _STORED for each in answers),
        )

    def profile(self) -> list[Mapping[str, float]]:
        """Return the shares of the parts of a web process and of a worker."""
        with self._running(Setup(), "scale.profiled") as (web, workers):
            self._send(web.url, bodies(_NUMBER_PROFILED, 1))
            self._drain()
        return [load(self._folder / each.name) for each in (web, *workers)]

    def _send(self, url: str, sent: list[bytes]) -> list[Answer]:
        return self._sender.apply(send, (url, sent, _CONNECTIONS))

    def _drain(self) -> float:
        """Wait for an empty inbox, and return the time."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            if not waiting(self._engine):
                return time.monotonic()
            time.sleep(0.05)
        raise RuntimeError(f"the inbox is not empty after {_PATIENCE} s")

    @contextmanager
    def _running(self, setup: Setup, module: str = "") -> Generator[tuple[Web, list[Service]]]:
        settings = {**environment(self._database.url), **setup.settings}
        settings["BANDWIDTH_EVENTS_BATCH"] = f"{setup.batch}"
        log = self._folder / "log"

        def own(name: str) -> dict[str, str]:
            return {**settings, "SCALE_PROFILE": f"{self._folder / name}"}

        app = f"{module or 'durable.web'}:create_app"
        web = Web(app, free_port(Random()), own("web"), log, setup.web)
        workers = [
            Service(name, [module or "durable", "work"], own(name), log)
            for name in (f"worker-{number}" for number in range(setup.workers))
        ]
        with ExitStack() as stack:
            for service in (web, *workers):
                stack.callback(service.end, signal.SIGTERM)
                service.start()
            self._send(web.url, bodies(_WARM_UP, 1))  # all connections are there now
            self._database.wait_for(workers)
            if workers:
                self._drain()
            clear(self._engine)
            yield web, workers


@contextmanager
def _bench(kind: DurableKind, *, requires_calm: bool) -> Generator[Bench]:
    with TemporaryDirectory() as name, get_context("spawn").Pool(1) as sender:
        folder = Path(name)
        database = build(kind, folder, Random())
        database.start()
        try:
            prepare(database.url)
            yield Bench(database, sender, folder, requires_calm=requires_calm)
        finally:
            database.stop()


def _flows(bench: Bench, kind: DurableKind) -> Iterator[str]:
    for web, workers, batch in product((1, 2), (1, 2), (1, 50)):
        flow = bench.measure(Setup(web, workers, batch))
        yield f"| {kind} | {web} | {workers} | {batch} | {_rates(flow)} | {_costs(flow)} |"


def _intakes(bench: Bench, kind: DurableKind) -> Iterator[str]:
    variants = [("h11, asyncio", _PURE, 1), ("h11, asyncio", _PURE, 8)]
    variants += [("httptools, uvloop", _COMPILED, 1), ("httptools, uvloop", _COMPILED, 8)]
    for name, settings, threads in variants:
        chosen = {**settings, "BANDWIDTH_EVENTS_THREADS": f"{threads}"}
        flow = bench.measure(Setup(workers=0, settings=chosen))
        late = f"{flow.p99 * 1000:,.0f} | {flow.refused}"
        cells = f"{flow.answered:,.0f} | {late} | {flow.costs['web']:.2f} | {flow.foreign:.1f}"
        yield f"| {kind} | {name} | {threads} | {cells} |"


def _ceilings(bench: Bench, kind: DurableKind) -> Iterator[str]:
    costs = bench.measure(Setup()).costs
    rates = [f"{1000 / costs[name]:,.0f}" if costs[name] else "–" for name in _CARRIERS]
    processors = sum(costs[name] for name in _CARRIERS)
    yield f"| {kind} | {' | '.join(rates)} | {processors:.1f} |"


def _shares(bench: Bench, kind: DurableKind) -> Iterator[str]:
    for name, shares in zip(("web", "worker"), bench.profile(), strict=True):
        cells = " | ".join(f"{shares.get(part, 0):.0%}" for part in PARTS)
        yield f"| {kind} | {name} | {cells} |"


def _rates(flow: Flow) -> str:
    return f"{flow.answered:,.0f} | {flow.handled:,.0f}"


def _costs(flow: Flow) -> str:
    cells = [f"{cost:.2f}" for cost in flow.costs.values()]
    return " | ".join([*cells, f"{flow.foreign:.1f}"])


_RATES_AND_COSTS: Final = """\
The table shows how many callbacks per second the application answered and handled, and the
milliseconds of processor time that a callback cost each process. The last column shows how many
processors other programs used during the measurement. If it is well above zero, the rates are too
low, but the milliseconds are still valid."""
_INTAKE: Final = """\
One web process alone, with two combinations of HTTP parser and event loop, and with one or eight
database connections (`BANDWIDTH_EVENTS_THREADS`):"""
_CARRIERS: Final = ("web", "workers", "database")
_CEILINGS: Final = """\
How many callbacks per second one processor could handle if it ran only one part, with batches of
50, and how many processors 1,000 callbacks per second need. The latter is the sum of the
milliseconds:"""
_PARTS: Final = "How one web process and one worker spend their processor time:"
_COSTS: Final = "sender ms | web ms | workers ms | database ms | others"
_TABLES: Final[Mapping[str, tuple[str, Callable[[Bench, DurableKind], Iterator[str]]]]] = {
    _RATES_AND_COSTS: (
        f"database | web | workers | batch | answered/s | handled/s | {_COSTS}",
        _flows,
    ),
    _CEILINGS: ("database | web | workers | database | processors", _ceilings),
    _INTAKE: (
        "database | web process | connections | answered/s | 99 % ms | not 204 | web ms | others",
        _intakes,
    ),
    _PARTS: ("database | process | " + " | ".join(PARTS), _shares),
}


def tables(*, requires_calm: bool) -> Iterator[str]:
    """Yield the lines of all tables."""
    with ExitStack() as stack:
        benches: dict[DurableKind, Bench] = {
            kind: stack.enter_context(_bench(kind, requires_calm=requires_calm)) for kind in DURABLE
        }
        for text, (names, rows) in _TABLES.items():
            columns = names.split(" | ")
            yield from (text, "", f"| {names} |", f"|---|---{'|--:' * (len(columns) - 2)}|")
            for kind, bench in benches.items():
                yield from rows(bench, kind)
            yield ""


def main() -> int:
    """Measure, and print."""
    parser = argparse.ArgumentParser(prog="python -m scale.capacity")
    parser.add_argument("--record", action="store_true", help="write to docs/scaling.md")
    arguments = parser.parse_args()
    lines = [circumstances(), ""]
    try:
        if arguments.record:
            require_calm()
        for line in tables(requires_calm=arguments.record):
            print(line, flush=True)
            lines.append(line)
    except BusyMachineError as error:
        print(f"Nothing is recorded: {error}")
        return 1
    if arguments.record:
        write("make scale-growth GROWTH=--record", lines[:-1])
    return 0


if __name__ == "__main__":
    sys.exit(main())
