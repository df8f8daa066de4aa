"""The endpoint of ``send`` and ``check``, its credentials, and a bar of progress."""

import os
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Generator
from contextlib import contextmanager
from getpass import getpass
from math import inf, nan
from typing import Final

from bandwidth_events._auth import BasicCredentials

from ._command import CommandError
from ._terminal import is_open

USERNAME: Final = "BANDWIDTH_EVENTS_USERNAME"
PASSWORD: Final = "BANDWIDTH_EVENTS_PASSWORD"  # noqa: S105  # the name of one

EPILOG: Final = (
    f"Credentials come from {USERNAME} and {PASSWORD} in the environment,"
    " or from a prompt on a terminal."
)


def configure_endpoint(parser: ArgumentParser) -> None:
    """Add the arguments that both commands have."""
    parser.epilog = EPILOG
    parser.add_argument("url", metavar="URL", help="where the endpoint is")
    parser.add_argument(
        "--allow-remote",
        action="store_true",
        help="call another machine than this one; without it, only localhost, 127.0.0.0/8 and ::1",
    )
    parser.add_argument(
        "--time-limit",
        type=number(float, "a number above 0", lambda seconds: 0 < seconds < inf),
        default=10.0,
        metavar="SECONDS",
        help="how long to wait for each answer; Bandwidth waits for 10 seconds",
    )


def number(
    convert: Callable[[str], float], expected: str, accepts: Callable[[float], bool]
) -> Callable[[str], float]:
    """Build the type of an argument that is a number, with one message for whatever is not."""

    def read(text: str) -> float:
        try:
            value = convert(text)
        except ValueError:
            value = nan
        if not accepts(value):
            raise ArgumentTypeError(f"expected {expected}")
        return value

    return read


def read_url(options: Namespace) -> str:
    """Read the endpoint's URL.

    Raises:
        CommandError: It is invalid, or names another machine, which `options` forbid.
    """
    from bandwidth_events.endpoint._target import target

    try:
        return str(target(options.url, allow_remote=options.allow_remote))
    except UnicodeError:  # its text would quote the URL
        raise CommandError("url: not a URL") from None
    except ValueError as error:
        raise CommandError(str(error)) from None


def read_credentials() -> BasicCredentials:
    """Read the endpoint's credentials from the environment, or ask for them.

    Raises:
        CommandError: There are none, or HTTP Basic cannot send them.
    """
    username, password = os.environ.get(USERNAME), os.environ.get(PASSWORD)
    if username is None or password is None:
        if not (is_open(sys.stdin) and sys.stdin.isatty()):
            raise CommandError(f"set {USERNAME} and {PASSWORD} in the environment")
        if username is None:
            # Not by `input`, which would ask on standard output.
            print("User name: ", end="", file=sys.stderr, flush=True)
            username = sys.stdin.readline().removesuffix("\n")
        if password is None:
            try:
                password = getpass(stream=sys.stderr)
            except EOFError:
                raise CommandError("no password") from None
    try:
        return BasicCredentials(username, password)
    except ValueError as error:
        raise CommandError(str(error)) from None


@contextmanager
def progress(total: int, unit: str) -> Generator[Callable[[], None], None, None]:
    """Show a bar on standard error if that is a terminal; yield a function to advance it."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda: None
        return
    bar = Progress(
        TextColumn(unit),
        BarColumn(),
        MofNCompleteColumn(),
        console=console,
        transient=True,
    )
    with bar:
        task = bar.add_task(unit, total=total)
        yield lambda: bar.advance(task)
