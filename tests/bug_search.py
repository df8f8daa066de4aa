"""Measure how often, and how fast, the properties find the bugs of handlers.

    PYTHONPATH=tests python tests/bug_search.py

Writes the table of `docs/mistakes.md`.
"""

import re
import time
import warnings
from collections.abc import Iterator
from typing import Final

from bodies import ROOT
from conftest import PATIENT
from hypothesis import Phase, seed, settings
from hypothesis.errors import HypothesisWarning
from pages import run
from test_handlers import BUGS, MACHINE, OTHERS, STEPS, Bug, property_of

PAGE: Final = ROOT / "docs/mistakes.md"
SEEDS: Final = 20
TIMED_SEEDS: Final = 2
EXAMPLES: Final = 100
FIND: Final = settings(PATIENT, max_examples=EXAMPLES, phases=[Phase.generate], database=None)
SHRINK: Final = settings(FIND, phases=[Phase.generate, Phase.shrink])


def search(bug: Bug, number: int, how: settings) -> tuple[bool, float]:
    """Run a property once, and return whether it failed, and the processor time in seconds."""
    page = run(ROOT / "docs/testing.md")
    page["Handler"] = bug.handler
    seed(number)(page[MACHINE if bug.property == STEPS else bug.property])
    fails = property_of(page, bug.property, how)
    start = time.process_time()
    try:
        fails()
    except Exception:  # noqa: BLE001  # each bug raises its own; `test_handlers.py` checks them
        return True, time.process_time() - start
    return False, time.process_time() - start


def rows() -> Iterator[str]:
    """Measure each bug, and yield its row of the table."""
    numbered = [(str(number), bug) for number, bugs in BUGS.items() for bug in bugs]
    for number, bug in [*numbered, *(("–", bug) for bug in OTHERS)]:
        searches = [
            search(bug, each, SHRINK if each < TIMED_SEEDS else FIND) for each in range(SEEDS)
        ]
        found = sum(fails for fails, _ in searches)
        longest = max(seconds for _, seconds in searches[:TIMED_SEEDS])
        row = " | ".join(
            (
                number,
                f"`{bug.handler.__name__}`",
                f"`{bug.property}`",
                f"{found} of {SEEDS}",
                f"{longest:.1f} s",
            )
        )
        print(row, flush=True)
        yield f"| {row} |"


def main() -> None:
    warnings.simplefilter("ignore", HypothesisWarning)  # about examples that have not been shrunk
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
