"""Crash enumeration: end the process at every step of a body's way, and let the body come again.

Random kills miss a window of a millisecond; this does not. ``python -m scale.crashes`` needs
nothing but SQLite; ``--bug NAME`` plants a bug first.
"""

import argparse
import asyncio
import gc
import json
import logging
import os
import sys
import traceback
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, perf_counter
from typing import Any, Final, Literal, TypeAlias, cast, get_args

import durable.worker
from durable.database import connect, is_passing
from durable.dead_letters import replay
from durable.web import create_app
from sqlalchemy import Engine, event
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.exc import OperationalError
from starlette.types import ASGIApp, Message

from bandwidth_events import encode_callback
from bandwidth_events.testing import (
    inbound_message,
    message_delivered,
    message_failed,
    message_sent,
)

from .bugs import BUGS, plant
from .history import TOO_LARGE
from .outcome import actual, expected
from .store import CREDENTIALS, clear, environment, prepare

_DIED: Final = 9
LEAST: Final = 80  # steps of all scenarios together, with any application
_LEAST_HERE: Final = 130
BATCH: Final = 3  # so that an event and its duplicate are in one batch, and two stages in two
Way: TypeAlias = Literal["exit", "error"]
WAYS: Final[tuple[Way, ...]] = get_args(Way)
Life: TypeAlias = "Callable[[str, Mapping[int, bytes], Steps, Callable[[int], object]], None]"
"""What a process does with a database and bodies; calls a function for each that it answers."""

_STOP = encode_callback([inbound_message(id="1", text="STOP")])
_MALFORMED = json.loads(encode_callback([inbound_message(id="2"), inbound_message(id="3")]))
del _MALFORMED[0]["message"]["to"]
_TOO_LARGE = message_failed(id="5", error_code=TOO_LARGE)
_UNSTORABLE = encode_callback([_TOO_LARGE, inbound_message(id="6")])
SCENARIOS: Final = {
    "a text, twice, and a receipt before its message-sent": [
        _STOP,
        _STOP,
        encode_callback([message_delivered(id="4")]),
        encode_callback([message_sent(id="4")]),
    ],
    "a malformed event beside a good one": [json.dumps(_MALFORMED).encode()],
    "an event that no database can store": [_UNSTORABLE, _STOP],
}


class Steps:
    """Counts the steps in the database; at one of them the process ends, or the step fails."""

    def __init__(self, last: int | None, way: Way) -> None:
        self._last = last
        self._way = way
        self._steps = count()
        self.has_failed = False
        self.is_counting = True
        event.listen(Engine, "before_cursor_execute", self.step)
        event.listen(Engine, "after_cursor_execute", self.step)
        commit = DefaultDialect.do_commit

        def do_commit(dialect: DefaultDialect, connection: Any) -> None:  # noqa: ANN401  # a driver's
            self.step()
            cast("Callable[..., None]", commit)(dialect, connection)  # its types have a gap
            self.step()

        DefaultDialect.do_commit = do_commit  # type: ignore[method-assign]

    def step(self, *_: object) -> None:
        """Count, and end the process, or fail, if this is the step."""
        if self.is_counting and next(self._steps) == self._last:
            if self._way == "exit":
                os._exit(_DIED)
            self._last = None
            self.has_failed = True
            raise OperationalError("a statement", None, Exception("the connection was lost"))


async def receive_all(
    app: ASGIApp, bodies: Mapping[int, bytes], steps: Steps, arrived: Callable[[int], object]
) -> None:
    """Deliver bodies to an application; count the steps of one."""
    for number, body in bodies.items():
        if await _post(app, body) == 204:
            arrived(number)
        steps.is_counting = False  # every body is stored in the same steps
    steps.is_counting = True


def live(
    url: str, bodies: Mapping[int, bytes], steps: Steps, arrived: Callable[[int], object]
) -> None:
    """Receive bodies, work until there is none, replay the dead letters, and work again."""
    asyncio.run(receive_all(create_app(), bodies, steps, arrived))
    engine = connect(url)
    _drain(engine)
    with suppress(OperationalError):
        replay(engine)
    _drain(engine)


def _drain(engine: Engine) -> None:
    while True:
        try:
            if durable.worker.work_batch(engine, BATCH) < BATCH:
                return
        except OperationalError as error:
            assert is_passing(error)


async def _post(app: ASGIApp, body: bytes) -> int:
    """Call the application as a server does, and return the status."""
    statuses: list[int] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    async def send(message: Message) -> None:
        statuses.extend(value for key, value in message.items() if key == "status")

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/callbacks",
        "headers": [(b"authorization", CREDENTIALS.authorization.encode())],
        "query_string": b"",
    }
    await app(scope, receive, send)
    return statuses[0]


