"""A body as the text of an SQS message."""

import gzip
import zlib
from base64 import b64decode, b64encode
from typing import Final

# "Amazon SQS message quotas": 1 MiB, 256 KiB until August 2025.
_LIMIT: Final = 1_048_576
_MAGIC: Final = "H4sI"  # the first three bytes of gzip, in base64


def pack(body: bytes) -> str | None:
    """Return the message for a body; `None` if SQS accepts no message of that size.

    SQS accepts only some characters of Unicode, and a body can be any bytes, so a message is
    base64. That adds a third, so compression goes first: 767 KiB always fit, and some MiB of JSON.
    """
    message = b64encode(gzip.compress(body, mtime=0)).decode()
    return message if len(message) <= _LIMIT else None


def unpack(message: str) -> bytes:
    """Return the body of a message; any other text, as somebody may send by hand, is a body."""
    if not message.startswith(_MAGIC):
        return message.encode()
    try:
        return gzip.decompress(b64decode(message, validate=True))
    except (ValueError, OSError, EOFError, zlib.error):
        return message.encode()
