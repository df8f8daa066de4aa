# PYTHON_ARGCOMPLETE_OK
"""The command line: ``bandwidth-events``, or ``python -m bandwidth_events``."""

import os
import sys
from argparse import Action, ArgumentParser, Namespace
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import version
from typing import Final

from ._commands import COMMANDS, CommandError
from ._commands._terminal import complain, discard, is_open, tolerant_streams
from ._extras import install

_PROGRAM: Final = "python -m bandwidth_events" if __name__ == "__main__" else "bandwidth-events"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    Args:
        arguments: The words of the command line; this process's by default.

    Returns:
        0: success. 1: a body is malformed, a callback was lost, or a scenario failed. 2: a
        file cannot be read or written, an endpoint cannot be reached, standard output is
        closed, or an extra is missing. 130: interrupted from the keyboard.

    Raises:
        SystemExit: With 2 for invalid arguments; with 0 for ``--help`` and ``--version``.
    """
    parser = _make_parser()
    if "_ARGCOMPLETE" in os.environ:  # a shell asks for completions
        with suppress(ImportError):  # without the extra, there are no completions
            import argcomplete  # noqa: PLC0415  # only completion needs it

            argcomplete.autocomplete(parser)
    with tolerant_streams():
        if not is_open(sys.stdout):
            complain(f"{_PROGRAM}: standard output is closed")
            return 2
        try:
            status = _run(parser, arguments)
            sys.stdout.flush()
        except OSError as failure:  # of standard output; the commands handle all others
            discard(sys.stdout)
            if isinstance(failure, BrokenPipeError):
                return 0  # the reader, such as `head`, has closed the pipe
            complain(f"{_PROGRAM}: standard output: {failure.strerror}")
            return 2
        return status


class _Version(Action):
    """Prints the version. Looks it up only on demand, because that is slow."""

    def __call__(self, parser: ArgumentParser, *_: object, **__: object) -> None:
        print("bandwidth-events", version("bandwidth-events"))
        parser.exit()


def _make_parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog=_PROGRAM, description="Work with the callbacks of Bandwidth's messaging API."
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in COMMANDS:
        its = commands.add_parser(command.name, help=command.help, description=command.description)
        command.configure(its)
        its.set_defaults(command=command)
    return parser


def _run(parser: ArgumentParser, arguments: Sequence[str] | None) -> int:
    try:
        options: Namespace = parser.parse_args(arguments)
    except SystemExit:
        sys.stdout.flush()  # flush the help here, where `main` handles a failure
        raise
    name = f"{_PROGRAM} {options.command.name}"
    try:
        status: int = options.command.run(options)
    except CommandError as error:
        complain(f"{name}: {error}")
        return 2
    except ImportError as error:
        if error.name in {"h11", "httpx", "rich"}:
            complain(f"{name}: this command needs an extra: {install('cli')}")
        else:
            complain(f"{name}: the installation is broken: {error}")
        return 2
    except KeyboardInterrupt:
        return 130  # as shells report it
    return status


if __name__ == "__main__":
    sys.exit(main())
