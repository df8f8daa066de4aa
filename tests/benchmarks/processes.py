"""Measure the cold start and memory in fresh processes."""

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from bodies import ROOT
from hostile import BODIES, Cost

from .bars import BARS, least, middle, ratio
from .parsers import BARE, LOADS, NAMES, OURS, SDK
from .payloads import SIZES, TYPICAL, array
from .sections import Effort, Section

_TESTS: Final = Path(__file__).parent.parent

_PYDANTIC: Final = "pydantic, one model"
_COLD: Final[Mapping[str, str]] = {
    OURS: "from bandwidth_events import parse_callback\nparse_callback(body)",
    _PYDANTIC: """\
from pydantic import BaseModel
class Event(BaseModel):
    type: str
    time: str
Event.model_validate_json(body.strip(b"[] \\n"))""",
    SDK: """\
import json
from bandwidth.models.callback import Callback
Callback.from_dict(json.loads(body)[0])""",
    "json + dataclasses": "from benchmarks.handrolled import parse\nparse(body)",
    "msgspec": "from benchmarks.structs import parse\nparse(body)",
}
_BEFORE: Final = """\
import sys, time
body = sys.stdin.buffer.read()
start = time.process_time()
"""
_AFTER: Final = "\nprint(time.process_time() - start)"


