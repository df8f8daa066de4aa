"""Measure how fast Hypothesis generates events."""

import time

from hypothesis import given, settings

from bandwidth_events import Event
from bandwidth_events.strategies import events

from .bars import middle
from .sections import Effort, Section

_EXAMPLES = 500


def generation(effort: Effort) -> Section:
    """Count the examples per second with Hypothesis' default health checks."""
    seconds: list[float] = []
    generated = 0

    @settings(max_examples=_EXAMPLES, database=None, deadline=None)
    @given(events())
    def consume(event: Event) -> None:  # noqa: ARG001  # only generation is measured
        nonlocal generated
        generated += 1

    consume()  # builds the strategies
    for _ in range(max(5, effort.processes // 2)):
        generated = 0
        start = time.process_time()
        consume()
        seconds.append((time.process_time() - start) / generated)
    figure = middle([1 / each for each in seconds], of="all types")
    return Section(
        "Generation",
        "The examples per second in a property test with `strategies.events()`, with Hypothesis' "
        "default health checks.",
        ["strategy", "examples per second"],
        [["`events()`", str(figure)]],
        {"examples": figure},
        {"events()": seconds},
    )
