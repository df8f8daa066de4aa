"""Parse for long, and in many threads at once: ``make soak``."""

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
    """Give the events of a body, and what is wrong with it."""
    try:
        return parse_callback(body), ()
    except CallbackParseError as error:
        return error.events, error.errors


def disagreements(threads: int, parses: int, bodies: Sequence[bytes] = BODIES) -> int:
    """Parse so often in each of so many threads; count what one thread alone answers otherwise."""
    expected = [outcome(body) for body in bodies]

    def work(first: int) -> int:
        # Each thread starts at another body, so that different ones are parsed at once.
        indices = ((first + step) % len(bodies) for step in range(parses))
        return sum(outcome(bodies[index]) != expected[index] for index in indices)

    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(work, range(threads)))


def alternate(parses: int) -> None:
    """Parse so many bodies, of which every second is malformed."""
    good, bad = tuple(KINDS.values()), tuple(MALFORMED.values())[:-1]  # the last one takes long
    for index in range(parses // 2):
        outcome(good[index % len(good)])
        outcome(bad[index % len(bad)])


def resident_kibibytes() -> int:
    """Read the memory that this process holds, as Linux tells it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0])


def growth_kibibytes(parses: int) -> int:
    """Parse so many bodies after a tenth as many for a start; give how much memory grew."""
    alternate(parses // 10)
    gc.collect()
    before = resident_kibibytes()
    alternate(parses)
    gc.collect()
    return resident_kibibytes() - before


def main() -> int:
    """Print what was done and found; give 1 if it is too much, else 0."""
    start = time.monotonic()
    different = disagreements(16, 20_000)
    print(f"16 threads, 20,000 parses each: {different} results differ from one thread's")
    grown = growth_kibibytes(1_000_000)
    print(f"1,000,000 parses, half of them failing: resident memory grew by {grown} KiB")
    print(f"in {time.monotonic() - start:.0f} s")
    return 1 if different or grown > _MAX_GROWTH else 0


if __name__ == "__main__":
    sys.exit(main())