# Compile every module once, as an installation does.
_ENVIRONMENT: Final = {
    **{key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"},
    "PYTHONPATH": str(_TESTS),
    "PYTHONPYCACHEPREFIX": str(ROOT / ".bench_cache" / "compiled"),
}


def _run(*arguments: str, body: bytes = b"") -> tuple[str, str]:
    done = subprocess.run(
        [sys.executable, *arguments],
        input=body,
        capture_output=True,
        check=True,
        env=_ENVIRONMENT,
        timeout=120,
    )
    return done.stdout.decode(), done.stderr.decode()


@cache  # a second count would be the same
def _instructions(code: str) -> int:
    """Count the instructions of a Python program under valgrind."""
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    done = subprocess.run(
        [*command, sys.executable, "-c", code],
        input=TYPICAL,
        capture_output=True,
        check=True,
        # Otherwise the order in sets, and with it the work, would vary.
        env={**_ENVIRONMENT, "PYTHONHASHSEED": "0"},
        timeout=600,
    )
    _, _, counted = done.stderr.decode().partition("Collected : ")
    return int(counted.split()[0])


def cold_start(effort: Effort) -> Section:
    """Time import and first parse in separate processes, and count their instructions."""
    seconds: dict[str, list[float]] = {name: [] for name in _COLD}
    for round_ in range(-1, effort.processes):
        for name in sorted(_COLD, reverse=bool(round_ % 2)):
            printed, _ = _run("-c", _BEFORE + _COLD[name] + _AFTER, body=TYPICAL)
            if round_ >= 0:  # the first round compiles
                seconds[name].append(float(printed))
    ours = seconds[OURS]
    before = _instructions(_BEFORE)
    counted = {
        name: _instructions(_BEFORE + code) - before
        for name, code in _COLD.items()
        if effort.everything or name in (OURS, _PYDANTIC)
    }
    return Section(
        "Cold start",
        "Importing and parsing one event in a fresh process, without the start of Python itself: "
        "processor time, and the instructions that valgrind counts, which do not depend on the "
        "load of the machine.",
        ["what", "ms", f"against {OURS}", "million instructions", f"against {OURS}"],
        [
            [
                name,
                str(middle([each * 1e3 for each in times])),
                str(ratio(times, ours)),
                *(
                    [f"{counted[name] / 1e6:.0f}", str(least([counted[name] / counted[OURS]]))]
                    if name in counted
                    else ["", ""]
                ),
            ]
            for name, times in seconds.items()
        ],
        {
            "cold": ratio(ours, seconds[_PYDANTIC], of="fresh processes"),
            "cold-instructions": least([counted[OURS] / counted[_PYDANTIC]], of="fresh processes"),
            "cold-sdk": ratio(ours, seconds[SDK], of="fresh processes"),
        },
        seconds,
    )


def import_times(effort: Effort) -> Section:
    """Summarise ``python -X importtime`` by the origin of the modules."""
    runs: list[dict[str, float]] = []
    modules: dict[str, int] = defaultdict(int)
    for _ in range(effort.processes):
        _, printed = _run("-X", "importtime", "-c", "import bandwidth_events")
        run: dict[str, float] = defaultdict(float)
        modules.clear()
        # The lines before belong to the start of Python itself.
        _, _, imported = printed.partition("| site\n")
        for line in imported.splitlines():
            own, _, name = line.removeprefix("import time:").split("|")
            origin = _origin(name.strip())
            run[origin] += int(own) / 1000
            modules[origin] += 1
        runs.append(run)
    return Section(
        "Imports",
        "`python -X importtime -c 'import bandwidth_events'`, by origin, in the fastest of the "
        "processes. It takes longer than the cold start, because it reports each module. Pydantic "
        "imports most of the standard library's modules.",
        ["origin", "modules", "ms"],
        [
            [origin, str(modules[origin]), f"{min(runs, key=_total)[origin]:.1f}"]
            for origin in sorted(modules)
        ],
    )


def _total(run: Mapping[str, float]) -> float:
    return sum(run.values())


_PYDANTIC_NEEDS: Final = ("annotated_types", "typing_extensions", "typing_inspection")


def _origin(module: str) -> str:
    package = module.partition(".")[0]
    if package == "bandwidth_events":
        return package
    if package.startswith("pydantic") or package in _PYDANTIC_NEEDS:
        return "pydantic and its dependencies"
    return "standard library"


def _cost(parser: str, body: bytes) -> Cost:
    printed, _ = _run("-m", "benchmarks.child", parser, body=body)
    return Cost(**json.loads(printed))


def memory(effort: Effort) -> Section:
    """Measure the memory per event while the largest array is parsed."""
    size = SIZES[-1]
    body = array(size)
    costs = {name: _cost(name, body) for name in NAMES} if effort.everything else {}
    return Section(
        "Memory",
        f"The peak memory while {size:,} events are parsed from one body of "
        f"{len(body) / 2**20:.1f} MiB, minus the memory before, divided by their number.",
        ["parser", "KiB per event"],
        [[name, f"{cost.mebibytes * 1024 / size:.2f}"] for name, cost in costs.items()],
    )


_OTHERS: Final = (BARE, LOADS, SDK)
_SHOWN: Final = 4
_TELLING: Final = (
    "nests of arrays as message.direction",
    "many keys as message",
    "many empty objects as item",
    "many events with every field wrong as item",
)


def hostile(effort: Effort) -> Section:
    """Measure the cost of hostile bodies, of some also for other parsers."""
    printed, _ = _run(str(_TESTS / "hostile.py"))
    costs = {
        cost.body: cost for cost in (Cost(**json.loads(each)) for each in printed.split("\n")[:-1])
    }
    by_time = sorted(costs.values(), key=lambda cost: -cost.seconds)
    by_memory = sorted(costs.values(), key=lambda cost: -cost.mebibytes)
    shown = [*_dearest(by_time), *_dearest(by_memory), *_TELLING]
    rows: list[list[str]] = []
    for name in dict.fromkeys(shown):
        body = BODIES[name]()
        cells: list[str] = []
        if effort.everything and isinstance(body, bytes):
            cells = [_cost_cell(_cost(other, body)) for other in _OTHERS]
        rows.append([name, _cost_cell(costs[name]), *cells, *[""] * (len(_OTHERS) - len(cells))])
    return Section(
        "Hostile bodies",
        f"Each of {len(costs)} bodies of a mebibyte is parsed in a separate process. The table "
        f"shows the time and the additional memory, including the body for `parse_callback` and "
        f"excluding it for the others. The garbage collector ignores older objects. The rows are "
        f"the most expensive bodies by time and by memory, and a few that are expensive for other "
        f"parsers. The other parsers' errors are raised, but not converted to text or lists, as a "
        f"route would.",
        ["body", OURS, *_OTHERS],
        rows,
        {
            "hostile-time": BARS["hostile-time"].worst(
                [least([cost.seconds * 1e3], of=cost.body) for cost in by_time]
            ),
            "hostile-after": BARS["hostile-after"].worst(
                [least([cost.seconds_after * 1e3], of=cost.body) for cost in by_time]
            ),
            "hostile-memory": BARS["hostile-memory"].worst(
                [least([cost.mebibytes], of=cost.body) for cost in by_time]
            ),
        },
    )


def _dearest(costs: list[Cost]) -> list[str]:
    """Return the names of the first few, with only one of each kind."""
    names = {cost.body.partition(" as ")[0]: cost.body for cost in reversed(costs)}
    return [cost.body for cost in costs if cost.body in names.values()][:_SHOWN]


def _cost_cell(cost: Cost) -> str:
    if cost.outcome.startswith("died"):
        return cost.outcome
    return f"{cost.seconds * 1e3:.0f} ms, {cost.mebibytes:.0f} MiB"
