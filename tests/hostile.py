"""Measure hostile bodies: bodies of one mebibyte that are built to cost time or memory.

``PYTHONPATH=tests python tests/hostile.py`` measures every body and prints one JSON line each:
the cost of parsing, and then of hashing, comparing, dumping and logging every event. With names, it
measures only those bodies. ``make hostile`` checks all bodies against the bars, and `make test` a
selection.
"""

import codecs
import copy
import gc
import json
import os
import re
import resource
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from math import inf
from typing import Final, TypeAlias

from benchmarks.bars import BARS
from bodies import dump, event
from pydantic_core import from_json

from bandwidth_events import (
    BaseMessageEvent,
    CallbackParseError,
    Event,
    InboundMessageEvent,
    parse_callback,
)

MAX_BYTES: Final = 1_048_576

# These limits end a hanging process on any machine. They are far above the benchmark's bars.
_HARD_SECONDS: Final = 10
_HARD_BYTES: Final = 1 << 30

_Fill: TypeAlias = Callable[[int], bytes]
"""Returns a JSON value, or the start of one, of at most that many bytes."""


def _repeat(unit: bytes, before: bytes = b"[", after: bytes = b"]", between: bytes = b",") -> _Fill:
    def fill(room: int) -> bytes:
        times = (room - len(before) - len(after)) // len(unit + between)
        return before + (unit + between) * (times - 1) + unit + after

    return fill


def _number_keys(key: str, value: str, *, end: str = "}") -> _Fill:
    """Build an object with many distinct keys; ``{}`` in the key is replaced by a number."""

    def fill(room: int) -> bytes:
        member = f'"{key}":{value}'
        times = room // (len(member) + 5)
        return f"{{{','.join([member.format(n) for n in range(times)])}{end}".encode()

    return fill


def _nest(opening: bytes, closing: bytes, innermost: bytes = b"0") -> _Fill:
    def fill(room: int) -> bytes:
        depth = (room - len(innermost)) // len(opening + closing)
        return opening * depth + innermost + closing * depth

    return fill


_string: Final = partial(_repeat, before=b'"', after=b'"', between=b"")
_digits: Final = partial(_repeat, before=b"", after=b"", between=b"")

# Pydantic's parser accepts 200 levels; the position of the value takes a few of them.
_DEEPEST: Final = 190

_SMALLEST: Final = (
    b'{"type":"message-read","time":0,"to":"","description":"","message":{"id":"","owner":"",'
    b'"applicationId":"","time":0,"segmentCount":0,"direction":"in","to":[],"from":""}}'
)
_ALL_ODD: Final = (
    b'{"type":"message-read","time":0,"eventTime":[],"to":"","description":"","carrierName":0,'
    b'"message":{"id":"","owner":"","applicationId":"","time":0,"segmentCount":0,"direction":"in",'
    b'"to":[],"from":"","text":0,"tag":0,"media":0,"priority":0,"channel":0,"content":{"text":0},'
    b'"suggestionResponse":0,"locationResponse":{"latitude":0,"longitude":0}}}'
)
_ALL_WRONG: Final = (
    b'{"type":"message-read","time":0,"eventTime":[],"to":0,"description":0,"carrierName":0,'
    b'"message":{"id":0,"owner":0,"applicationId":0,"time":[],"segmentCount":"","direction":0,'
    b'"to":[0],"from":0,"text":0,"tag":0,"media":[0],"priority":0,"channel":0,"content":0,'
    b'"suggestionResponse":0,"locationResponse":{"latitude":"","longitude":""}}}'
)

