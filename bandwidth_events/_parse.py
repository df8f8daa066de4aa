"""From the body of a callback to events, and back."""

import codecs
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Final

from pydantic import FailFast, JsonValue, TypeAdapter, ValidationError
from pydantic_core import from_json

from ._errors import CallbackParseError, EventError
from ._events import EVENT_CLASSES, WIRE_NAMES, BaseMessageEvent, Event, UnknownEvent

# These bound what a hostile body can cost. A callback of Bandwidth's holds one event, in less than
# 4 KiB; 10,000 of the smallest it could send would fill two mebibytes.
_MAX_EVENTS: Final = 10_000
_MAX_MALFORMED: Final = 100
# Ten for each event. Two bytes, ``[]``, become an object of 88 that the garbage collector visits.
_MAX_CONTAINERS: Final = 100_000
# Validating JSON text, pydantic copies the whole event into the error of each missing field:
# seconds, and hundreds of mebibytes, for one event of 1 MiB. Decoded first, it is referred to.
_MAX_FAST_BYTES: Final = 65_536

# Built once: building costs a hundred times what parsing does. `FailFast`: see `_message`. The
# validator itself, since `TypeAdapter.validate_json` adds a call that is a twentieth of the time.
_EVENTS: Final = TypeAdapter[list[Event]](Annotated[list[Event], FailFast()]).validator
_validate_json: Final[Callable[..., list[Event]]] = _EVENTS.validate_json
_validate_python: Final[Callable[..., list[Event]]] = _EVENTS.validate_python

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


def parse_callback(
    body: str | bytes | bytearray | memoryview | Sequence[object] | Mapping[str, object],
    *,
    max_bytes: int | None = 1_048_576,
) -> list[Event]:
    """Parse the body of a messaging callback into events.

    Call `verify_basic_auth` first: without credentials, a request is not known to
    be Bandwidth's, and its body may well be empty.

    Args:
        body: The request's body as it arrived, or the array or object that it
            decodes to. Prefer the former: a decoded string counts as a body. The
            wire's form is an array of events; a single object, which mock
            servers send, counts as an array of one. Nothing in it is trusted.
        max_bytes: The largest `bytes` or `str` to accept, in bytes of UTF-8;
            `None` for no limit. Decoded JSON is not limited.

    Returns:
        The events in the order of the body, those of a type that this version
        does not model as `UnknownEvent`. Unknown keys and new values are kept.
        Times keep microseconds, and what pydantic can convert, it does: a number
        in a string becomes a number. An empty array gives an empty list.

    Raises:
        CallbackParseError: The body is too large (more than `max_bytes`, or more
            than 10,000 events, or 100,000 arrays and objects), is not JSON, or
            holds a malformed event. Its `events` are those that did parse; parsing
            stops at the hundredth malformed one.
        TypeError: `body` is neither text, nor bytes, nor a decoded array or object.
    """
    if isinstance(body, bytes):
        data = body
    elif isinstance(body, str):
        data = _encode_text(body)
    elif isinstance(body, (bytearray, memoryview)):
        data = bytes(body)
    else:
        data = _encode_decoded(body)
        max_bytes = None
    size = len(data)
    if max_bytes is not None and size > max_bytes:
        raise _body_error(f"larger than {max_bytes} bytes", status_code=413)
    if size <= _MAX_FAST_BYTES:
        try:
            # Only the names of the wire: there, `error_code` would be an unknown key.
            return _validate_json(data, by_name=False)
        except ValidationError:
            pass  # Its text can hold the body, so nothing is raised while it is handled.
    items = _items(_decode_leniently(data))
    if size > _MAX_FAST_BYTES:
        try:
            # Again one call for all: a call for each event makes the whole a fifth slower.
            return _validate_python(items, by_name=False)
        except ValidationError:
            pass
    return _parse_one_by_one(items)


