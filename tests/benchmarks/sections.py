"""The result of a measurement: a table, figures for the bars, and all timings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .bars import Figure


@dataclass(frozen=True, slots=True)
class Effort:
    """The extent of the measurements."""

    rounds: int
    """The number of measurements per function."""

    processes: int
    """The number of starts per program."""

    everything: bool
    """Whether to include measurements without a bar."""


FULL = Effort(rounds=60, processes=20, everything=True)
QUICK = Effort(rounds=12, processes=6, everything=False)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report."""

    title: str
    prose: str
    """A description of the measurement in one or two sentences."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    figures: Mapping[str, Figure] = field(default_factory=dict[str, Figure])
    """The figures that bars judge."""

    seconds: Mapping[str, Sequence[float]] = field(default_factory=dict[str, Sequence[float]])
    """All timings, by name."""