VALUES: Final[Mapping[str, _Fill]] = {
    # Depth
    "arrays in arrays": _nest(b"[", b"]"),
    "objects in objects": _nest(b'{"a":', b"}"),
    "arrays in objects in arrays": _nest(b'[{"":', b"}]"),
    "unclosed arrays": _repeat(b"[", b"", b"", b""),
    "unclosed objects": _repeat(b'{"":', b"", b"", b""),
    "closing brackets": _repeat(b"]", b"", b"", b""),
    "nests of arrays": _repeat(b"[" * _DEEPEST + b"]" * _DEEPEST),
    "nests of objects": _repeat(b'{"":' * _DEEPEST + b"0" + b"}" * _DEEPEST),
    # Many tiny items
    "many numbers": _repeat(b"0"),
    "many floats": _repeat(b"0.1"),
    "many nulls": _repeat(b"null"),
    "many empty strings": _repeat(b'""'),
    "many short strings": _repeat(b'"a"'),
    "many empty arrays": _repeat(b"[]"),
    "many arrays of one": _repeat(b"[0]"),
    "many arrays of an array": _repeat(b"[[]]"),
    "many empty objects": _repeat(b"{}"),
    "many objects of one": _repeat(b'{"":0}'),
    "many objects of an object": _repeat(b'{"":{}}'),
    "many white spaces": _repeat(b" ", b"[", b"0]", b""),
    "many unclosed items": _repeat(b"0", b"[", b""),
    # Many wrong or nearly valid items
    "many events without a type": _repeat(b'{"type":null}'),
    "many events of an unknown type": _repeat(b'{"type":""}'),
    "many events with only a known type": _repeat(b'{"type":"message-read"}'),
    "many events with an empty message": _repeat(b'{"type":"message-read","message":{}}'),
    "many events with every field wrong": _repeat(_ALL_WRONG),
    "many valid events": _repeat(dump(event())),
    "many of the smallest valid events": _repeat(_SMALLEST),
    # Keys
    "many keys": _number_keys("{}", "0"),
    "many keys of many objects": _number_keys("{}", "{{}}"),
    "many keys of many arrays": _number_keys("{}", "[0]"),
    "many keys with a dot": _number_keys("message.{}", "0"),
    "many keys with an escape": _number_keys(r"\u00e9{}", "0"),
    "many unclosed keys": _number_keys("{}", "0", end=""),
    "one key many times": _repeat(b'"a":0', b"{", b"}"),
    "the type many times": _repeat(b'"type":"message-read"', b"{", b"}"),
    "one message many times": _repeat(b'"message":{}', b"{", b"}"),
    "a huge key": _repeat(b"a", b'{"', b'":0}', b""),
    "a huge key of escapes": _repeat(rb"\u00e9", b'{"', b'":0}', b""),
    # Strings
    "a huge string": _string(b"a"),
    "a huge string of two-byte letters": _string("é".encode()),
    "a huge string of three-byte letters": _string("€".encode()),
    "a huge string of four-byte letters": _string("🛶".encode()),
    "a huge string with one four-byte letter": _repeat(b"a", b'"', "🛶".encode() + b'"', b""),
    "a huge string of escapes": _string(rb"\n"),
    "a huge string of backslashes": _string(rb"\\"),
    "a huge string of escaped letters": _string(rb"\u00e9"),
    "a huge string of escaped NULs": _string(rb"\u0000"),
    "a huge string of NULs": _string(b"\0"),
    "a huge string of surrogate pairs": _string(rb"\ud83d\ude00"),
    "a huge string of high surrogates": _string(rb"\ud83d"),
    "a huge string of low surrogates": _string(rb"\ude00"),
    "a huge string of unordered surrogates": _string(rb"\ude00\ud83d"),
    "a huge string of surrogates and backslashes": _string(rb"\\\ud83d"),
    "a huge string, and a lone surrogate": _repeat(b"a", b'"', rb"\ud83d" + b'"', b""),
    "a huge string, and an invalid byte": _repeat(b"a", b'"', b'\xff"', b""),
    "a huge string with half a letter": _repeat(b"a", b'"', "🛶".encode()[:3] + b'"', b""),
    "a huge string, and an invalid escape": _repeat(b"a", b'"', rb"\q" + b'"', b""),
    "a huge unclosed string": _repeat(b"a", b'"', b"", b""),
    "invalid bytes": _string(b"\xff"),
    "surrogates in UTF-8": _string(b"\xed\xa0\xbd"),
    "many strings with a lone surrogate": _repeat(rb'"\ud83d"'),
    # Numbers
    "a huge integer": _digits(b"7"),
    "a huge negative integer": _repeat(b"7", b"-", b"", b""),
    "many large integers": _repeat(b"7" * 4300),
    "many integers of 64 bits": _repeat(b"9223372036854775807"),
    "many integers over 64 bits": _repeat(b"9223372036854775808"),
    "a huge exponent": _repeat(b"9", b"1e", b"", b""),
    "a huge negative exponent": _repeat(b"9", b"1e-", b"", b""),
    "many huge exponents": _repeat(b"1e999999999"),
    "many halves of the smallest float": _repeat(b"2.4703282292062327208e-324"),
    "a huge fraction": _repeat(b"7", b"0.", b"", b""),
    "many long fractions": _repeat(b"0." + b"7" * 800),
    "many infinities": _repeat(b"Infinity"),
    "many NaNs": _repeat(b"NaN"),
    "a huge integer in a string": _string(b"7"),
    "a huge fraction in a string": _repeat(b"7", b'"0.', b'"', b""),
    "a huge exponent in a string": _repeat(b"9", b'"1e', b'"', b""),
    "a huge fraction of a second": _repeat(b"7", b'"2026-07-06T12:00:00.', b'Z"', b""),
    "a huge base64": _string(b"YTpi"),
}
"""Builders of values, by name."""

