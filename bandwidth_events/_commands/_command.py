"""The type of a command, and its error."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import NamedTuple


class Command(NamedTuple):
    """A command of the command line."""

    name: str
    help: str
    """The summary in the list of commands."""

    description: str
    """The description in the command's own help."""

    configure: Callable[[ArgumentParser], None]
    """Adds the command's arguments."""

    run: Callable[[Namespace], int]
    """Runs the command and returns the exit code."""


class CommandError(Exception):
    """A command cannot run. The message tells the user why."""
