"""Every example in the README, the documentation and the package's docstring runs."""

import doctest
import re
from collections import defaultdict
from pathlib import Path

import pytest
import test_endpoint_check
import test_handlers
from bodies import ROOT
from pages import PAGES, run

import bandwidth_events
from bandwidth_events._events import EVENT_CLASSES
from bandwidth_events.endpoint import SCENARIOS


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if page.name != "testing.md"],  # which tests/test_handlers.py runs
    ids=lambda page: page.name,
)
def test_the_examples_of_a_page_run(page: Path) -> None:
    assert bool(run(page)) == ("```python" in page.read_text())


def test_the_example_of_the_package_runs() -> None:
    failed, attempted = doctest.testmod(bandwidth_events)
    assert (failed, attempted > 0) == (0, True)


def test_the_readme_shows_every_class_of_event() -> None:
    """A type that a user cannot find there does not exist for them."""
    readme = (ROOT / "README.md").read_text()
    for type_, event_class in EVENT_CLASSES.items():
        assert f"| `{event_class.__name__}` | `{type_}` |" in readme


def test_the_page_about_endpoints_lists_every_scenario() -> None:
    page = (ROOT / "docs/endpoint.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    expected = [f"| `{s.name}` | {s.sent} | {s.expected} |" for s in SCENARIOS]
    assert rows == expected
    assert f"of {len(SCENARIOS)} scenarios passed." in page


def test_the_page_about_bugs_names_what_tells_of_each() -> None:
    page, _, _ = (ROOT / "docs/bugs.md").read_text().partition("\n## ")
    told: dict[int, set[str]] = defaultdict(set)
    for number, bugs in test_handlers.BUGS.items():
        told[number].update(bug.property for bug in bugs)
    for number, _, scenarios in test_endpoint_check.BUGS:
        told[number].update(scenarios)
    rows = re.findall(r"^\| (\d+) \|.*\| (.*) \|$", page, re.MULTILINE)
    assert [int(number) for number, _ in rows] == [*range(1, 30)]
    for number, tells in rows:
        assert set(re.findall("`(.*?)`", tells)) == told[int(number)], number
    typing = (ROOT / "tests/typing/api.py").read_text()
    errors = re.findall(r"# type: ignore  # pyrefly: ignore  # bug (\d+)", typing)
    assert [number for number, tells in rows if tells.startswith("types")] == sorted(
        errors, key=int
    )
