"""The standard streams, and what they may be sent."""

import io
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager, redirect_stderr, suppress
from pathlib import Path
from typing import Final, TextIO

# What could steer the terminal, forge a line, reorder what it shows, or not be encoded.
_UNPRINTABLE: Final = {
    code: f"\\u{code:04x}"
    for code in (
        *range(0x20),
        *range(0x7F, 0xA0),
        *(0x061C, 0x200E, 0x200F),
        *range(0x2028, 0x202F),
        *range(0x2066, 0x206A),
        *range(0xD800, 0xE000),
        *(0xFFFE, 0xFFFF),
    )
}


def printable(text: str) -> str:
    """Escape what strangers could trick a reader with, and what has no encoding."""
    return text.translate(_UNPRINTABLE)


def is_open(stream: TextIO | None) -> bool:
    """Tell whether a standard stream is there. Python sets it to `None` if it is not."""
    return stream is not None and not stream.closed


@contextmanager
def tolerant_streams() -> Generator[None]:
    """Let no character fail, and let messages go nowhere if standard error is closed."""
    streams: tuple[TextIO, TextIO] = (sys.stdout, sys.stderr)
    for stream in streams:
        if is_open(stream) and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # the terminal may not have an emoji
    if is_open(sys.stderr):
        yield
    else:
        with (
            Path(os.devnull).open("w", encoding="utf-8", errors="replace") as nowhere,
            redirect_stderr(nowhere),
        ):
            yield


def complain(text: str) -> None:
    """Print a line on standard error."""
    try:
        print(printable(text), file=sys.stderr, flush=True)
    except OSError:
        discard(sys.stderr)


def discard(stream: TextIO) -> None:
    """Send the rest of a broken stream nowhere: Python would complain when it flushes it."""
    with suppress(OSError):  # some streams have no file
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def write_bytes(data: bytes) -> None:
    """Write UTF-8 on standard output, whatever the terminal's character set is."""
    if hasattr(sys.stdout, "buffer"):
        sys.stdout.buffer.write(data)
    else:  # somebody captures it
        sys.stdout.write(data.decode())
