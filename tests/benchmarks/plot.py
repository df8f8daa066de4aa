"""Draw the plot in the documentation."""

from pathlib import Path
from statistics import median

import matplotlib as mpl
from matplotlib.figure import Figure

from .parsers import NAMES
from .payloads import SIZES
from .sections import Section


def draw(path: Path, arrays: Section, cold_start: Section) -> None:
    """Plot the time of an event against the size of its array, and the cold start."""
    # The same measurements result in the same file.
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "bandwidth-events"})
    figure = Figure(figsize=(11, 4.4), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=[3, 2])
    for name in NAMES:
        times = [min(arrays.seconds[f"{size}: {name}"]) / size * 1e6 for size in SIZES]
        ours = name == NAMES[0]
        left.loglog(
            SIZES,
            times,
            marker="o",
            label=name,
            linewidth=3 if ours else 1.2,
            zorder=3 if ours else 2,
        )
    left.set(xlabel="events in the array", ylabel="µs an event", title="Time of an event")
    left.set_yticks([0.5, 1, 2, 5, 10, 20, 50], labels=["0.5", "1", "2", "5", "10", "20", "50"])
    left.grid(which="major", alpha=0.3)
    left.legend(fontsize="small", ncols=2, loc="upper center", bbox_to_anchor=(0.5, -0.15))
    milliseconds = {name: median(times) * 1e3 for name, times in cold_start.seconds.items()}
    bars = right.barh(list(milliseconds), list(milliseconds.values()))
    right.bar_label(bars, fmt="%.0f", padding=3)
    right.invert_yaxis()
    right.margins(x=0.12)
    right.set(xlabel="ms", title="Import and first parse, in a fresh process")
    figure.savefig(path, metadata={"Date": None})
