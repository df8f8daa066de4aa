"""Read callback bodies from a file: one body, JSON lines, or gateway events."""

import sys
from base64 import b64decode
from pathlib import Path
from typing import NamedTuple

from pydantic import JsonValue
from pydantic_core import from_json

from ._command import CommandError
from ._terminal import is_open


class Body(NamedTuple):
    """The body of one callback."""

    place: str
    """The file, and the line if the file contains several bodies."""

    data: bytes


def read_bodies(file: str) -> list[Body]:
    """Read the bodies in a file.

    A file is one body, byte for byte, unless each line is JSON by itself: several
    arrays or objects, or a single event followed by a newline, as ``parse --json``
    prints it. Each such line is a body, and a single event is wrapped in an array, as
    Bandwidth does. The event of an AWS API Gateway, a Function URL or a load balancer
    is replaced by the body that it wraps.

    Args:
        file: The file's name; ``-`` for standard input.

    Raises:
        CommandError: The file cannot be read, or the body in a gateway's event is not a
            string or is invalid base64.
    """
    data = _read(file)
    lines = [
        (number, line.strip())
        for number, line in enumerate(data.split(b"\n"), start=1)
        if line.strip()
    ]
    if len(lines) > 1 and isinstance(_decode(lines[0][1]), (dict, list)):
        return [_body(f"{file}, line {number}", line, is_line=True) for number, line in lines]
    return [_body(file, data, is_line=data.endswith(b"\n") and len(lines) == 1)]


def _read(file: str) -> bytes:
    try:
        if file != "-":
            return Path(file).read_bytes()
        if not is_open(sys.stdin):
            raise CommandError(f"{file}: standard input is closed")
        if hasattr(sys.stdin, "buffer"):
            return sys.stdin.buffer.read()
        return sys.stdin.read().encode(errors="surrogatepass")  # replaced by a text stream
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}") from None
    except ValueError:
        raise CommandError(f"{file}: invalid file name") from None


def _body(place: str, data: bytes, *, is_line: bool) -> Body:
    if data.lstrip().startswith(b"{") and (is_line or b'"body"' in data):
        document = _decode(data)
        if isinstance(document, dict):
            if "body" in document and "type" not in document:
                return Body(place, _unwrapped(place, document))
            if is_line:
                return Body(place, b"[" + data.strip() + b"]")
    return Body(place, data)


def _unwrapped(place: str, gateway_event: dict[str, JsonValue]) -> bytes:
    body = gateway_event["body"]
    if body is None:
        return b""
    if not isinstance(body, str):
        raise CommandError(f"{place}: body: expected a string")
    if gateway_event.get("isBase64Encoded") is not True:
        return body.encode()
    try:
        return b64decode(body, validate=True)
    except ValueError:
        raise CommandError(f"{place}: body: not base64") from None


def _decode(data: bytes) -> JsonValue:
    """Decode JSON; return `None` if the data is not JSON."""
    try:
        document: JsonValue = from_json(data)
    except ValueError:
        return None
    return document
