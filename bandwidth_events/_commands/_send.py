"""The command ``send``."""

import json
import shlex
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from random import Random, SystemRandom
from typing import TYPE_CHECKING, Final

from bandwidth_events._events import Event
from bandwidth_events.testing import callback_request

from ._command import Command, CommandError
from ._endpoint import PASSWORD, USERNAME, configure_endpoint, positive, progress, read_credentials
from ._fields import make_event, read_fields
from ._terminal import printable

if TYPE_CHECKING:
    from bandwidth_events.endpoint import Delivery, Simulation

_USUAL: Final = "message-received"


def _configure(parser: ArgumentParser) -> None:
    configure_endpoint(parser)
    what = parser.add_argument_group("what to send")
    what.add_argument(
        "--event",
        action="append",
        metavar="TYPE",
        dest="types",
        help=f"a type of event, known or not; can be given several times; by default {_USUAL}",
    )
    what.add_argument(
        "--field",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        dest="fields",
        help="a field of every event, such as text=STOP or from=+15555550199; can be given"
        " several times; objects are JSON",
    )
    what.add_argument(
        "--count", type=_whole, default=1, metavar="N", help="how many callbacks of each type"
    )
    how = parser.add_argument_group("how to send it")
    how.add_argument(
        "--handshake",
        choices=["empty", "with-body", "preemptive"],
        default="empty",
        help="whether the first request has neither credentials nor a body, or no credentials,"
        " or both; by default empty",
    )
    how.add_argument("--no-credentials", action="store_true", help="the endpoint asks for none")
    how.add_argument(
        "--concurrency", type=_whole, default=4, metavar="N", help="requests at the same time"
    )
    how.add_argument(
        "--duplicates",
        type=_probability,
        default=0.0,
        metavar="P",
        help="the probability, 0 to 1, of a callback being delivered twice",
    )
    how.add_argument("--reorder", action="store_true", help="shuffle the callbacks")
    how.add_argument(
        "--attempts", type=_whole, default=11, metavar="N", help="how often to try at most"
    )
    how.add_argument(
        "--retry-window",
        type=positive,
        default=2.0,
        metavar="SECONDS",
        help="how long Bandwidth's 24 hours of retries last; by default 2 seconds",
    )
    how.add_argument(
        "--seed", type=int, metavar="N", help="make ids, duplicates and order the same each time"
    )
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help="print what happened as JSON")
    output.add_argument(
        "--curl",
        action="store_true",
        help="send nothing, but print the commands that would; the password stays in the"
        " environment",
    )


def _run(options: Namespace) -> int:
    from bandwidth_events.endpoint._target import target

    try:
        url = str(target(options.url, allow_remote=options.allow_remote))
    except ValueError as error:
        raise CommandError(str(error)) from None
    random = SystemRandom() if options.seed is None else Random(options.seed)  # noqa: S311  # no secrets
    events = _make_events(options, random)
    if options.curl:
        for event in events:
            print(_curl(url, event, options))
        return 0
    simulation = _simulate(url, events, options, random)
    if all(exchange.failure in {"unreachable", "tls"} for exchange in simulation.exchanges):
        raise CommandError(str(simulation.exchanges[0]))
    if options.json:
        json.dump(_summary(simulation), sys.stdout, indent=2)
        print()
    else:
        for line in _lines(simulation):
            print(printable(line))
    return 1 if simulation.lost else 0


def _make_events(options: Namespace, random: Random) -> list[Event]:
    from bandwidth_events.endpoint._requests import message_id

    kinds = [(type_, read_fields(type_, options.fields)) for type_ in options.types or [_USUAL]]
    return [
        make_event(type_, fields, message_id(random))
        for _ in range(options.count)
        for type_, fields in kinds
    ]


def _simulate(url: str, events: list[Event], options: Namespace, random: Random) -> "Simulation":
    from bandwidth_events.endpoint import simulate

    credentials = None if options.no_credentials else read_credentials()
    with progress(len(events), "callbacks") as advance:

        def on_delivery(delivery: "Delivery") -> None:
            if not delivery.is_duplicate:
                advance()

        return simulate(
            url,
            events,
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


def _curl(url: str, event: Event, options: Namespace) -> str:
    """Write the command that posts an event, for a shell."""
    headers, body = callback_request(event)
    words = ["curl", "--globoff", "--include", "--max-time", f"{options.time_limit:g}"]
    for name, value in headers.items():
        words += ["--header", f"{name}: {value}"]
    # What `printable` escapes is inside of strings, and JSON escapes it in the same way.
    words += ["--data-binary", printable(body.decode()), url]
    command = shlex.join(words)
    if not options.no_credentials:
        scheme = "--basic" if options.handshake == "preemptive" else "--anyauth"
        command += f' {scheme} --user "${USERNAME}:${PASSWORD}"'
    return command


def _lines(simulation: "Simulation") -> Iterator[str]:
    """Tell a person what happened."""
    from bandwidth_events.endpoint._exchange import quantile

    deliveries, exchanges = simulation.deliveries, simulation.exchanges
    duplicates = sum(delivery.is_duplicate for delivery in deliveries)
    retries = sum(len(delivery.attempts) - 1 for delivery in deliveries)
    yield (
        f"callbacks: {len(deliveries) - duplicates}, duplicates: {duplicates},"
        f" retries: {retries}, requests: {len(exchanges)}"
    )
    for text, count in Counter(map(str, exchanges)).most_common():
        yield f"{count:6} times {text}"
    median, p99, worst = (quantile(exchanges, share) for share in (0.5, 0.99, 1))
    yield f"seconds: median {median:.3f}, p99 {p99:.3f}, worst {worst:.3f}"
    yield f"lost: {len(simulation.lost)}"
    for (type_, problem), count in Counter(
        (_type(delivery), delivery.problem) for delivery in simulation.lost
    ).items():
        yield f"{count:6} times {type_}: {problem}"


def _summary(simulation: "Simulation") -> dict[str, object]:
    """Tell a program what happened: all but the events, which hold much and say little."""
    return {
        "deliveries": [
            {
                "callback": delivery.callback,
                "type": _type(delivery),
                "is_duplicate": delivery.is_duplicate,
                "problem": delivery.problem,
                "attempts": [asdict(attempt) for attempt in delivery.attempts],
            }
            for delivery in simulation.deliveries
        ],
        "lost": [delivery.callback for delivery in simulation.lost],
    }


def _type(delivery: "Delivery") -> str:
    event = delivery.event
    return "a body" if event is None else event.raw_type if event.type == "unknown" else event.type


def _whole(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ArgumentTypeError("expected at least 1")
    return number


def _probability(text: str) -> float:
    number = float(text)
    if not 0 <= number <= 1:
        raise ArgumentTypeError("expected a probability, 0 to 1")
    return number


SEND: Final = Command(
    "send",
    help="deliver events to an endpoint, as Bandwidth does",
    description="Deliver invented events to an endpoint as Bandwidth does: with its handshake, and"
    " with retries until they are answered with 2xx. The exit status is 0 if all arrived, 1 if one"
    " was lost, and 2 if the endpoint cannot be reached.",
    configure=_configure,
    run=_run,
)
