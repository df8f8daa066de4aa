"""The command line: ``python -m bandwidth_events``."""

import argparse
import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TextIO

from pydantic import JsonValue

from . import CallbackParseError, Event, EventError, parse_callback
from .error_codes import lookup

# What could steer the terminal, forge a line or reorder what it shows.
_UNPRINTABLE: Final = {
    code: f"\\u{code:04x}"
    for code in (
        *range(0x20),
        *range(0x7F, 0xA0),
        *(0x061C, 0x200E, 0x200F),
        *range(0x2028, 0x202F),
        *range(0x2066, 0x206A),
    )
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command and give its exit status.

    Args:
        arguments: The words of the command line; this process's by default.

    Returns:
        0: all is well. 1: something is malformed. 2: a file cannot be read or
        written, or an extra is missing.

    Raises:
        SystemExit: With 2, for wrong use; with 0, for ``--help``.
    """
    parser = argparse.ArgumentParser(
        prog="python -m bandwidth_events",
        description="Work with the callbacks of Bandwidth's messaging API.",
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    parse = commands.add_parser(
        "parse",
        help="print the events of callback bodies",
        description="Print the events of callback bodies. A malformed event is reported on "
        "standard error, with its place and the reason, and makes the exit status 1.",
    )
    parse.add_argument(
        "files",
        nargs="*",
        default=["-"],
        metavar="FILE",
        help="a file that holds one body; - or nothing for standard input",
    )
    parse.add_argument("--json", action="store_true", help="print one JSON event a line")
    parse.set_defaults(run=_parse)
    error = commands.add_parser(
        "error",
        help="print what error codes mean",
        description="Print what the errorCode of a message-failed event means.",
    )
    error.add_argument("codes", nargs="+", type=int, metavar="CODE")
    error.set_defaults(run=_error)
    options = parser.parse_args(arguments)
    try:
        status: int = options.run(options)
        sys.stdout.flush()
    except OSError as failure:
        # Python would complain once more when it flushes the output at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(failure, BrokenPipeError):
            return 0  # whoever reads (`| head`) has seen enough
        print(f"{parser.prog}: {failure.strerror}", file=sys.stderr)
        return 2
    return status


def _parse(options: argparse.Namespace) -> int:
    try:
        show = _show_json if options.json else _rich()
    except ModuleNotFoundError:
        print('parse needs an extra: pip install "bandwidth-events[cli]"', file=sys.stderr)
        return 2
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


def _error(options: argparse.Namespace) -> int:
    for error in map(lookup, options.codes):
        print(error.code, error.name or "(not listed)")
        print(f"  {error.meaning}")
        print(f"  side: {error.side}; reported by: {error.reported_by}; retry: {error.retry}")
        if error.is_opt_out:
            print("  The recipient has opted out. Do not send again.")
    return 0


def _show_json(event: Event) -> None:
    # Bytes, because JSON is UTF-8 whatever the terminal's character set is.
    sys.stdout.buffer.write(event.model_dump_json(exclude_unset=True).encode() + b"\n")


def _rich() -> Callable[[Event], None]:
    """Give a function that prints an event for a person to read."""
    # Optional: the extra `cli`.
    from rich.console import Console
    from rich.text import Text

    output: TextIO = sys.stdout
    if isinstance(output, io.TextIOWrapper):
        output.reconfigure(errors="backslashreplace")  # the terminal may not have an emoji
    console = Console()

    def show(event: Event) -> None:
        title = f"{event.raw_type} (unknown type)" if event.type == "unknown" else event.type
        leaves = list(_leaves(event.model_dump(mode="json", exclude_unset=True)))
        width = min(max(len(place) for place, _ in leaves), 40)
        # Captured, because rich would handle a closed pipe in its own way.
        with console.capture() as capture:
            console.print(Text(_printable(title), style="bold"), soft_wrap=True)
            for place, leaf in leaves:
                line = Text(f"  {_printable(place):{width}}  ", style="cyan")
                lines = (_printable(text) for text in leaf.split("\n"))
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


def _printable(text: str) -> str:
    """Escape what strangers could play tricks with."""
    return text.translate(_UNPRINTABLE)


if __name__ == "__main__":
    sys.exit(main())
