"""The command ``parse``."""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from pydantic import JsonValue

from bandwidth_events._errors import CallbackParseError, EventError
from bandwidth_events._events import Event
from bandwidth_events._parse import parse_callback

from ._command import Command
from ._terminal import make_console, printable


def _configure(parser: ArgumentParser) -> None:
    parser.add_argument(
        "files",
        nargs="*",
        default=["-"],
        metavar="FILE",
        help="a file that holds one body; - or nothing for standard input",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON event a line")


def _run(options: Namespace) -> int:
    show = _show_json if options.json else _rich()
    status = 0
    for file in options.files:
        if len(options.files) > 1 and not options.json:
            print(f"── {file}")
        status = max(status, _parse_file(file, show))
    return status


def _parse_file(file: str, show: Callable[[Event], None]) -> int:
    try:
        body = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        print(f"{file}: {error.strerror}", file=sys.stderr)
        return 2
    errors: tuple[EventError, ...] = ()
    try:
        events = parse_callback(body, max_bytes=None)
    except CallbackParseError as error:
        events, errors = error.events, error.errors
    for event in events:
        show(event)
    sys.stdout.flush()  # so that the errors follow
    for event_error in errors:
        print(f"{file}: {event_error}", file=sys.stderr)
    return 1 if errors else 0


def _show_json(event: Event) -> None:
    # Bytes, because JSON is UTF-8 whatever the terminal's character set is.
    sys.stdout.buffer.write(event.model_dump_json(exclude_unset=True).encode() + b"\n")


def _rich() -> Callable[[Event], None]:
    """Give a function that prints an event for a person to read."""
    from rich.text import Text

    console = make_console()

    def show(event: Event) -> None:
        title = f"{event.raw_type} (unknown type)" if event.type == "unknown" else event.type
        leaves = list(_leaves(event.model_dump(mode="json", exclude_unset=True)))
        width = min(max(len(place) for place, _ in leaves), 40)
        # Captured, because rich would handle a closed pipe in its own way.
        with console.capture() as capture:
            console.print(Text(printable(title), style="bold"), soft_wrap=True)
            for place, leaf in leaves:
                line = Text(f"  {printable(place):{width}}  ", style="cyan")
                lines = (printable(text) for text in leaf.split("\n"))
                line.append(("\n" + " " * (width + 4)).join(lines), style="default")
                console.print(line, soft_wrap=True)
        print(capture.get())

    return show


def _leaves(value: JsonValue, place: str = "") -> Iterator[tuple[str, str]]:
    """Give every leaf with its place, written as in `EventError.field`."""
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
    help="print the events of callback bodies",
    description="Print the events of callback bodies. A malformed event is reported on standard"
    " error, with its place and the reason, and makes the exit status 1.",
    configure=_configure,
    run=_run,
)
