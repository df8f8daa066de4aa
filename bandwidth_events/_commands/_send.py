"""The command ``send``."""

import json
import re
import shlex
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from math import inf
from random import Random, SystemRandom
from typing import TYPE_CHECKING, Final, NamedTuple

from bandwidth_events._errors import CallbackParseError
from bandwidth_events._events import BaseMessageEvent, Event
from bandwidth_events._parse import parse_callback
from bandwidth_events.testing import callback_request

from ._bodies import read_bodies
from ._command import Command, CommandError
from ._endpoint import (
    PASSWORD,
    USERNAME,
    configure_endpoint,
    number,
    progress,
    read_credentials,
    read_url,
)
from ._fields import check_types, make_event, read_fields
from ._terminal import printable

if TYPE_CHECKING:
    from bandwidth_events.endpoint import Delivery, Simulation

_whole: Final = number(int, "a whole number of at least 1", lambda count: count >= 1)
_probability: Final = number(float, "a probability, 0 to 1", lambda share: 0 <= share <= 1)
_window: Final = number(float, "a number of at least 0", lambda seconds: 0 <= seconds < inf)

_USUAL: Final = "message-received"
# The characters that `printf` prints unchanged in its format.
_PLAIN: Final = frozenset(range(0x20, 0x7F)) - frozenset(b"%-\\")


class _Callback(NamedTuple):
    """A callback to deliver."""

    content: Event | bytes
    """An event to send, or a captured body."""

    type: str
    """The types of the events, for people to read."""

    message_ids: list[str]


def _configure(parser: ArgumentParser) -> None:
    configure_endpoint(parser)
    what = parser.add_argument_group("what to send")
    what.add_argument(
        "--event",
        action="append",
        type=_text,
        metavar="TYPE",
        dest="types",
        help=f"send an event of this type; can be given several times; by default {_USUAL}",
    )
    what.add_argument(
        "--unknown-type",
        action="store_true",
        help="allow --event to send types that Bandwidth does not document",
    )
    what.add_argument(
        "--field",
        action="append",
        type=_text,
        default=[],
        metavar="NAME=VALUE",
        dest="fields",
        help="set a field of every event, by its name on the wire or in Python, such as text=STOP"
        " or errorCode=4775; can be given several times; objects are JSON",
    )
    what.add_argument(
        "--body",
        action="append",
        metavar="FILE",
        dest="bodies",
        help="send the bodies in a file instead of generated events, byte for byte: a captured"
        " body, JSON lines, or a gateway's event that wraps a body; - for standard input; can be"
        " given several times",
    )
    what.add_argument(
        "--count",
        type=_whole,
        default=1,
        metavar="N",
        help="the number of callbacks of each type, or of each body; by default 1",
    )
    how = parser.add_argument_group("how to send it")
    how.add_argument(
        "--handshake",
        choices=["empty", "with-body", "preemptive"],
        default="empty",
        help="what the first request contains: neither credentials nor a body (empty), only the"
        " body (with-body), or both (preemptive); by default empty",
    )
    how.add_argument(
        "--no-credentials",
        action="store_true",
        help="send no credentials, because the endpoint does not require any",
    )
    how.add_argument(
        "--concurrency",
        type=_whole,
        default=4,
        metavar="N",
        help="the maximum number of simultaneous requests; by default 4",
    )
    how.add_argument(
        "--duplicates",
        type=_probability,
        default=0.0,
        metavar="P",
        help="the probability, 0 to 1, that a callback is delivered twice; by default 0",
    )
    how.add_argument("--reorder", action="store_true", help="shuffle the callbacks")
    how.add_argument(
        "--attempts",
        type=_whole,
        default=11,
        metavar="N",
        help="the maximum number of attempts for each callback; by default 11",
    )
    how.add_argument(
        "--retry-window",
        type=_window,
        default=2.0,
        metavar="SECONDS",
        help="the duration of all retries, instead of Bandwidth's 24 hours; by default 2; 0 retries"
        " without waiting",
    )
    how.add_argument(
        "--seed",
        type=int,
        metavar="N",
        help="a seed that makes ids, duplicates and order reproducible",
    )
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help="print the deliveries as JSON")
    output.add_argument(
        "--curl",
        action="store_true",
        help="print curl commands instead of sending anything; the password stays in the"
        " environment",
    )


def _run(options: Namespace) -> int:
    url = read_url(options)
    random = SystemRandom() if options.seed is None else Random(options.seed)  # noqa: S311  # no secrets
    callbacks = _read_callbacks(options) if options.bodies else _make_callbacks(options, random)
    if options.curl:
        for callback in callbacks:
            print(_curl(url, callback, options))
        return 0
    simulation = _simulate(url, callbacks, options, random)
    if all(exchange.failure in {"unreachable", "tls"} for exchange in simulation.exchanges):
        raise CommandError(str(simulation.exchanges[0]))
    if options.json:
        json.dump(_summary(simulation, callbacks), sys.stdout, indent=2)
        print()
    else:
        for line in _lines(simulation, callbacks):
            print(printable(line))
    return 1 if simulation.lost else 0


def _read_callbacks(options: Namespace) -> list[_Callback]:
    if options.types or options.fields:
        raise CommandError("--body cannot be combined with --event or --field")
    callbacks: list[_Callback] = []
    for file in options.bodies:
        for body in read_bodies(file):
            events, types = _events(body.data)
            callbacks.append(_Callback(body.data, ", ".join(types), _ids(events)))
    count: int = options.count
    return callbacks * count


