"""Decode a request body to JSON, within limits."""

import codecs
import json
import re
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from pydantic import JsonValue
from pydantic_core import from_json

from ._diagnosis import body_error, is_wrapped, not_json, too_deep

# These limits bound the cost of a hostile body. A Bandwidth callback contains one event in less
# than 4 KiB; 10,000 of the smallest possible events would fill two mebibytes.
_MAX_EVENTS: Final = 10_000
# Ten per event. The two bytes ``[]`` become an object of 88 bytes, which the garbage collector
# visits.
_MAX_CONTAINERS: Final = 100_000

_NEITHER: Final = bytes(set(range(256)) - set(b'"[{'))

# A high surrogate without a low one after it, or a low one without a high one before it: as a
# character, which valid UTF-8 never contains, and as an escape. `re` compiles the patterns on first
# use, because few bodies need them.
_LONE_SURROGATE_IN_TEXT: Final = (
    "[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]"
)
_LONE_SURROGATE: Final = rb"""(?xs)
    \\u[dD] (?:
        [89abAB][0-9a-fA-F]{2} (?! \\u[dD][c-fC-F] )
      | (?<! \\u[dD][89abAB].. \\u[dD] ) [c-fC-F][0-9a-fA-F]{2}
    )"""


Body: TypeAlias = str | bytes | bytearray | memoryview | Sequence[object] | Mapping[str, object]


def read(body: Body, max_bytes: int | None) -> bytes:
    """Convert a body of any accepted type to JSON text in UTF-8.

    Raises:
        CallbackParseError: The body is larger than `max_bytes`, or nested too deeply.
        TypeError: `body` has another type, or contains a value that JSON cannot represent.
    """
    if isinstance(body, (bytes, str)):
        # A character takes at least one byte in UTF-8, so a text that is too long is not encoded.
        check_size(len(body), max_bytes)
        data = body if isinstance(body, bytes) else _encode_text(body)
    elif isinstance(body, (bytearray, memoryview)):
        check_size(memoryview(body).nbytes, max_bytes)
        data = bytes(body)
    else:
        return _encode_decoded(body)
    check_size(len(data), max_bytes)
    return data


def check_size(size: int, max_bytes: int | None) -> None:
    """Check the size of a body.

    Raises:
        CallbackParseError: The body is larger than `max_bytes`.
    """
    if max_bytes is not None and size > max_bytes:
        raise body_error("too-large", f"larger than {max_bytes} bytes", status_code=413)


def decode(data: bytes, *, limited: bool) -> list[JsonValue]:
    """Decode JSON text to an array of events.

    Accepts everything that pydantic's parser accepts, and also a byte-order mark and lone
    surrogate escapes. A single object counts as an array of one.

    Raises:
        CallbackParseError: The text is not JSON, is neither an array nor an object, or exceeds a
            limit.
    """
    data = data.removeprefix(codecs.BOM_UTF8)
    if limited and _count_containers(data) > _MAX_CONTAINERS:
        reason = f"more than {_MAX_CONTAINERS} arrays and objects"
        raise body_error("too-large", reason, status_code=413)
    if b"\\" in data:
        # Rewrite escaped backslashes, so that none looks like the start of another escape.
        rewritten = data.replace(rb"\\", rb"\u005c")
        repaired, lone_surrogates = re.subn(_LONE_SURROGATE, rb"\\ufffd", rewritten)
        if lone_surrogates:
            data = repaired
    try:
        document: JsonValue = from_json(data)
    except ValueError as failure:
        raise not_json(data, str(failure)) from None
    if isinstance(document, dict):
        if is_wrapped(document):
            reason = "a gateway's event; pass the body that it wraps"
            raise body_error("wrapped", reason)
        return [document]
    if not isinstance(document, list):
        raise body_error("not-an-array", "expected an array of events")
    if limited and len(document) > _MAX_EVENTS:
        raise body_error("too-large", f"more than {_MAX_EVENTS} events", status_code=413)
    return document


def _count_containers(data: bytes) -> int:
    """Count arrays and objects: brackets, except those in strings."""
    count = data.count(b"[") + data.count(b"{")
    if count <= _MAX_CONTAINERS:
        return count
    # Without escapes, each string ends at the next quote; the last one may be unterminated.
    plain = data.replace(rb"\\", b"").replace(rb"\"", b"")
    quotes_and_brackets = plain.translate(None, _NEITHER)
    return len(re.sub(rb'"[^"]*"?', b"", quotes_and_brackets))


def _encode_text(text: str) -> bytes:
    """Encode text as UTF-8, and replace lone surrogates, which UTF-8 lacks, by U+FFFD."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        # Decoding with "replace" also works, but takes four times as long.
        text = re.sub(_LONE_SURROGATE_IN_TEXT, "\ufffd", text)
        return text.encode("utf-16", "surrogatepass").decode("utf-16").encode()


def _encode_decoded(body: Sequence[object] | Mapping[str, object]) -> bytes:
    """Encode decoded JSON as text again, so that both forms parse alike."""
    document: object
    if isinstance(body, Mapping):
        document = dict(body)
    elif isinstance(body, Sequence):
        document = list(body)
    else:
        raise TypeError(
            "expected a request body as bytes or str, or the array or object that it decodes to, "
            f"not {type(body).__name__}"
        )
    try:
        return json.dumps(document).encode()
    except RecursionError:
        raise too_deep() from None
    except (TypeError, ValueError):
        raise TypeError("the decoded body contains a value that JSON cannot represent") from None
