"""The benchmark's own logic: its comparisons and failures."""

import os
import re
import sys
import time
from functools import partial
from io import StringIO
from pathlib import Path

import pytest
from benchmarks.bars import BARS, Bar, Figure, least, middle, missed, ratio
from benchmarks.clock import interleave, processor_seconds
from benchmarks.payloads import KINDS, MALFORMED, SIZES, array
from benchmarks.report import folded, render, replace, table
from benchmarks.run import conclude, measure_all
from benchmarks.sections import QUICK, Effort, Section
from benchmarks.soak import alternate, disagreements
from bodies import ROOT, TYPES

from bandwidth_events import CallbackParseError, parse_callback


def section(**figures: float) -> Section:
    return Section(
        "Title", "", ["a"], [["b"]], {key: least([value]) for key, value in figures.items()}
    )


def at_the_limits() -> dict[str, float]:
    return {key: bar.limit for key, bar in BARS.items()}


def test_figures_equal_to_their_bars_pass() -> None:
    assert conclude([section(**at_the_limits())], StringIO()) == 0


@pytest.mark.parametrize("key", BARS)
def test_a_figure_beyond_its_bar_fails_and_shows_both_numbers(key: str) -> None:
    output = StringIO()
    beyond = BARS[key].limit * (0.5 if BARS[key].at_least else 2)
    assert conclude([section(**at_the_limits() | {key: beyond})], output) == 1
    missed_lines = [line for line in output.getvalue().splitlines() if "MISSED" in line]
    assert len(missed_lines) == 1
    assert BARS[key].what in missed_lines[0]
    by = "50.0%" if BARS[key].at_least else "100.0%"
    assert missed_lines[0].endswith(f"missed by {by}")


@pytest.mark.parametrize("key", BARS)
def test_a_bar_without_a_measurement_fails(key: str) -> None:
    figures = at_the_limits()
    del figures[key]
    output = StringIO()
    assert conclude([section(**figures)], output) == 1
    assert f"MISSED: {BARS[key].what} was not measured" in output.getvalue()


@pytest.mark.parametrize(
    ("measured", "attempts"),
    [([200.0], 1), ([250.0, 150.0], 2), ([250.0, 220.0, 199.0], 3), ([250.0, 220.0, 201.0], 3)],
)
def test_a_missed_bar_is_measured_again_a_limited_number_of_times(
    measured: list[float], attempts: int
) -> None:
    left = list(measured)

    def measure(_: Effort) -> Section:
        return section(**{"hostile-time": left.pop(0)})

    sections = measure_all([measure], QUICK, StringIO())
    assert len(measured) - len(left) == attempts
    assert sections[0].figures["hostile-time"].value == measured[attempts - 1]


@pytest.mark.parametrize(
    ("value", "bar", "shortfall"),
    [
        (1.004, Bar("", 1.0), 0.0),
        (1.1, Bar("", 1.0), pytest.approx(0.1)),
        (9.996, Bar("", 10, at_least=True), 0.0),
        (9.95, Bar("", 10, at_least=True), pytest.approx(0.005)),
    ],
)
def test_a_bar_judges_the_figure_as_it_is_printed(value: float, bar: Bar, shortfall: float) -> None:
    figure = Figure(value, 0.5 * value, 1.5 * value)
    assert float(str(figure).partition(" ")[0]) == figure.shown
    assert bar.shortfall(figure) == shortfall
    assert bool(missed({"x": figure}, {"x": bar})) == (shortfall != 0)


def test_ratios_are_computed_for_each_round() -> None:
    """In a slow round, both functions are slow."""
    assert ratio([1.0, 10.0, 2.0], [2.0, 20.0, 4.0]) == Figure(0.5, 0.5, 0.5)
    assert middle([1.0, 2.0, 3.0, 4.0, 5.0], of="x") == Figure(3.0, 2.0, 4.0, "x")


