"""Time functions against each other on a machine that may be busy."""

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
    """Time every function in every round, so that a slow phase of the machine affects all.

    Args:
        functions: The functions to time, by name.
        rounds: The number of measurements per function.
        slice_seconds: The duration of each measurement; at least one call.
        collector: Whether the garbage collector runs. By default it does not, as in `timeit`,
            because its time depends on all other objects in the process.

    Returns:
        For each function, the processor seconds of a call in each round. On an idle machine,
        they equal the elapsed seconds.
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
        # Alternate the order, so that no function always follows the same one.
        for name in list(timers) if round_ % 2 else reversed(timers):
            seconds[name].append(timers[name].timeit(calls[name]) / calls[name])
    return seconds


def _calls(timer: Timer, slice_seconds: float) -> int:
    once = min(timer.repeat(repeat=3, number=1))
    return max(1, round(slice_seconds / once))


def processor_seconds(process: int) -> float:
    """Return the processor time of all threads of a process on this machine."""
    # The clock id that Linux' `clock_getcpuclockid` computes; `time` lacks that function.
    return time.clock_gettime((~process << 3) | 2)
