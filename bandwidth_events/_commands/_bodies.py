"""The callback bodies in a file: one body, JSON lines, or an event of a gateway."""

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
    """The file, and the line if it has several bodies."""

    data: bytes


def read_bodies(file: str) -> list[Body]:
    """Read the bodies that a file holds.

    A file is one body, byte for byte, unless its lines are JSON by themselves:
    several arrays or objects, or a single event with a newline at its end, as
    ``parse --json`` prints it. Such a line is a body too, and an event is put into
    an array, as Bandwidth does. A gateway's event stands for the body in it: that
    of an AWS API Gateway, a Function URL or a load balancer.

    Args:
        file: Its name; ``-`` for standard input.

    Raises:
        CommandError: The file cannot be read, or a gateway's event holds no base64
            where it says so.
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
        return sys.stdin.read().encode(errors="surrogatepass")  # somebody passes a text
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}") from None
    except ValueError:
        raise CommandError(f"{file}: not a file name") from None


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
    """Decode JSON; return `None` for anything else."""
    try:
        document: JsonValue = from_json(data)
    except ValueError:
        return None
    return document