def test_the_worst_of_several_figures_is_the_closest_to_the_bar() -> None:
    figures = [least([1.0]), least([3.0]), least([2.0])]
    assert Bar("", 5).worst(figures) == figures[1]
    assert Bar("", 5, at_least=True).worst(figures) == figures[0]


def test_figures_have_three_digits_and_at_most_two_decimals() -> None:
    figures = [Figure(0.1234, 0.12, 0.13), Figure(12.34, 12, 13), Figure(1234, 1234, 1234)]
    assert [str(figure) for figure in figures] == ["0.12 ± 0.01", "12.3 ± 0.5", "1234"]


def test_the_processor_time_of_another_process_can_be_read() -> None:
    assert processor_seconds(os.getpid()) == pytest.approx(time.process_time(), abs=0.1)


def test_every_function_is_timed_in_every_round_in_both_orders() -> None:
    calls: list[str] = []
    functions = {name: partial(calls.append, name) for name in ("a", "b")}
    seconds = interleave(functions, rounds=4, slice_seconds=0)
    assert {name: len(times) for name, times in seconds.items()} == {"a": 4, "b": 4}
    assert "".join(calls[-8:]) == "baabbaab"  # one call each, after the calls that calibrate


def test_a_table_is_aligned_for_terminals() -> None:
    assert table(["name", "µs"], [["a", "1.25"], ["long name", "10"]]).splitlines() == [
        "| name      |   µs |",
        "| --------- | ---: |",
        "| a         | 1.25 |",
        "| long name |   10 |",
    ]
    assert (
        render(Section("T", "Prose.", ["a"], [["b"]])) == "### T\n\nProse.\n\n| a |\n| - |\n| b |"
    )


def test_a_page_folds_a_section_under_its_title() -> None:
    assert folded(Section("T", "Prose.", ["a"], [["b"]])) == (
        "<details>\n<summary>T</summary>\n\nProse.\n\n| a |\n| - |\n| b |\n\n</details>"
    )


def test_the_page_has_what_the_benchmark_would_write() -> None:
    page = (ROOT / "docs/performance.md").read_text(encoding="utf-8")
    _, _, written = page.partition("<!-- `make bench` writes from here … -->")
    written, _, _ = written.partition("<!-- … to here -->")
    for bar in BARS.values():
        assert re.search(
            rf"^\| {re.escape(bar.what)} +\| +{re.escape(str(bar))} \|", written, re.MULTILINE
        )
    assert written.count("<details>\n<summary>") == written.count("</details>") == 12


def test_only_what_is_between_the_marks_is_written(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "before\n<!-- `make bench` writes from here … -->\nold\n<!-- … to here -->\nafter\n",
        encoding="utf-8",
    )
    for text in ("first", "second"):
        replace(page, text)
    assert page.read_text(encoding="utf-8") == (
        "before\n<!-- `make bench` writes from here … -->\n\nsecond\n\n<!-- … to here -->\nafter\n"
    )


def test_the_bodies_match_their_names() -> None:
    assert {kind: parse_callback(body)[0].type for kind, body in KINDS.items()} == {
        kind: kind for kind in TYPES
    }
    assert [len(parse_callback(array(size))) for size in SIZES[:3]] == list(SIZES[:3])
    for body in MALFORMED.values():
        with pytest.raises(CallbackParseError):
            parse_callback(body)


def test_many_threads_have_the_same_results_as_one() -> None:
    """`make soak` does the same with 16 threads and 20,000 repetitions each."""
    assert disagreements(8, 200) == 0


def test_a_different_result_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every result after the first one differs."""
    answers = iter(range(1000))

    def answer(_: bytes) -> int:
        return next(answers)

    monkeypatch.setattr("benchmarks.soak.outcome", answer)
    assert disagreements(2, 3, [b""]) == 6


def test_memory_does_not_grow() -> None:
    """`make soak` parses a million bodies and measures the memory of the process."""
    alternate(1_000)
    before = sys.getallocatedblocks()
    alternate(5_000)
    assert sys.getallocatedblocks() - before < 1_000
