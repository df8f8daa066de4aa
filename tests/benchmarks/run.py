"""Run all measurements, and compute the exit code."""

from collections.abc import Callable, Sequence
from typing import TextIO

from .bars import BARS, missed
from .report import summary
from .sections import Effort, Section

_ATTEMPTS = 3


def measure_all(
    measures: Sequence[Callable[[Effort], Section]], effort: Effort, progress: TextIO
) -> list[Section]:
    """Measure each section. Repeat a section that misses a bar, because the cause may be noise."""
    sections: list[Section] = []
    for measure in measures:
        attempts = [measure(effort)]
        while failures := missed(attempts[-1].figures):
            print(f"{attempts[-1].title}: {'; '.join(failures)}", file=progress, flush=True)
            if len(attempts) == _ATTEMPTS:
                break
            attempts.append(measure(effort))
        sections.append(attempts[-1])
        print(f"{attempts[-1].title}: measured", file=progress, flush=True)
    return sections


def conclude(sections: Sequence[Section], output: TextIO) -> int:
    """Print the bars, and return the exit code: 0 if every bar was measured and met, else 1."""
    figures = {key: figure for section in sections for key, figure in section.figures.items()}
    failures = missed(figures)
    failures += [f"{bar.what} was not measured" for key, bar in BARS.items() if key not in figures]
    print(summary(figures), file=output)
    for failure in failures:
        print(f"\nMISSED: {failure}", file=output)
    return 1 if failures else 0