def _in_a_process(
    lives: Life, url: str, bodies: Mapping[int, bytes], last: int | None, way: Way
) -> tuple[bool, set[int]]:
    """Return whether a process came to the step, and the bodies whose sender got an answer."""
    output, into = os.pipe()
    child = os.fork()
    if not child:
        code = 1
        try:
            steps = Steps(last, way)
            lives(url, bodies, steps, lambda number: os.write(into, bytes([number])))
            code = _DIED if way == "error" and steps.has_failed else 0
        except BaseException:  # noqa: BLE001  # to unwind further would run the parent's cleanup
            traceback.print_exc()
        os._exit(code)
    os.close(into)
    with os.fdopen(output, "rb") as file:
        answered = set(file.read())
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in {0, _DIED}:
        raise RuntimeError(f"a process ended with {code}")
    return code == _DIED, answered


def enumerate_crashes(
    url: str, way: Way, lives: Life = live, every: int = 1, patience: float = 0
) -> Iterator[tuple[str, int, str | None]]:
    """Yield each scenario, each step, and the difference that an end there makes, if any.

    Args:
        url: The database.
        way: What happens at the step.
        lives: What the process does.
        every: Of how many steps one is tried.
        patience: For how many seconds processes are started again to see whether the difference
            stays: a broker needs a moment to notice that a consumer died.
    """
    gc.freeze()  # or the collector of each process would copy what it shares with this one
    engine = connect(url)
    for name, scenario in SCENARIOS.items():
        bodies = dict(enumerate(scenario))
        wanted = expected(scenario)
        for last in count(step=every):
            clear(engine)
            engine.dispose()  # the next process inherits no connection
            has_come, answered = _in_a_process(lives, url, bodies, last, way)
            # Bandwidth sends again what was not answered; the processes are started again.
            rest = {number: body for number, body in bodies.items() if number not in answered}
            deadline = monotonic() + patience
            while True:
                _in_a_process(lives, url, rest, None, way)
                difference = actual(engine).difference(wanted)
                engine.dispose()
                if difference is None or monotonic() > deadline:
                    break
            yield name, last, difference
            if not has_come:
                break


def run(  # noqa: PLR0913  # what differs between the applications
    url: str,
    ways: Sequence[Way] = (),
    lives: Life = live,
    *,
    every: int = 1,
    patience: float = 0,
    least: int = LEAST,
) -> str | None:
    """Enumerate every step, or every so many, in all ways or some; return the first difference.

    So few steps that most must have gone uncounted are a difference as well.
    """
    for way in ways or WAYS:
        start = perf_counter()
        steps = 0
        ends: dict[str, int] = {}  # of each scenario, the first number that is no step
        for name, step, difference in enumerate_crashes(url, way, lives, every, patience):
            steps += 1
            ends[name] = step
            if difference is not None:
                return f"{name}, {way} at step {step}: {difference}"
        number = sum(ends.values())
        if number < least:
            return f"the scenarios have {number} steps, and at least {least} are expected"
        print(
            f"  {steps} steps, {way} at each: as without faults ({perf_counter() - start:.1f} s)",
            flush=True,
        )
    return None


def arguments_of(module: str, bugs: Iterable[str]) -> argparse.ArgumentParser:
    """Build the parser of the options that all enumerations share."""
    parser = argparse.ArgumentParser(prog=f"python -m scale.{module}")
    parser.add_argument("--bug", choices=[*bugs])
    parser.add_argument("--way", choices=WAYS, action="append", default=[])
    parser.add_argument("--every", type=int, default=1, help="leave out the steps between")
    return parser


def main() -> int:
    """Enumerate on SQLite, or on the database of a URL."""
    parser = arguments_of("crashes", BUGS)
    parser.add_argument("--url")
    arguments = parser.parse_args()
    with store(arguments.url, arguments.bug) as url:
        if arguments.bug:
            plant(arguments.bug)
        return report(run(url, arguments.way, every=arguments.every, least=_LEAST_HERE))


@contextmanager
def store(url: str | None = None, bug: str | None = None) -> Generator[str]:
    """Prepare a database, and yield its URL; it is SQLite in memory without a URL."""
    logging.disable()  # of the faults that are made
    # In memory, if possible: a process that ends loses nothing that the system has, synced or not.
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
    with TemporaryDirectory(dir=memory) as folder:
        url = url or f"sqlite:///{folder}/durable.db"
        os.environ |= environment(url)
        prepare(url, bug=bug)
        yield url


def report(difference: str | None) -> int:
    """Print a difference, and return the exit code."""
    if difference is not None:
        print(f"  {difference}")
    return 0 if difference is None else 1


if __name__ == "__main__":
    sys.exit(main())
