"""What a measurement gives: a table, a few figures for the bars, and all that was timed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .bars import Figure


@dataclass(frozen=True, slots=True)
class Effort:
    """How much of everything to measure."""

    rounds: int
    """How often each function is timed."""

    processes: int
    """How often each program is started."""

    everything: bool
    """Whether to measure also what no bar is about."""


FULL = Effort(rounds=60, processes=20, everything=True)
QUICK = Effort(rounds=12, processes=6, everything=False)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report."""

    title: str
    prose: str
    """What was done, in a sentence or two."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    figures: Mapping[str, Figure] = field(default_factory=dict[str, Figure])
    """What the bars are about."""

    seconds: Mapping[str, Sequence[float]] = field(default_factory=dict[str, Sequence[float]])
    """Every time that was taken, by what took it."""