# More positions of a value; `POSITIONS` lists the others.
_PATHS: Final = (
    "type",
    "time",
    "to",
    "description",
    "carrierName",
    "errorCode",
    "unknown",
    "message",
    "message.time",
    "message.segmentCount",
    "message.direction",
    "message.to",
    "message.text",
    "message.media",
    "message.priority",
    "message.content",
    "message.suggestionResponse",
    "message.locationResponse",
    "message.unknown",
)


def _around(document: object) -> tuple[bytes, bytes]:
    before, _, after = dump(document).partition(b'"HERE"')
    return before, after


POSITIONS: Final[Mapping[str, tuple[bytes, bytes]]] = {
    "body": (b"", b""),
    "item": (b"[", b"]"),
    "last item": _around([event(), "HERE"]),
    "unknown event": _around([{"type": "x", "unknown": "HERE"}]),
    "unfinished body": (_around([event(unknown="HERE")])[0], b""),
    **{
        path: _around([event("message-failed", **{path.replace(".", "__"): "HERE"})])
        for path in _PATHS
    },
    "eventTime": _around([event("message-read", eventTime="HERE")]),
    "message.to.0": _around([event(message__to=["HERE"])]),
    "message.media.0": _around([event(message__media=["HERE"])]),
    "message.content.media": _around([event(message__content={"media": "HERE"})]),
    "message.content.media.fileUrl": _around(
        [event(message__content={"media": {"fileUrl": "HERE"}})]
    ),
    "message.locationResponse.latitude": _around(
        [event(message__locationResponse={"latitude": "HERE"})]
    ),
}
"""The bytes before and after a value in a body, by name."""

# Every value is tried in the first positions, and the most expensive values in every position.
_FOR_VALUES: Final = ("item", "message.unknown")
_FOR_POSITIONS: Final = (
    "objects in objects",
    "nests of arrays",
    "many keys",
    "a huge string of surrogates and backslashes",
)


def _place(value: str, position: str, mark: bytes = b"") -> bytes:
    before, after = POSITIONS[position]
    return mark + before + VALUES[value](MAX_BYTES - len(mark + before + after)) + after


