"""No body of a mebibyte takes much time or memory.

The benchmark, which runs on an idle machine, has the exact bars for time.
"""

import json
import subprocess
import sys
from math import inf
from pathlib import Path

from hostile import BODIES, MAX_BYTES, Cost, beyond

TESTS = Path(__file__).parent

# A few bodies of each kind. `make hostile`, which the gate runs, measures all.
SELECTION = list(BODIES)[::25]


def test_a_hostile_body_costs_bounded_time_and_memory() -> None:
    """Promise 1: events, or `CallbackParseError` with the status 400 or 413."""
    # In a separate process without threads, because the measurement forks.
    command = [sys.executable, str(TESTS / "hostile.py"), *SELECTION]
    done = subprocess.run(command, cwd=TESTS, capture_output=True, check=True)
    costs = [Cost(**json.loads(line)) for line in done.stdout.splitlines()]
    assert [cost.body for cost in costs] == SELECTION
    assert beyond(costs) == []


def test_each_bar_can_fail() -> None:
    good = Cost("good", 0.1, 1, 0.1, "1 events")
    missed = [
        Cost("slow", 2.1, 1, 0.1, "1 events"),
        Cost("slow afterwards", 0.1, 1, 10.1, "1 events"),
        Cost("large", 0.1, 65, 0.1, "1 events"),
        Cost("dead", 0.1, 1, 0.1, "died with status 9"),
    ]
    assert beyond([good, *missed]) == missed


def test_a_process_that_dies_has_infinite_costs() -> None:
    script = "import hostile, os; print(hostile.measure('deadly', lambda: os._exit(1)))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=TESTS, capture_output=True, check=True, text=True
    )
    assert done.stdout.strip() == str(Cost("deadly", inf, inf, inf, "died with status 256"))


def test_hostile_bodies_have_about_the_maximum_size() -> None:
    """Some are smaller, because they consist of whole items; one is a byte too large."""
    bodies = {name: make() for name, make in BODIES.items()}
    sizes = {
        name: len(body.encode(errors="surrogatepass") if isinstance(body, str) else body)
        for name, body in bodies.items()
    }
    assert {name: size for name, size in sizes.items() if size < 0.65 * MAX_BYTES} == {}
    assert max(len(body) for body in bodies.values()) == MAX_BYTES + 1
