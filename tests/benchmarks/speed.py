"""Compare the time of parsing with that of other parsers on the same bytes."""

from collections.abc import Callable, Mapping
from functools import partial
from statistics import median

from bandwidth_events import (
    BasicAuthError,
    BasicCredentials,
    encode_callback,
    parse_callback,
    verify_basic_auth,
)

from .bars import BARS, Figure, least, ratio
from .clock import interleave
from .parsers import BARE, LOADS, NAMES, OURS, SDK, Parser, load, outcome
from .payloads import KINDS, MALFORMED, SIZES, TYPICAL, array
from .sections import Effort, Section

_OTHERS = [name for name in NAMES if name != OURS]


def _check(parsers: Mapping[str, Parser], body: bytes, size: int) -> None:
    """Check that the compared functions have the same result."""
    for name, parser in parsers.items():
        if len(parser(body)) != size:
            raise AssertionError(f"{name} does not return {size} events")


def _microseconds(seconds: list[float], per: int = 1) -> str:
    return f"{min(seconds) / per * 1e6:.2f}"


def kinds(effort: Effort) -> Section:
    """Time one event of each type."""
    parsers = {name: load(name) for name in NAMES}
    rows: list[list[str]] = []
    against: dict[str, list[Figure]] = {BARE: [], SDK: [], LOADS: []}
    every: dict[str, list[float]] = {}
    for kind, body in KINDS.items():
        _check(parsers, body, 1)
        seconds = interleave(
            {name: partial(parser, body) for name, parser in parsers.items()}, rounds=effort.rounds
        )
        ours = seconds[OURS]
        against[BARE].append(ratio(ours, seconds[BARE], of=kind))
        for name in (SDK, LOADS):
            against[name].append(ratio(seconds[name], ours, of=kind))
        ratios = [str(ratio(seconds[name], ours)) for name in _OTHERS]
        rows.append([f"`{kind}`", _microseconds(ours), *ratios])
        every |= {f"{kind}: {name}": times for name, times in seconds.items()}
    return Section(
        "One event",
        "The time of `parse_callback` in microseconds (the minimum of all rounds), and the ratio "
        "of each alternative to that time (the median of the rounds ± half of the interquartile "
        "range).",
        ["type", "µs", *_OTHERS],
        rows,
        {
            "bare": BARS["bare"].worst(against[BARE]),
            "sdk": BARS["sdk"].worst(against[SDK]),
            "loads": BARS["loads"].worst(against[LOADS]),
        },
        every,
    )


def arrays(effort: Effort) -> Section:
    """Time arrays of many events."""
    parsers = {name: load(name) for name in NAMES}
    rows: list[list[str]] = []
    every: dict[str, list[float]] = {}
    for size in SIZES:
        body = array(size)
        rounds = effort.rounds if size <= 100 else max(8, effort.rounds // 5)
        chosen = dict(parsers)
        if size > 100 and not effort.everything:
            chosen = {name: parsers[name] for name in (OURS, BARE, LOADS)}
        _check(chosen, body, size)
        calls = {name: partial(parser, body) for name, parser in chosen.items()}
        seconds = interleave(calls, rounds=rounds)
        collected: list[str] = []
        if effort.everything:
            # The collector occasionally visits every object, so a slice needs many calls.
            times = interleave(
                {name: calls[name] for name in (OURS, BARE)},
                rounds=5,
                slice_seconds=0.3,
                collector=True,
            )
            collected = [f"{median(each) / size * 1e6:.2f}" for each in times.values()]
        ratios = [
            str(ratio(seconds[name], seconds[OURS])) if name in seconds else "" for name in _OTHERS
        ]
        rows.append(
            [
                f"{size:,}",
                f"{len(body) / 1024:,.1f}",
                _microseconds(seconds[OURS], size),
                *ratios,
                *(collected or ["", ""]),
            ]
        )
        every |= {f"{size}: {name}": times for name, times in seconds.items()}
    one, most = SIZES[0], SIZES[-1]
    growth = min(every[f"{most}: {OURS}"]) / most / min(every[f"{one}: {OURS}"])
    return Section(
        "Arrays",
        "The same for each event of an array. The last two columns are the microseconds with the "
        "garbage collector, which `timeit` and the other columns disable.",
        ["events", "KiB", "µs an event", *_OTHERS, f"{OURS}, collecting", f"{BARE}, collecting"],
        rows,
        {"growth": least([growth], of=f"{most:,} events")},
        every,
    )


def malformed(effort: Effort) -> Section:
    """Time the rejection of malformed bodies."""
    parsers = {name: load(name) for name in NAMES}
    rows: list[list[str]] = []
    every: dict[str, list[float]] = {}
    for name, body in MALFORMED.items():
        seconds = interleave(
            {other: partial(outcome, parser, body) for other, parser in parsers.items()},
            rounds=effort.rounds // 2,
        )
        cells = [
            f"{ratio(seconds[other], seconds[OURS])}"
            + (" (accepts)" if "events" in outcome(parsers[other], body) else "")
            for other in _OTHERS
        ]
        rows.append([name, _microseconds(seconds[OURS]), *cells])
        every |= {f"{name}: {other}": times for other, times in seconds.items()}
    return Section(
        "Malformed bodies",
        "The cost of rejecting a body. `parse_callback` then parses each event separately, keeps "
        "the well-formed ones and reports every error; most alternatives stop at the first error.",
        ["body", "µs", *_OTHERS],
        rows,
        {},
        every,
    )


def authentication(effort: Effort) -> Section:
    """Time the check of credentials."""
    pair = BasicCredentials("bandwidth", "correct horse battery staple")
    other = BasicCredentials("bandwidth", "correct horse battery maples")
    headers: dict[str, tuple[str | None, list[BasicCredentials]]] = {
        "accepted": (pair.authorization, [pair]),
        "rejected": (other.authorization, [pair]),
        "accepted, of three pairs": (pair.authorization, [other, other, pair]),
        "missing": (None, [pair]),
        "malformed": ("Bearer abcdef", [pair]),
    }

    def verify(header: str | None, credentials: list[BasicCredentials]) -> bool:
        try:
            verify_basic_auth(header, credentials)
        except BasicAuthError:
            return False
        return True

    seconds = interleave(
        {name: partial(verify, *arguments) for name, arguments in headers.items()},
        rounds=effort.rounds,
    )
    figures = [least([each * 1e6 for each in times], of=name) for name, times in seconds.items()]
    return Section(
        "Authentication",
        "`verify_basic_auth`, the minimum of all rounds.",
        ["header", "µs"],
        [[name, _microseconds(times)] for name, times in seconds.items()],
        {"auth": BARS["auth"].worst(figures)},
        seconds,
    )


def afterwards(effort: Effort) -> Section:
    """Time the operations of a handler on one parsed event."""
    (event,) = parse_callback(TYPICAL)
    (odd,) = parse_callback(TYPICAL.replace(b'"text":', b'"tag": 5, "text":'))
    uses: dict[str, Callable[[], object]] = {
        "`dedupe_key`": lambda: event.dedupe_key,
        "`hash`": lambda: hash(event),
        "`log_fields()`": event.log_fields,
        "`model_dump()`": event.model_dump,
        "`encode_callback`": lambda: encode_callback([event]),
        "`encode_callback`, with a malformed optional value": lambda: encode_callback([odd]),
    }
    seconds = interleave(uses, rounds=effort.rounds)
    return Section(
        "After parsing",
        "One event, the minimum of all rounds. The bar is that of hostile bodies.",
        ["use", "µs"],
        [[name, _microseconds(times)] for name, times in seconds.items()],
        seconds=seconds,
    )
