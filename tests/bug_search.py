"""Measure how often, and how fast, the properties find the bugs of handlers.

    PYTHONPATH=tests python tests/bug_search.py

Writes the table of `docs/bugs.md`.
"""

import re
import time
import warnings
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from bodies import ROOT
from conftest import PATIENT
from hypothesis import Phase, seed, settings
from hypothesis.errors import HypothesisWarning
from hypothesis.stateful import run_state_machine_as_test
from pages import run
from test_handlers import BUGS, OTHERS, STEPS, Bug

PAGE: Final = ROOT / "docs/bugs.md"
SEEDS: Final = 20
TIMED_SEEDS: Final = 2
EXAMPLES: Final = 100
FIND: Final = settings(PATIENT, max_examples=EXAMPLES, phases=[Phase.generate], database=None)
SHRINK: Final = settings(FIND, phases=[Phase.generate, Phase.shrink])


def search(bug: Bug, number: int, how: settings) -> tuple[bool, float]:
    """Run a property once, and return whether it failed, and the processor time in seconds."""
    page = run(ROOT / "docs/testing.md")
    page["Handler"] = bug.handler
    if bug.property == STEPS:
        machine = seed(number)(page["Callbacks"])
        fails: Any = partial(run_state_machine_as_test, machine, settings=how)
    else:
        fails = seed(number)(page[bug.property])
        # As `@settings` does, which can be applied once alone.
        fails._hypothesis_internal_use_settings = how
    start = time.process_time()
    try:
        fails()
    except Exception:  # noqa: BLE001  # each bug raises its own; `test_handlers.py` looks at them
        return True, time.process_time() - start
    return False, time.process_time() - start


def rows() -> Iterator[str]:
    """Measure bug by bug."""
    numbered = [(str(number), bug) for number, bugs in BUGS.items() for bug in bugs]
    for number, bug in [*numbered, *(("–", bug) for bug in OTHERS)]:
        searches = [
            search(bug, each, SHRINK if each < TIMED_SEEDS else FIND) for each in range(SEEDS)
        ]
        found = sum(fails for fails, _ in searches)
        longest = max(seconds for _, seconds in searches[:TIMED_SEEDS])
        handler = str(bug.handler.__doc__)
        row = " | ".join(
            (
                number,
                handler,
                f"`{bug.property}`",
                f"{found} of {SEEDS}",
                f"{longest:.1f} s",
            )
        )
        print(row, flush=True)
        yield f"| {row} |"


def main() -> None:
    warnings.simplefilter("ignore", HypothesisWarning)  # of examples that have not shrunk
    table = "\n".join(rows())
    page = PAGE.read_text()
    start, end = "<!-- measured -->\n", "\n<!-- end -->"
    written, count = re.subn(
        rf"(?s)({start}.*?\|---\|[^\n]*\n).*?(?={end})", lambda match: match[1] + table, page
    )
    assert count == 1
    PAGE.write_text(written)


if __name__ == "__main__":
    main()
