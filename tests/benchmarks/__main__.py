"""Measure, report, and exit with 1 if a figure misses its bar: ``make bench``."""

import argparse
import sys
from typing import Final

from bodies import ROOT

from . import plot, record, report
from .application import application
from .delivery import deliveries
from .generation import generation
from .processes import cold_start, hostile, import_times, memory
from .run import conclude, measure_all
from .sections import FULL, QUICK
from .speed import afterwards, arrays, authentication, kinds, malformed

_FOR_BARS: Final = (
    kinds,
    arrays,
    authentication,
    application,
    cold_start,
    hostile,
    deliveries,
    generation,
)
_EVERYTHING: Final = (
    kinds,
    arrays,
    malformed,
    hostile,
    memory,
    cold_start,
    import_times,
    authentication,
    afterwards,
    deliveries,
    application,
    generation,
)
_DOCS: Final = ROOT / "docs"
_RECORD: Final = ROOT / ".bench_cache" / "times.json"


def main() -> int:
    """Measure, print the report, and update the documentation."""
    parser = argparse.ArgumentParser(prog="make bench BENCH=…", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="measure only the bars, and do not update the pages"
    )
    quick: bool = parser.parse_args().quick
    measures = _FOR_BARS if quick else _EVERYTHING
    sections = measure_all(measures, QUICK if quick else FULL, sys.stderr)
    print("\n\n".join(report.render(section) for section in sections), "\n")
    record.write(_RECORD, sections)
    status = conclude(sections, sys.stdout)
    if not quick and status == 0:  # do not publish figures that miss their bars
        by_title = {section.title: section for section in sections}
        plot.draw(_DOCS / "performance.svg", by_title["Arrays"], by_title["Cold start"])
        figures = {key: figure for each in sections for key, figure in each.figures.items()}
        summary = f"Measured with {record.machine()}\n\n{report.summary(figures)}"
        tables = "\n\n".join(report.folded(section) for section in sections)
        report.replace(_DOCS / "performance.md", f"{summary}\n\n{tables}")
    return status


sys.exit(main())
