"""Parse for a long time and in many threads: ``make soak``."""

import gc
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeAlias

from bodies import SAMPLES

from bandwidth_events import CallbackParseError, Event, EventError, parse_callback

from .payloads import KINDS, MALFORMED

BODIES: Final = (*SAMPLES.values(), *MALFORMED.values())

_MAX_GROWTH: Final = 2048
"""KiB."""

Outcome: TypeAlias = tuple[list[Event], tuple[EventError, ...]]


def outcome(body: bytes) -> Outcome:
    """Return the events and the errors of a body."""
    try:
        return parse_callback(body), ()
    except CallbackParseError as error:
        return error.events, error.errors


def disagreements(threads: int, parses: int, bodies: Sequence[bytes] = BODIES) -> int:
    """Parse repeatedly in several threads; count the results that differ from one thread's."""
    expected = [outcome(body) for body in bodies]

    def work(first: int) -> int:
        # Each thread starts with another body, so that they parse different bodies simultaneously.
        indices = ((first + step) % len(bodies) for step in range(parses))
        return sum(outcome(bodies[index]) != expected[index] for index in indices)

    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(work, range(threads)))


def alternate(parses: int) -> None:
    """Parse a number of bodies; every second body is malformed."""
    good, bad = tuple(KINDS.values()), tuple(MALFORMED.values())[:-1]  # the last one is slow
    for index in range(parses // 2):
        outcome(good[index % len(good)])
        outcome(bad[index % len(bad)])


def resident_kibibytes() -> int:
    """Read the resident memory of this process from Linux."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0])


def growth_kibibytes(parses: int) -> int:
    """Parse a tenth of the bodies to warm up, then all; return the growth of memory."""
    alternate(parses // 10)
    gc.collect()
    before = resident_kibibytes()
    alternate(parses)
    gc.collect()
    return resident_kibibytes() - before


def main() -> int:
    """Print the results; return 1 if a limit is exceeded, else 0."""
    start = time.monotonic()
    different = disagreements(16, 20_000)
    print(f"16 threads, 20,000 parses each: {different} results differ from one thread's")
    grown = growth_kibibytes(1_000_000)
    print(f"1,000,000 parses, half of them failing: resident memory grew by {grown} KiB")
    print(f"in {time.monotonic() - start:.0f} s")
    return 1 if different or grown > _MAX_GROWTH else 0


if __name__ == "__main__":
    sys.exit(main())
