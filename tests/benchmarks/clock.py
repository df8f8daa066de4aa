"""Timing functions against each other, on a machine that does other things too."""

import gc
import time
from collections.abc import Callable, Mapping
from timeit import Timer


def interleave(
    functions: Mapping[str, Callable[[], object]],
    *,
    rounds: int,
    slice_seconds: float = 0.003,
    collector: bool = False,
) -> dict[str, list[float]]:
    """Time every function in every round, so that whatever slows the machine slows them all.

    Args:
        functions: What to time, by name.
        rounds: How often to time each.
        slice_seconds: For how long; at least one call.
        collector: Whether the collector of garbage runs meanwhile. As in `timeit`, it
            does not: what it takes depends on all else that the process holds.

    Returns:
        For each function, the seconds that a call took in each round: those of the
        processor, which on an idle machine are the clock's.
    """
    setup = "gc.enable()" if collector else "pass"
    timers = {
        name: Timer(function, setup, time.process_time, globals={"gc": gc})
        for name, function in functions.items()
    }
    calls = {name: _calls(timer, slice_seconds) for name, timer in timers.items()}
    seconds: dict[str, list[float]] = {name: [] for name in timers}
    for round_ in range(rounds):
        gc.collect()
        # There and back, so that none is always the one that comes after a certain other.
        for name in list(timers) if round_ % 2 else reversed(timers):
            seconds[name].append(timers[name].timeit(calls[name]) / calls[name])
    return seconds


def _calls(timer: Timer, slice_seconds: float) -> int:
    once = min(timer.repeat(repeat=3, number=1))
    return max(1, round(slice_seconds / once))


def processor_seconds(process: int) -> float:
    """Return the processor time that a process of this machine has taken, all threads together."""
    # What `clock_getcpuclockid` of Linux makes of the process's number; `time` does not have it.
    return time.clock_gettime((~process << 3) | 2)
