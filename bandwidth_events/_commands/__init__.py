"""The commands of the command line. Each imports its optional dependencies on demand."""

from typing import Final

from ._check import CHECK
from ._command import Command, CommandError
from ._error import ERROR
from ._parse import PARSE
from ._schema import SCHEMA
from ._send import SEND

__all__ = ["COMMANDS", "CommandError"]

COMMANDS: Final[tuple[Command, ...]] = (PARSE, ERROR, SCHEMA, SEND, CHECK)
"""Every command, in the order in which the help lists them."""