def _events(body: bytes) -> tuple[Sequence[Event], list[str]]:
    """Return the events in a body, and their types for people to read."""
    events: Sequence[Event]
    malformed: list[str] = []
    try:
        events = parse_callback(body, max_bytes=None)
    except CallbackParseError as error:
        events = error.events
        malformed = ["malformed body"]
    types = [event.raw_type if event.type == "unknown" else event.type for event in events]
    return events, types + malformed or ["empty array"]


def _make_callbacks(options: Namespace, random: Random) -> list[_Callback]:
    from bandwidth_events.endpoint._requests import message_id

    types = options.types or [_USUAL]
    if not options.unknown_type:
        check_types(types)
    kinds = [(type_, read_fields(type_, options.fields)) for type_ in types]
    return [
        _Callback(event := make_event(type_, fields, message_id(random)), type_, _ids([event]))
        for _ in range(options.count)
        for type_, fields in kinds
    ]


def _ids(events: Iterable[Event]) -> list[str]:
    """Return the ids of the events' messages; an event without an id is skipped."""
    ids: list[str] = []
    for event in events:
        if isinstance(event, BaseMessageEvent):
            ids.append(event.message.id)
        else:
            match event.model_extra:
                case {"message": {"id": str(message_id)}}:
                    ids.append(message_id)
                case _:
                    pass
    return ids


def _simulate(
    url: str, callbacks: Sequence[_Callback], options: Namespace, random: Random
) -> "Simulation":
    from bandwidth_events.endpoint import simulate

    credentials = None if options.no_credentials else read_credentials()
    with progress(len(callbacks), "callbacks") as advance:

        def on_delivery(delivery: "Delivery") -> None:
            if not delivery.is_duplicate:
                advance()

        return simulate(
            url,
            [callback.content for callback in callbacks],
            credentials=credentials,
            handshake=options.handshake,
            concurrency=options.concurrency,
            duplicates=options.duplicates,
            reorder=options.reorder,
            attempts=options.attempts,
            retry_window=options.retry_window,
            time_limit=options.time_limit,
            allow_remote=options.allow_remote,
            random=random,
            on_delivery=on_delivery,
        )


def _curl(url: str, callback: _Callback, options: Namespace) -> str:
    """Write a shell command that posts a callback."""
    content = callback.content
    if isinstance(content, bytes):
        headers, _ = callback_request()
        # The shell's `printf` can write every byte.
        source, data = f"printf {shlex.quote(_octal(content))} | ", "@-"
    else:
        headers, body = callback_request(content)
        # Escape non-ASCII characters as JSON does, so that no terminal can change the body.
        data = re.sub(r"[^ -~]", lambda match: json.dumps(match[0])[1:-1], body.decode())
        source = ""
    words = ["curl", "--globoff", "--include", "--max-time", f"{options.time_limit:g}"]
    for name, value in headers.items():
        words += ["--header", f"{name}: {value}"]
    words += ["--data-binary", data, url]
    command = source + shlex.join(words)
    if not options.no_credentials:
        scheme = "--basic" if options.handshake == "preemptive" else "--anyauth"
        command += f' {scheme} --user "${USERNAME}:${PASSWORD}"'
    return command


def _octal(data: bytes) -> str:
    """Write bytes as a ``printf`` format, with every special character escaped."""
    return "".join(chr(byte) if byte in _PLAIN else f"\\{byte:03o}" for byte in data)


def _lines(simulation: "Simulation", callbacks: Sequence[_Callback]) -> Iterator[str]:
    """Report the simulation for people."""
    from bandwidth_events.endpoint._exchange import quantile

    for callback in callbacks:
        yield " ".join(["sent", callback.type, *callback.message_ids])
    deliveries, exchanges = simulation.deliveries, simulation.exchanges
    duplicates = sum(delivery.is_duplicate for delivery in deliveries)
    retries = sum(len(delivery.attempts) - 1 for delivery in deliveries)
    yield (
        f"callbacks: {len(deliveries) - duplicates}, duplicates: {duplicates},"
        f" retries: {retries}, requests: {len(exchanges)}"
    )
    for text, count in Counter(map(str, exchanges)).most_common():
        yield f"{count:6} x {text}"
    median, p99, worst = (quantile(exchanges, share) for share in (0.5, 0.99, 1))
    yield f"seconds: median {median:.3f}, p99 {p99:.3f}, worst {worst:.3f}"
    yield f"lost: {len(simulation.lost)}"
    for (type_, problem), count in Counter(
        (callbacks[delivery.callback].type, delivery.problem) for delivery in simulation.lost
    ).items():
        yield f"{count:6} x {type_}: {problem}"


def _summary(simulation: "Simulation", callbacks: Sequence[_Callback]) -> dict[str, object]:
    """Report the simulation for programs: everything except the events and bodies."""
    return {
        "deliveries": [
            {
                "callback": delivery.callback,
                "type": callbacks[delivery.callback].type,
                "message_ids": callbacks[delivery.callback].message_ids,
                "is_duplicate": delivery.is_duplicate,
                "problem": delivery.problem,
                "attempts": [asdict(attempt) for attempt in delivery.attempts],
            }
            for delivery in simulation.deliveries
        ],
        "lost": [delivery.callback for delivery in simulation.lost],
    }


def _text(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:  # surrogates, with which Python escapes undecodable bytes
        raise ArgumentTypeError("not valid UTF-8") from None
    return text


SEND: Final = Command(
    "send",
    help="deliver events to an endpoint, as Bandwidth does",
    description="Deliver generated events or captured bodies to an endpoint as Bandwidth does:"
    " with its handshake, and with retries until the answer is 2xx. The exit code is 0 if every"
    " callback arrived, 1 if a callback was lost, and 2 if the endpoint cannot be reached.",
    configure=_configure,
    run=_run,
)
