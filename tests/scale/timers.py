"""Processor time by part of a process, from timers around functions.

Profilers were tried first. One that samples counts threads that wait for a processor, on a machine
that is busy; one that looks at each call made these processes four times as slow, Python more than
compiled code. A timer around some functions costs a hundredth.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from threading import local
from time import process_time, thread_time
from typing import Final, ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")

HTTP: Final = "HTTP"
DRIVER: Final = "database driver"
COMMIT: Final = "commit"
LIBRARY: Final = "this library"
SQLALCHEMY: Final = "SQLAlchemy"
ROWS: Final = "keys and rows"
REST: Final = "event loop, Starlette, threads"
PARTS: Final = (HTTP, LIBRARY, ROWS, SQLALCHEMY, DRIVER, COMMIT, REST)

_totals: Final[list[dict[str, float]]] = []  # one for each thread
_local = local()
_began: Final = [0.0]


def start() -> None:
    """Forget what was measured, and measure from now on."""
    for each in _totals:
        each.clear()
    _began[:] = [process_time()]


def save(file: Path) -> None:
    """Write the share of each part in the processor time since the start."""
    total = process_time() - _began[0]
    parts = defaultdict[str, float](float)
    for each in _totals:
        for part, seconds in each.items():
            parts[part] += seconds
    parts[REST] = total - sum(parts.values())
    file.write_text(json.dumps({part: seconds / total for part, seconds in parts.items()}))


def load(file: Path) -> Mapping[str, float]:
    """Read what `save` wrote."""
    shares: dict[str, float] = json.loads(file.read_text())
    return shares


def watch(owner: object, name: str, part: str) -> None:
    """Let the processor time in a function count for a part, without what counts for another."""
    setattr(owner, name, _timed(getattr(owner, name), part))


def _timed(function: Callable[_P, _T], part: str) -> Callable[_P, _T]:
    @wraps(function)
    def timed(*arguments: _P.args, **options: _P.kwargs) -> _T:
        inner, totals = _of_this_thread()
        inner.append(0.0)
        began = thread_time()
        try:
            return function(*arguments, **options)
        finally:
            seconds = thread_time() - began
            totals[part] += seconds - inner.pop()
            if inner:
                inner[-1] += seconds

    return timed


def _of_this_thread() -> tuple[list[float], dict[str, float]]:
    """Return the times of inner functions, by depth, and the totals."""
    state: tuple[list[float], dict[str, float]] | None = getattr(_local, "state", None)
    if state is None:
        _local.state = state = ([], defaultdict[str, float](float))
        _totals.append(state[1])
    return state
