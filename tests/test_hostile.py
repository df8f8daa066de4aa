"""No body of a mebibyte takes long, or much memory, whatever it holds.

The exact bars of time are the benchmark's, which measures on a quiet machine.
"""

import json
import re
import subprocess
import sys
from math import inf
from pathlib import Path

from benchmarks.bars import BARS
from hostile import BODIES, MAX_BYTES, Cost

TESTS = Path(__file__).parent

# Ten times what the benchmark demands: a hang is found, and a busy machine is not.
MAX_SECONDS = BARS["hostile-time"].limit / 1000 * 10
MAX_SECONDS_AFTER = BARS["hostile-after"].limit / 1000 * 10
MAX_MEBIBYTES = BARS["hostile-memory"].limit


def test_every_hostile_body_is_answered_soon_and_in_little_memory() -> None:
    """Promise 1: events, or the one error, which a route answers with 400 or 413."""
    done = subprocess.run(
        [sys.executable, TESTS / "hostile.py"], capture_output=True, check=True, timeout=3600
    )
    costs = [Cost(**json.loads(line)) for line in done.stdout.splitlines()]
    assert [cost.body for cost in costs] == list(BODIES)
    answer = re.compile(r"\d+ events|400 .+|413 .+")
    assert [cost for cost in costs if not answer.fullmatch(cost.outcome)] == []
    assert [cost for cost in costs if cost.seconds > MAX_SECONDS] == []
    assert [cost for cost in costs if cost.seconds_after > MAX_SECONDS_AFTER] == []
    assert [cost for cost in costs if cost.mebibytes > MAX_MEBIBYTES] == []


def test_a_process_that_dies_is_an_outcome_that_no_bar_allows() -> None:
    script = "import hostile, os; print(hostile.measure('deadly', lambda: os._exit(1)))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=TESTS, capture_output=True, check=True, text=True
    )
    assert done.stdout.strip() == str(Cost("deadly", inf, inf, inf, "died with status 256"))


def test_hostile_bodies_have_the_size_that_is_accepted_at_most() -> None:
    """Or they come close to it, as far as what they are made of fits; one is too large."""
    bodies = {name: make() for name, make in BODIES.items()}
    sizes = {
        name: len(body.encode(errors="surrogatepass") if isinstance(body, str) else body)
        for name, body in bodies.items()
    }
    assert {name: size for name, size in sizes.items() if size < 0.65 * MAX_BYTES} == {}
    assert max(len(body) for body in bodies.values()) == MAX_BYTES + 1