def encode_callback(events: Iterable[Event]) -> bytes:
    """Encode events as the body of a callback, the inverse of `parse_callback`.

    Args:
        events: Events of any kind. What was absent on the wire stays absent, unless
            the wire had an unknown key of the field's Python name.

    Returns:
        A JSON array in UTF-8; `parse_callback` gives equal events for it. As with
        Python's `json`, a number too large for a float is written as ``Infinity``,
        and a ``NaN``, which is no JSON but is read, is equal to nothing.

    Raises:
        TypeError: An item is not an event.
        pydantic_core.PydanticSerializationError: An event was constructed with a
            value that JSON does not have. Parsed events never hold one.
    """
    encoded: list[str] = []
    for event in events:
        if not isinstance(event, (BaseMessageEvent, UnknownEvent)):
            raise TypeError(f"expected an iterable of events, with no {type(event).__name__} in it")
        encoded.append(event.model_dump_json(exclude_unset=True))
    return f"[{','.join(encoded)}]".encode()


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
    import json

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
    error: Exception
    try:
        return json.dumps(document).encode()
    except RecursionError:
        error = _body_error("nested too deeply")
    except (TypeError, ValueError):
        error = TypeError("the decoded body holds something that JSON does not have")
    raise error


def _decode_leniently(data: bytes) -> JsonValue:
    """Decode what pydantic's parser takes, a byte-order mark, and lone surrogate escapes."""
    if data.count(b"[") + data.count(b"{") > _MAX_CONTAINERS:
        reason = f"more than {_MAX_CONTAINERS} arrays and objects"
        raise _body_error(reason, status_code=413)
    data = data.removeprefix(codecs.BOM_UTF8)
    if b"\\" in data:
        # Written the other way, an escaped backslash cannot be taken for the start of an escape.
        rewritten = data.replace(rb"\\", rb"\u005c")
        repaired, lone_surrogates = re.subn(_LONE_SURROGATE, rb"\\ufffd", rewritten)
        if lone_surrogates:
            data = repaired
    try:
        document: JsonValue = from_json(data)
    except ValueError as error:
        reason = str(error)
    else:
        return document
    raise _body_error(f"not JSON: {reason}")


def _items(document: JsonValue) -> list[JsonValue]:
    """Give what should be events; a single object counts as an array of one."""
    if not isinstance(document, (list, dict)):
        raise _body_error("expected an array of events")
    items: list[JsonValue] = document if isinstance(document, list) else [document]
    if len(items) > _MAX_EVENTS:
        raise _body_error(f"more than {_MAX_EVENTS} events", status_code=413)
    return items


def _parse_one_by_one(items: list[JsonValue]) -> list[Event]:
    """Parse event by event, so that a malformed one is found and the others are kept."""
    events: list[Event] = []
    malformed: list[list[EventError]] = []
    for index, item in enumerate(items):
        event_type = _modelled_type(item)
        event_class = UnknownEvent if event_type is None else EVENT_CLASSES[event_type]
        try:
            events.append(event_class.model_validate(item, by_name=False))
        except ValidationError as error:
            malformed.append(_explain(error, index, event_type))
            if len(malformed) == _MAX_MALFORMED:
                break
    if malformed:
        raise CallbackParseError([error for each in malformed for error in each], events=events)
    return events


def _modelled_type(item: JsonValue) -> str | None:
    type_ = item.get("type") if isinstance(item, dict) else None
    return type_ if isinstance(type_, str) and type_ in EVENT_CLASSES else None


# Where pydantic's message speaks of Python.
_REASONS: Final = {
    "model_type": "Input should be an object",
    "tuple_type": "Input should be an array",
}


def _explain(error: ValidationError, index: int, event_type: str | None) -> list[EventError]:
    """Translate pydantic's account of one event."""
    reasons: dict[str, str] = {}
    for detail in error.errors(include_url=False, include_context=False, include_input=False):
        # A union adds labels of its own to the place; its last branch is the most general.
        place = [str(part) for part in detail["loc"] if isinstance(part, int) or part in WIRE_NAMES]
        reasons[".".join(place)] = _REASONS.get(detail["type"], detail["msg"])
    return [EventError(index, event_type, field, reason) for field, reason in reasons.items()]


def _body_error(reason: str, *, status_code: int = 400) -> CallbackParseError:
    return CallbackParseError([EventError(None, None, "", reason)], status_code=status_code)
