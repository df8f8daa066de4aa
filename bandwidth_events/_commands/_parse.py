"""The command ``parse``."""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from typing import Final

from pydantic import JsonValue

from bandwidth_events._errors import CallbackParseError, EventError
from bandwidth_events._events import Event
from bandwidth_events._parse import parse_callback

from ._bodies import Body, read_bodies
from ._command import Command, CommandError
from ._terminal import complain, printable, write_bytes


def _configure(parser: ArgumentParser) -> None:
    parser.add_argument(
        "files",
        nargs="*",
        default=["-"],
        metavar="FILE",
        help="a file with a callback body, JSON lines, or a gateway's event that wraps a body; -"
        " for standard input, which is the default",
    )
    parser.add_argument("--json", action="store_true", help="print each event as a line of JSON")


def _run(options: Namespace) -> int:
    show = _show_json if options.json else _show_to_person()
    status = 0
    for file in options.files:
        if len(options.files) > 1 and not options.json:
            print(f"── {printable(file)}")
        status = max(status, _parse_file(file, show))
    return status


def _parse_file(file: str, show: Callable[[Event], None]) -> int:
    try:
        bodies = read_bodies(file)
    except CommandError as error:
        complain(str(error))
        return 2
    return max([_parse_body(body, show) for body in bodies])


def _parse_body(body: Body, show: Callable[[Event], None]) -> int:
    errors: tuple[EventError, ...] = ()
    try:
        events = parse_callback(body.data, max_bytes=None)
    except CallbackParseError as error:
        events, errors = error.events, error.errors
    for event in events:
        show(event)
    if errors:
        sys.stdout.flush()  # so that the errors follow the events
    for event_error in errors:
        complain(f"{body.place}: {event_error}")
    return 1 if errors else 0


def _show_json(event: Event) -> None:
    write_bytes(event.model_dump_json(exclude_unset=True).encode() + b"\n")


def _show_to_person() -> Callable[[Event], None]:
    """Return a function that prints an event for people."""
    bold, cyan = _style("bold"), _style("cyan")

    def show(event: Event) -> None:
        title = f"{event.raw_type} (unknown type)" if event.type == "unknown" else event.type
        leaves = list(_leaves(event.model_dump(mode="json", exclude_unset=True)))
        width = min(max(len(place) for place, _ in leaves), 40)
        indented = "\n" + " " * (width + 4)
        lines = [bold(printable(title))]
        for place, leaf in leaves:
            text = indented.join(printable(line) for line in leaf.split("\n"))
            lines.append(f"{cyan(f'  {printable(place):{width}}  ')}{text}")
        print(*lines, sep="\n", end="\n\n")

    return show


def _style(style: str) -> Callable[[str], str]:
    """Return a function that styles a text if standard output is a terminal.

    Rich builds the escape codes once, because printing each line with rich takes forty times as
    long.
    """
    from rich.console import Console
    from rich.text import Text

    console = Console()
    with console.capture() as capture:
        console.print(Text("|", style=style), end="")
    before, after = capture.get().split("|")
    return lambda text: f"{before}{text}{after}"


def _leaves(value: JsonValue, place: str = "") -> Iterator[tuple[str, str]]:
    """Yield every leaf with its place, in the notation of `EventError.field`."""
    if isinstance(value, dict) and value:
        for key, member in value.items():
            yield from _leaves(member, f"{place}.{key}")
    elif isinstance(value, list) and value:
        for index, member in enumerate(value):
            yield from _leaves(member, f"{place}.{index}")
    else:
        leaf = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        yield place.removeprefix("."), leaf


PARSE: Final = Command(
    "parse",
    help="print the events in callback bodies",
    description="Print the events in callback bodies. Report malformed events on standard"
    " error, with the place and the reason; the exit code is then 1.",
    configure=_configure,
    run=_run,
)