def _all_at_once(*, valid: bool) -> bytes:
    values = [fill(MAX_BYTES // len(VALUES) - 1) for fill in VALUES.values()]
    return codecs.BOM_UTF8 + b"[%s]" % b",".join(
        [value for value in values if not valid or _is_json(value)]
    )


def _is_json(value: bytes) -> bool:
    try:
        from_json(value)
    except ValueError:
        return False
    return True


def _wrong_until_the_limit() -> bytes:
    """Build one malformed event less than the limit, followed by valid events."""
    wrong = b"[%s," % b",".join([_ALL_WRONG.replace(b'"text":0', rb'"text":"\ud83d"')] * 99)
    return wrong + _repeat(_SMALLEST, b"")(MAX_BYTES - len(wrong))


_PRIME: Final = 2**61 - 1
"""Python computes the hash of an integer modulo this prime."""


def _number_events(member: str) -> bytes:
    """Build many events that differ in one number, such that all numbers have the same hash."""
    documents = [member.format(1 + n * _PRIME) for n in range(10_000)]
    fitting = (MAX_BYTES - 2) // (len(documents[-1]) + 1)
    return f"[{','.join(documents[:fitting])}]".encode()


_COUNTED: Final = _SMALLEST.decode().replace("{", "{{").replace("}", "}}")
_ONE_COUNT: Final = _COUNTED.replace('"segmentCount":0', '"segmentCount":{}')

BODIES: Final[Mapping[str, Callable[[], bytes | str]]] = {
    **{
        f"{value} as {position}": partial(_place, value, position)
        for value in VALUES
        for position in _FOR_VALUES
    },
    **{
        f"{value} as {position}": partial(_place, value, position)
        for value in _FOR_POSITIONS
        for position in POSITIONS
    },
    **{
        f"a byte-order mark, and {value}": partial(_place, value, "item", codecs.BOM_UTF8)
        for value in _FOR_POSITIONS
    },
    "everything at once": partial(_all_at_once, valid=False),
    "everything that is JSON at once": partial(_all_at_once, valid=True),
    "99 malformed events before valid ones": _wrong_until_the_limit,
    "valid events": lambda: _repeat(_SMALLEST)(MAX_BYTES),
    "events with a malformed optional value": lambda: _repeat(_SMALLEST[:-1] + b',"eventTime":""}')(
        MAX_BYTES
    ),
    "events with every optional field malformed": lambda: _repeat(_ALL_ODD)(MAX_BYTES),
    "events with colliding unknown keys": lambda: _number_events(
        f'{{{{"type":"{"x" * 50}","a":{{}}}}}}'
    ),
    "events with colliding fields": lambda: _number_events(_ONE_COUNT),
    "brackets in strings": lambda: _repeat(b'"[{"')(MAX_BYTES),
    "brackets, and an unclosed string": lambda: (
        b"[" * 100_001 + b'"' + rb"\"" * ((MAX_BYTES - 100_002) // 2)
    ),
    "byte-order marks": lambda: codecs.BOM_UTF8 * (MAX_BYTES // 3),
    "UTF-16": lambda: "[0]".encode("utf-16") * (MAX_BYTES // 8),
    "NULs": lambda: bytes(MAX_BYTES),
    "a byte too many": lambda: b"[" * (MAX_BYTES + 1),
    "text of lone surrogates": lambda: "\ud83d" * (MAX_BYTES // 3),
    "text of more lone surrogates": lambda: "\udcff" * MAX_BYTES,
    "text with a lone surrogate": lambda: f'["{"a" * (MAX_BYTES - 7)}\ud83d"]',
    "text of four-byte letters": lambda: "🛶" * (MAX_BYTES // 4),
}
"""Builders of bodies, by name."""


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of a body."""

    body: str
    """The name of the body."""

    seconds: float
    """Processor time of parsing."""

    mebibytes: float
    """Peak memory, minus the memory before the body was built."""

    seconds_after: float
    """Processor time to hash, compare, dump and log every event that parsed."""

    outcome: str
    """The number of events, or the error's status and reason, or how the process died."""


def measure_all(names: Iterable[str]) -> Iterator[Cost]:
    """Measure each body in a separate process."""
    _parse(b"[]")
    _parse(b"{}")
    for name in names:
        yield measure(name, BODIES[name])


def measure(
    name: str,
    make: Callable[[], bytes | str],
    parse: Callable[[bytes | str], tuple[str, list[Event]]] | None = None,
) -> Cost:
    """Build and parse a body in a process with hard limits."""
    gc.freeze()  # the collector would touch existing objects, and so copy them in the child process
    readable, writable = os.pipe()
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (_HARD_SECONDS, _HARD_SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (_HARD_BYTES, _HARD_BYTES))
        memory_before = _peak_memory()
        body = make()
        time_before = time.process_time()
        outcome, events = (parse or _parse)(body)
        seconds = time.process_time() - time_before
        mebibytes = _peak_memory() - memory_before
        twins = copy.deepcopy(events)
        time_before = time.process_time()
        _use(events, twins)
        seconds_after = time.process_time() - time_before
        cost = Cost(name, seconds, mebibytes, seconds_after, outcome)
        os.write(writable, json.dumps(asdict(cost)).encode())
        os._exit(0)
    os.close(writable)
    with os.fdopen(readable) as report:
        written = report.read()
    _, status = os.waitpid(child, 0)
    if not written:
        return Cost(name, inf, inf, inf, f"died with status {status}")
    return Cost(**json.loads(written))


def _parse(body: bytes | str) -> tuple[str, list[Event]]:
    try:
        events = parse_callback(body)
    except CallbackParseError as error:
        return f"{error.status_code} {error.errors[0]}", error.events
    return f"{len(events)} events", events


def _use(events: list[Event], twins: list[Event]) -> None:
    """Do what handlers do with events."""
    assert {*events, *twins} == {*events}
    for each in events:
        assert each.dedupe_key
        assert each.log_fields()
        assert each.model_dump()
        assert repr(each)
        if isinstance(each, BaseMessageEvent):
            assert each.malformed_fields is not None
        if isinstance(each, InboundMessageEvent):
            assert each.keyword is None


def _peak_memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def beyond(costs: Iterable[Cost]) -> list[Cost]:
    """List the bodies that cost too much or had no answer.

    The limit is ten times the benchmark's bars, which finds a hang and tolerates a busy machine.
    """
    answer = re.compile(r"\d+ events|400 .+|413 .+")
    limits = {key: BARS[f"hostile-{key}"].limit for key in ("time", "after", "memory")}
    return [
        cost
        for cost in costs
        if not answer.fullmatch(cost.outcome)
        or cost.seconds > limits["time"] / 1000 * 10
        or cost.seconds_after > limits["after"] / 1000 * 10
        or cost.mebibytes > limits["memory"]
    ]


def main(names: Sequence[str]) -> int:
    """Print the cost of the named bodies or of all. With ``--check``, compare all to the bars."""
    if list(names) != ["--check"]:
        for cost in measure_all(names or list(BODIES)):
            print(json.dumps(asdict(cost)), flush=True)
        return 0
    costs = list(measure_all(BODIES))
    for cost in beyond(costs):
        print(cost)
    print(f"{len(costs)} hostile bodies, {len(beyond(costs))} of them exceed the bars.")
    return 1 if beyond(costs) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
