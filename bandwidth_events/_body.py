"""From the body of a request to the JSON of its events, within limits."""

import codecs
import json
import re
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from pydantic import JsonValue
from pydantic_core import from_json

from ._diagnosis import body_error, is_wrapped, not_json, too_deep

# These bound what a hostile body can cost. A callback of Bandwidth's holds one event, in less than
# 4 KiB; 10,000 of the smallest it could send would fill two mebibytes.
_MAX_EVENTS: Final = 10_000
# Ten for each event. Two bytes, ``[]``, become an object of 88 that the garbage collector visits.
_MAX_CONTAINERS: Final = 100_000

_NEITHER: Final = bytes(set(range(256)) - set(b'"[{'))

# A high surrogate that no low one follows, or a low one that no high one precedes: itself, which
# no valid UTF-8 has, and as an escape. Few bodies need them, so `re` compiles them when one does.
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
    """Turn a body of whatever form into JSON text in UTF-8.

    Raises:
        CallbackParseError: The body is larger than `max_bytes`, or nests too deeply.
        TypeError: `body` is not the body of a request.
    """
    if isinstance(body, (bytes, str)):
        # In UTF-8, no character has less than a byte: what is too long need not be encoded.
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
    """Refuse a body that is too large.

    Raises:
        CallbackParseError: It is.
    """
    if max_bytes is not None and size > max_bytes:
        raise body_error("too-large", f"larger than {max_bytes} bytes", status_code=413)


def decode(data: bytes, *, limited: bool) -> list[JsonValue]:
    """Decode JSON text to the array that should hold events.

    Takes whatever pydantic's parser does, a byte-order mark, and lone surrogate escapes. A single
    object counts as an array of one.

    Raises:
        CallbackParseError: The text is not JSON, or JSON of another shape, or holds too much.
    """
    data = data.removeprefix(codecs.BOM_UTF8)
    if limited and _count_containers(data) > _MAX_CONTAINERS:
        reason = f"more than {_MAX_CONTAINERS} arrays and objects"
        raise body_error("too-large", reason, status_code=413)
    if b"\\" in data:
        # Written the other way, an escaped backslash cannot be taken for the start of an escape.
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
            reason = "a gateway's event; pass the body that it holds"
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
    # Without escapes, a string is what stands between two quotes, and the last may not be closed.
    plain = data.replace(rb"\\", b"").replace(rb"\"", b"")
    quotes_and_brackets = plain.translate(None, _NEITHER)
    return len(re.sub(rb'"[^"]*"?', b"", quotes_and_brackets))


def _encode_text(text: str) -> bytes:
    """Encode as UTF-8, which has no lone surrogates: they become U+FFFD."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        # Decoding with "replace" would do, but takes four times as long.
        text = re.sub(_LONE_SURROGATE_IN_TEXT, "\ufffd", text)
        return text.encode("utf-16", "surrogatepass").decode("utf-16").encode()


def _encode_decoded(body: Sequence[object] | Mapping[str, object]) -> bytes:
    """Turn decoded JSON back into text, so that both have the same result."""
    document: object
    if isinstance(body, Mapping):
        document = dict(body)
    elif isinstance(body, Sequence):
        document = list(body)
    else:
        raise TypeError(
            "expected the body of a request as bytes or str, or the array or object that it "
            f"decodes to, not {type(body).__name__}"
        )
    try:
        return json.dumps(document).encode()
    except RecursionError:
        raise too_deep() from None
    except (TypeError, ValueError):
        raise TypeError("the decoded body holds something that JSON does not have") from None
