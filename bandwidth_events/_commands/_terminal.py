"""What a terminal may be sent."""

import io
import sys
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from rich.console import Console  # optional: the extra `cli`

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


def printable(text: str) -> str:
    """Escape what strangers could play tricks with."""
    return text.translate(_UNPRINTABLE)


def make_console() -> "Console":
    """Make a console on standard output."""
    from rich.console import Console

    output: TextIO = sys.stdout
    if isinstance(output, io.TextIOWrapper):
        output.reconfigure(errors="backslashreplace")  # the terminal may not have an emoji
    return Console()
