"""The arguments, credentials and progress bar that ``send`` and ``check`` share."""

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
PASSWORD: Final = "BANDWIDTH_EVENTS_PASSWORD"  # noqa: S105  # the name of a variable

EPILOG: Final = (
    f"The credentials are read from the environment variables {USERNAME} and {PASSWORD},"
    " or from a prompt on a terminal."
)


def configure_endpoint(parser: ArgumentParser) -> None:
    """Add the arguments that both commands share."""
    parser.epilog = EPILOG
    parser.add_argument("url", metavar="URL", help="the URL of the endpoint")
    parser.add_argument(
        "--allow-remote",
        action="store_true",
        help="allow a URL on another machine; without it, only localhost, 127.0.0.0/8 and ::1",
    )
    parser.add_argument(
        "--time-limit",
        type=number(float, "a number above 0", lambda seconds: 0 < seconds < inf),
        default=10.0,
        metavar="SECONDS",
        help="the maximum time for each answer; by default 10, like Bandwidth",
    )


def number(
    convert: Callable[[str], float], expected: str, accepts: Callable[[float], bool]
) -> Callable[[str], float]:
    """Build an argument type for numbers, with one message for all invalid values."""

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
        CommandError: The URL is invalid, or names another machine without --allow-remote.
    """
    from bandwidth_events.endpoint._target import target

    try:
        return str(target(options.url, allow_remote=options.allow_remote))
    except UnicodeError:  # its message would quote the URL
        raise CommandError("url: invalid URL") from None
    except ValueError as error:
        raise CommandError(str(error)) from None


def read_credentials() -> BasicCredentials:
    """Read the endpoint's credentials from the environment, or prompt for them.

    Raises:
        CommandError: There are no credentials, or HTTP Basic cannot transmit them.
    """
    username, password = os.environ.get(USERNAME), os.environ.get(PASSWORD)
    if username is None or password is None:
        if not (is_open(sys.stdin) and sys.stdin.isatty()):
            raise CommandError(f"set {USERNAME} and {PASSWORD} in the environment")
        if username is None:
            # Not with `input`, which prompts on standard output.
            print("User name: ", end="", file=sys.stderr, flush=True)
            username = sys.stdin.readline().removesuffix("\n")
        if password is None:
            try:
                password = getpass(stream=sys.stderr)
            except EOFError:
                raise CommandError("no password was entered") from None
    try:
        return BasicCredentials(username, password)
    except ValueError as error:
        raise CommandError(str(error)) from None


@contextmanager
def progress(total: int, unit: str) -> Generator[Callable[[], None], None, None]:
    """Show a progress bar if standard error is a terminal; yield a function that advances it."""
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
