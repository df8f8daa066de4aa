"""The bars that the figures must meet."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor, log10
from statistics import median, quantiles
from typing import Final


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value."""

    value: float
    low: float
    high: float
    """The bounds of the middle half of the rounds."""

    of: str = ""
    """The case that was measured, if there are several."""

    @property
    def shown(self) -> float:
        """The printed value. Bars judge the number that readers see."""
        return round(self.value, self._decimals)

    def __str__(self) -> str:
        half = (self.high - self.low) / 2
        spread = f" ± {half:.{self._decimals}f}" if half else ""
        return f"{self.shown:.{self._decimals}f}{spread}"

    @property
    def _decimals(self) -> int:
        return 3 if self.value < 0.1 else max(0, 2 - max(0, floor(log10(self.value))))


def middle(values: list[float], *, of: str = "") -> Figure:
    """Return the median and the bounds of the middle half."""
    low, _, high = quantiles(values, n=4, method="inclusive")
    return Figure(median(values), low, high, of)


def ratio(seconds: list[float], against: list[float], *, of: str = "") -> Figure:
    """Compute the ratio of two measurements round by round."""
    return middle([one / other for one, other in zip(seconds, against, strict=True)], of=of)


def least(values: list[float], *, of: str = "") -> Figure:
    """Return the minimum, because noise can only increase a value."""
    return Figure(min(values), min(values), min(values), of)


@dataclass(frozen=True, slots=True)
class Bar:
    """A limit for a figure."""

    what: str
    limit: float
    unit: str = "×"
    at_least: bool = False
    """Whether the limit is a minimum instead of a maximum."""

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.limit:g} {self.unit}".rstrip()

    def shortfall(self, figure: Figure) -> float:
        """Return the fraction of the limit by which the figure misses the bar; 0 if it meets it."""
        beyond = figure.shown - self.limit
        return max(0.0, (-beyond if self.at_least else beyond) / self.limit)

    def worst(self, figures: list[Figure]) -> Figure:
        """Return the figure that misses the bar by most, or that is closest to missing it."""
        return (min if self.at_least else max)(figures, key=lambda figure: figure.value)


BARS: Final[Mapping[str, Bar]] = {
    "bare": Bar("one event: time, against a bare `TypeAdapter` of the same models", 1.05),
    "sdk": Bar("one event: speed, against the SDK's `Callback.from_dict`", 10, at_least=True),
    "loads": Bar("one event: speed, against `json.loads` + `validate_python`", 1.8, at_least=True),
    "growth": Bar("time per event in an array of 10,000, against one event", 2.5),
    "cold": Bar("import + first parse, against importing pydantic and building one model", 1.10),
    "cold-instructions": Bar("the same, in processor instructions", 1.11),
    "cold-sdk": Bar("import + first parse, against the SDK's", 0.25),
    "hostile-time": Bar("any hostile body of 1 MiB: time", 200, "ms"),
    "hostile-after": Bar(
        "hashing, comparing, dumping and logging every event in it: time", 1000, "ms"
    ),
    "hostile-memory": Bar("any hostile body of 1 MiB: memory", 64, "MiB"),
    "share": Bar("this library's share of the processor time of a request to FastAPI", 10, "%"),
    "auth": Bar("`verify_basic_auth`: time", 4, "µs"),
    "delivery": Bar("`simulate`: processor time of a delivery", 1, "ms"),
    "examples": Bar("`strategies.events()`: examples per second", 300, "", at_least=True),
}


def missed(figures: Mapping[str, Figure], bars: Mapping[str, Bar] = BARS) -> list[str]:
    """Describe the figures that miss their bars."""
    return [
        f"{bars[key].what} ({figure.of}) is {figure} {bars[key].unit}, and has to be {bars[key]}: "
        f"missed by {bars[key].shortfall(figure):.1%}"
        for key, figure in figures.items()
        if bars[key].shortfall(figure)
    ]
