"""Draw the plot in the documentation, which follows the theme of its page."""

import re
from io import StringIO
from pathlib import Path
from statistics import median
from typing import Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .parsers import NAMES
from .payloads import SIZES
from .sections import Section

TITLE: Final = "Time per event by array size, and the cold start"

# 360 units wide, like the other pictures, so that it is legible on a phone.
_INCHES: Final = (5, 8.2)
# Black becomes the colour of the text. The others have a contrast of 3 to 1 with white and with
# furo's dark background, as WCAG demands of graphics; the markers tell them apart without colour.
_LINES: Final = (
    ("#000000", "o"),
    ("#1f77b4", "s"),
    ("#d95f02", "^"),
    ("#2ca02c", "v"),
    ("#d62728", "D"),
    ("#9467bd", "P"),
    ("#8c564b", "X"),
    ("#7f7f7f", "*"),
)


def draw(path: Path, arrays: Section, cold_start: Section) -> None:
    """Plot the time of an event against the size of its array, and the cold start."""
    times = {
        name: [min(arrays.seconds[f"{size}: {name}"]) / size * 1e6 for size in SIZES]
        for name in NAMES
    }
    milliseconds = {name: median(times) * 1e3 for name, times in cold_start.seconds.items()}
    with mpl.rc_context(
        {
            "axes.titlesize": 12,
            "font.size": 11,
            "legend.fontsize": 11,
            "svg.fonttype": "none",
            "svg.hashsalt": "bandwidth-events",  # the same measurements result in the same file
        }
    ):
        figure = Figure(figsize=_INCHES, layout="constrained")
        (upper,), (lower,) = figure.subfigures(2, 1, squeeze=False, height_ratios=[5, 2])
        _plot_arrays(upper.subplots(), times)
        upper.legend(
            loc="outside lower center",
            ncols=2,
            frameon=False,
            borderpad=0.6,
            columnspacing=0.8,
            handlelength=1.5,
            handletextpad=0.5,
        )
        _plot_cold_start(lower.subplots(), milliseconds)
        written = StringIO()
        figure.savefig(
            written,
            format="svg",
            transparent=True,
            metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")),
        )
    path.write_text(_follow_theme(written.getvalue(), _describe(times, milliseconds)))


def _plot_arrays(axes: Axes, times: dict[str, list[float]]) -> None:
    for (name, values), (colour, marker) in zip(times.items(), _LINES, strict=True):
        ours = name == NAMES[0]
        axes.loglog(
            SIZES,
            values,
            color=colour,
            marker=marker,
            label=name,
            linewidth=3 if ours else 1.2,
            zorder=3 if ours else 2,
        )
    axes.set(xlabel="events in the array", ylabel="µs an event", title="Time of an event")
    axes.set_xticks(SIZES, labels=[f"{size:,}" for size in SIZES])
    axes.set_yticks([0.5, 1, 2, 5, 10, 20, 50], labels=["0.5", "1", "2", "5", "10", "20", "50"])
    axes.minorticks_off()
    axes.grid(color="#000000", alpha=0.2)


def _plot_cold_start(axes: Axes, milliseconds: dict[str, float]) -> None:
    colours = dict(zip(NAMES, (colour for colour, _ in _LINES), strict=True))
    bars = axes.barh(
        list(milliseconds),
        list(milliseconds.values()),
        color=[colours.get(name, "#000000") for name in milliseconds],
    )
    axes.bar_label(bars, fmt="%.0f", padding=3)
    axes.invert_yaxis()
    axes.margins(x=0.17)
    axes.set(xlabel="ms")
    axes.set_title("Import and first parse, in a fresh process", x=1, ha="right")


def _describe(times: dict[str, list[float]], milliseconds: dict[str, float]) -> str:
    """Say in words what the picture shows, for those who do not see it."""
    per_event = (f"{name} {values[0]:.3g} and {values[-1]:.3g}" for name, values in times.items())
    starts = (f"{name} {value:.3g}" for name, value in milliseconds.items())
    return (
        f"Microseconds an event, alone and in an array of {SIZES[-1]:,}: {'; '.join(per_event)}."
        f" Milliseconds of import and first parse: {'; '.join(starts)}."
    )


def _follow_theme(svg: str, description: str) -> str:
    """Turn matplotlib's file into one that can be part of a page.

    Black becomes the colour of the text around it, the font is the page's, and nothing in the
    file has an effect on the page: no style sheet, and no identifier that nothing refers to.
    """
    start = svg.index("<svg ")
    head, rest = svg[start:].split(">", 1)
    view_box = re.search(r'viewBox="0 0 (\S+) (\S+)"', head)
    if view_box is None:
        raise ValueError("matplotlib's file has no view box")
    width, height = view_box.groups()
    rest = re.sub(r"<defs>\s*<style.*?</defs>\s*", "", rest, count=1, flags=re.DOTALL)
    rest = re.sub(r"#000000\b", "currentColor", rest)
    rest = re.sub(r"font-family: [^;\"]*;? ?", "", rest)
    referred = set(re.findall(r'#([\w-]+)[")]', rest))
    rest = re.sub(r' id="([\w-]+)"', lambda id_: id_[0] if id_[1] in referred else "", rest)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
        f' width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img"'
        ' aria-labelledby="performance-title performance-desc" color="CanvasText"'
        ' fill="currentColor" font-family="system-ui, sans-serif" stroke-linejoin="round"'
        ' style="color-scheme: light dark">\n'
        f' <title id="performance-title">{TITLE}</title>\n'
        f' <desc id="performance-desc">{description}</desc>{rest}'
    )
