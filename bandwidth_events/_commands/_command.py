"""What a command is."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import NamedTuple


class Command(NamedTuple):
    """One of the commands."""

    name: str
    help: str
    """What it does, in the list of commands."""

    description: str
    """What it does, in its own help."""

    configure: Callable[[ArgumentParser], None]
    """Adds its arguments."""

    run: Callable[[Namespace], int]
    """Does its work and returns the exit code."""


class CommandError(Exception):
    """A command cannot do its work. The text says why, for a person to read."""
