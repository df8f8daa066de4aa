"""Explain why a body or an event is not what Bandwidth's messaging sends.

The explanations depend only on first bytes, keys and places, so no error contains a value.
"""

import codecs
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from pydantic_core import ErrorDetails

from ._errors import CallbackParseError, EventError, EventErrorCode
from ._events import is_webrtc

_COMPRESSED: Final[Mapping[bytes, str]] = {
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"\x78\x01": "zlib",
    b"\x78\x9c": "zlib",
    b"\x78\xda": "zlib",
}

# A gateway's event contains the request's body and at least one of these keys.
_GATEWAY_KEYS: Final = frozenset(
    {"headers", "isBase64Encoded", "multiValueHeaders", "requestContext"}
)

_PRODUCTS: Final[Mapping[str, Collection[str]]] = {
    "a voice webhook": {"eventType", "callId"},
    "a toll-free verification webhook": {"phoneNumber", "internalTicketNumber"},
    "an international delivery receipt": {"msgId", "dlrTime"},
}

# By pydantic's error type.
_REASONS: Final[Mapping[str, tuple[EventErrorCode, str]]] = {
    "missing": ("missing", "required, but missing"),
    "datetime_type": ("wrong-type", "expected a date and time"),
    "int_from_float": ("wrong-type", "expected an integer"),
    "int_parsing": ("wrong-type", "expected an integer"),
    "int_type": ("wrong-type", "expected an integer"),
    "model_type": ("wrong-type", "expected an object"),
    "string_type": ("wrong-type", "expected a string"),
    "tuple_type": ("wrong-type", "expected an array"),
    "datetime_from_date_parsing": ("invalid-value", "expected a date and time"),
    "datetime_parsing": ("invalid-value", "expected a date and time"),
    "json_invalid": ("invalid-value", "expected JSON"),
    "timezone_aware": ("invalid-value", "expected an offset from UTC, such as Z"),
}
_OTHERWISE: Final[tuple[EventErrorCode, str]] = ("invalid-value", "out of range")


def body_error(code: EventErrorCode, reason: str, *, status_code: int = 400) -> CallbackParseError:
    """Build the error of a body that is malformed as a whole."""
    return CallbackParseError([EventError(None, None, "", reason, code)], status_code=status_code)


def not_json(data: bytes, failure: str) -> CallbackParseError:  # noqa: PLR0911  # as many causes
    """Explain why a body could not be decoded.

    Args:
        data: The body, without a byte-order mark of UTF-8.
        failure: The JSON parser's message, which names a position and no value.
    """
    if not data.strip():
        return body_error("empty", "empty; was the body already read?")
    for start, name in _COMPRESSED.items():
        if data.startswith(start):
            return body_error("compressed", f"compressed with {name}, expected plain JSON")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or 0 in data[:2]:
        return body_error("not-utf-8", "UTF-16 or UTF-32, expected UTF-8")
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return body_error("not-utf-8", f"not UTF-8 at byte {error.start}")
    if data.lstrip().startswith(b"<"):
        xml = "XML, such as a webhook about number orders or subscriptions"
        return body_error("other-product", xml)
    if failure.startswith("recursion limit"):
        return too_deep()
    if failure.startswith("EOF"):
        return body_error("not-json", f"not JSON: truncated {failure[failure.find('at line') :]}")
    return body_error("not-json", f"not JSON: {failure}")


def too_deep() -> CallbackParseError:
    """Build the error of a body that is nested too deeply."""
    return body_error("too-deep", "nested too deeply")


def is_wrapped(document: Mapping[str, object]) -> bool:
    """Check for the event of a gateway that wraps the request's body."""
    return not (
        "type" in document or "body" not in document or _GATEWAY_KEYS.isdisjoint(document.keys())
    )


def product(event: Mapping[str, object]) -> str | None:
    """Name the Bandwidth product that sends webhooks like this event; `None` for messaging."""
    if "platform" in event:
        return "an MFA webhook"
    if is_webrtc(event):
        return "a WebRTC webhook"
    if "type" not in event:
        for name, keys in _PRODUCTS.items():
            if event.keys() >= set(keys):
                return name
    return None


def reason(detail: ErrorDetails) -> tuple[EventErrorCode, str]:
    """Translate pydantic's error to a code and a reason, neither of which quotes the value."""
    if detail["type"] == "literal_error":  # the values that the model allows
        return "invalid-value", f"expected {detail.get('ctx', {})['expected']}"
    return _REASONS.get(detail["type"], _OTHERWISE)


def explain(
    details: Iterable[tuple[ErrorDetails, str]], index: int, event_type: str | None
) -> list[EventError]:
    """Explain why an event is malformed.

    Args:
        details: Pydantic's errors, each with the place of the field.
        index: The event's position in the body.
        event_type: The event's type, if this version models it.
    """
    errors: list[EventError] = []
    for detail, place in details:
        code, text = reason(detail)
        errors.append(EventError(index, event_type, place, text, code))
    return errors
