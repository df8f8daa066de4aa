"""Write to the standard streams safely."""

import io
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager, redirect_stderr, suppress
from pathlib import Path
from typing import Final, TextIO

# Characters that control the terminal, end a line, reorder the text, or cannot be encoded.
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
    """Escape characters that could deceive a reader, and characters that cannot be encoded."""
    return text.translate(_UNPRINTABLE)


def is_open(stream: TextIO | None) -> bool:
    """Check whether a standard stream is open. Python sets a closed one to `None`."""
    return stream is not None and not stream.closed


@contextmanager
def tolerant_streams() -> Generator[None]:
    """Escape characters that have no encoding; discard messages if standard error is closed."""
    streams: tuple[TextIO, TextIO] = (sys.stdout, sys.stderr)
    for stream in streams:
        if is_open(stream) and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # not every encoding has emoji
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
    """Discard the rest of a broken stream, so that Python can flush it without an error."""
    with suppress(OSError):  # some streams have no file descriptor
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def write_bytes(data: bytes) -> None:
    """Write UTF-8 to standard output, regardless of the terminal's character set."""
    if hasattr(sys.stdout, "buffer"):
        sys.stdout.buffer.write(data)
    else:  # replaced by a text stream
        sys.stdout.write(data.decode())
