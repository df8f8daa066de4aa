"""Strategies for request bodies: valid bodies as Bandwidth writes them, and malformed ones."""

import gzip
import json
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from random import Random
from typing import Any, Final, TypeAlias

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from pydantic import JsonValue

from bandwidth_events._events import (
    EVENT_CLASSES,
    BaseMessageEvent,
    Event,
    MessageReadEvent,
    wire_keys,
)
from bandwidth_events._message import Message
from bandwidth_events._model import Model, is_set, wire_names

from ._arguments import strategy
from ._events import EVENT_STRATEGIES, EVENTS


@dataclass(frozen=True)
class Style:
    """A way to write JSON. The style does not change the meaning of the events."""

    key_order: tuple[str, ...]
    """The keys that come first, in their order."""

    nulls: bool
    """Whether to write absent keys as null."""

    fraction_digits: int
    """The minimum number of digits in a second's fraction."""

    ascii_only: bool
    """Whether to escape non-ASCII characters."""

    escaped_slashes: bool
    """Whether to escape slashes, as PHP does."""

    layout: tuple[int | None, tuple[str, str]]
    """Indentation and separators, as `json.dumps` accepts them."""

    odd: tuple[str, JsonValue] | None = None
    """The place of an optional field, and a malformed value to write there if it is absent."""

    def write(self, events: Sequence[Event], *, bare: bool = False) -> bytes:
        """Write the body of a callback; with `bare`, a single event without the array."""
        documents: list[JsonValue] = [self.document(event) for event in events]
        return self.encode(documents[0] if bare else documents)

    def document(self, event: Event) -> dict[str, Any]:
        """Return the JSON object of an event, with its keys in the order of the model."""
        document = event.model_dump(mode="json", exclude_unset=not self.nulls)
        if isinstance(event, BaseMessageEvent):
            message = document["message"]
            document["time"] = self._timestamp(event.time)
            message["time"] = self._timestamp(event.message.time)
            if isinstance(event, MessageReadEvent) and event.event_time:
                document["eventTime"] = self._timestamp(event.event_time)
            if self.nulls and not message["media"]:
                message["media"] = None
            if self.odd:
                self._spoil(event, document, *self.odd)
        return document

    @staticmethod
    def _spoil(
        event: BaseMessageEvent, document: dict[str, Any], place: str, value: JsonValue
    ) -> None:
        """Write a malformed value of an optional field that the event does not have."""
        *parents, key = place.split(".")
        model: Model = event.message if parents else event
        name = wire_names(type(model)).get(key)
        if name and not is_set(model, name):
            (document["message"] if parents else document)[key] = value

    def encode(self, document: JsonValue) -> bytes:
        """Encode a document, with its keys in the order of this style."""
        text = json.dumps(
            self._sorted(document),
            ensure_ascii=self.ascii_only,
            indent=self.layout[0],
            separators=self.layout[1],
        )
        # In JSON, slashes occur only in strings.
        return (text.replace("/", r"\/") if self.escaped_slashes else text).encode()

    def _timestamp(self, time: datetime) -> str:
        text = time.astimezone(timezone.utc).isoformat(timespec="microseconds")
        seconds, microseconds = text.removesuffix("+00:00").split(".")
        needed = -(-len(microseconds.rstrip("0")) // 3) * 3  # in groups of three, rounded up
        # Python does not keep the last three digits.
        digits = f"{microseconds}789"[: max(self.fraction_digits, needed)]
        return f"{seconds}.{digits}Z" if digits else f"{seconds}Z"

    def _sorted(self, value: JsonValue) -> JsonValue:
        if isinstance(value, dict):
            ranks = {key: rank for rank, key in enumerate(self.key_order)}
            keys = sorted(value, key=lambda key: ranks.get(key, len(ranks)))
            return {key: self._sorted(value[key]) for key in keys}
        if isinstance(value, list):
            return [self._sorted(item) for item in value]
        return value


_Values: TypeAlias = Sequence[Any]  # decoded JSON
_TEXT: Final[_Values] = (0, False, [], {})
_TIME: Final[_Values] = (
    "yesterday",
    "2026-07-06",
    "2026-07-06T12:00:00",
    "",
    [],
    {},
)  # the third lacks a time zone
_INTEGER: Final[_Values] = ("one", "", 1.5, [], {})
_TEXT_LIST: Final[_Values] = ("+15555550100", 0, {}, [None], [0])
_OBJECT: Final[_Values] = ("text", 0, [])

_REFUSED: Final[Mapping[str, _Values]] = {
    "type": _TEXT,
    "time": _TIME,
    "to": _TEXT,
    "description": _TEXT,
    "message": _OBJECT,
    "message.id": _TEXT,
    "message.owner": _TEXT,
    "message.applicationId": _TEXT,
    "message.time": _TIME,
    "message.segmentCount": _INTEGER,
    "message.direction": ("sideways", "IN", "", *_TEXT),
    "message.to": _TEXT_LIST,
    "message.from": _TEXT,
}
"""Invalid values of each required field. Null and absence are invalid as well."""

ODD: Final[Mapping[str, _Values]] = {
    "carrierName": _TEXT,
    "errorCode": _INTEGER,
    "eventTime": _TIME,
    "message.text": _TEXT,
    "message.tag": _TEXT,
    "message.media": ("https://cdn.kayaks.example/dock.jpg", *_TEXT_LIST[1:]),
    "message.priority": _TEXT,
    "message.channel": _TEXT,
    "message.content": _OBJECT,
    "message.suggestionResponse": _OBJECT,
    "message.locationResponse": _OBJECT,
}
"""Invalid values of each optional field."""


_ODD_PLACES: Final = tuple((place, value) for place in ODD for value in ODD[place])
# One style in four has an odd field, unless the event has the field.
_ODD_FIELDS: Final = st.sampled_from(((None,) * 3 * len(_ODD_PLACES)) + _ODD_PLACES)

_LAYOUTS: Final = st.sampled_from(((None, (",", ":")), (None, (", ", ": ")), (2, (",", ": "))))


def _shuffled_keys(seed: int) -> tuple[str, ...]:
    keys = sorted(wire_keys())
    Random(seed).shuffle(keys)  # noqa: S311  # one draw instead of one for each key
    return tuple(keys)


STYLES: Final[SearchStrategy[Style]] = st.builds(
    Style,
    key_order=st.just(()) | st.integers(0, 999).map(_shuffled_keys),
    nulls=st.booleans(),
    fraction_digits=st.sampled_from((3, 0, 6, 9)),
    ascii_only=st.booleans(),
    escaped_slashes=st.booleans(),
    layout=_LAYOUTS,
    odd=_ODD_FIELDS,
)


@strategy
def callback_bodies(draw: DrawFn, *, events: SearchStrategy[Event] = EVENTS) -> bytes:
    """Generate the bodies of callbacks, as Bandwidth and its mock servers write them.

    They differ in key order, white space, escapes, the digits of times, and in whether an
    absent field is null. Most contain one event, some several. Occasionally, a single event
    lacks the array around it. Occasionally, an optional field that the event lacks has a
    malformed value: `parse_callback` accepts the body, and the event lists the field in
    `malformed_fields`. For related events, see `deliveries`.

    Args:
        events: The events in the body.
    """
    contents = draw(st.lists(events, min_size=1, max_size=4))
    bare = len(contents) == 1 and draw(st.integers(0, 9)) == 9  # noqa: PLR2004  # one in ten
    return draw(STYLES).write(contents, bare=bare)


# Defects


def _defects(model: type[Model], prefix: str = "") -> Iterator[tuple[str, list[Any]]]:
    """Yield every defect of a JSON object: a place, and a list with the value to put there.

    An empty list stands for removal.
    """
    for field in model.model_fields.values():
        place = f"{prefix}{field.serialization_alias}"
        if field.is_required():
            for value in (*_REFUSED[place], None):
                yield place, [value]
            yield place, []


_DEFECTS: Final = {
    event_class: (*_defects(event_class), *_defects(Message, "message."))
    for event_class in EVENT_CLASSES.values()
}

_INNER: Final = b'[{"type":"message-received"}]'
_XML: Final = b'<?xml version="1.0" encoding="UTF-8"?><Notification><Status>COMPLETE</Status>'


def _wrapped(**request: JsonValue) -> bytes:
    """Write the event of a gateway that wraps the body of a callback."""
    return json.dumps({"body": _INNER.decode(), **request}).encode()


_ELSEWHERE: Final[Sequence[object]] = (
    {"eventType": "answer", "callId": "c-95ac8d6e", "from": "+15555550199", "to": "+15555550100"},
    {"phoneNumber": "+18005550100", "internalTicketNumber": "5b8c3f9e", "status": "VERIFIED"},
    {"msgId": "1783339262170", "dlrTime": "2026-07-06 12:01:07", "status": "DELIVRD"},
    {"type": "endpointDisconnected", "endpointId": "e-93de2206", "timestamp": "2026-07-06"},
    [
        {
            "type": "message-delivered",
            "platform": "mfa",
            "message": {"id": "1783339262170lcu2fqy4zi7v5pjj"},
        }
    ],
)
"""Webhooks of Bandwidth's voice, toll-free verification, international, WebRTC and MFA products."""

_NO_EVENTS: Final = (
    b"",
    b" ",
    b"null",
    b"0",
    b'"message-received"',
    b"{}",
    b"[{}]",
    b"[null]",
    b"[[]]",
    b"[",
    b"undefined",
    b"events=%5B%5D",
    b"<events/>",
    _XML,
    *(json.dumps(webhook).encode() for webhook in _ELSEWHERE),
    _wrapped(isBase64Encoded=False, headers={}, requestContext={"http": {"method": "POST"}}),
    _wrapped(httpMethod="POST", multiValueHeaders={"host": ["example.com"]}),
    _wrapped(isBase64Encoded=True, body=b64encode(_INNER).decode()),
    b"\xef\xbb\xbf",
    b"\0",
)

# Each of these functions corrupts the JSON text of any array of events.
_SPOILERS: Final[Sequence[Callable[[bytes], bytes]]] = (
    lambda body: body + b"]",
    lambda body: body + body,
    lambda body: body[:-1] + b",]",
    lambda body: b"[" + body + b"]",
    lambda body: b"callback(" + body + b")",
    lambda body: body.replace(b'"', b"'"),
    lambda body: body.replace(b'"', b'"\n', 1),
    lambda body: body.replace(b'"', b'"\xff', 1),
    lambda body: body.decode().encode("utf-16"),
    lambda body: body.decode().encode("utf-16-be"),
    lambda body: gzip.compress(body, mtime=0),
    zlib.compress,
    lambda body: json.dumps(body.decode()).encode(),
)


@st.composite
def malformed_bodies(draw: DrawFn) -> bytes:
    """Generate malformed callback bodies, each with one defect.

    A required field is missing, null, or of the wrong type. Or the JSON text is truncated,
    corrupted in one place, compressed or in another encoding. Or the body is not an array of
    events, but empty, XML, the webhook of another Bandwidth product, or a gateway's event that
    wraps the body. (An empty array is well-formed.) Some bodies contain well-formed events as
    well. `parse_callback` raises for each body.
    """
    return draw(st.sampled_from(_NO_EVENTS) | _malformed_events() | _malformed_texts())


@st.composite
def _malformed_events(draw: DrawFn) -> bytes:
    """Generate bodies with one malformed field in one event."""
    style = draw(STYLES)
    event_class = draw(st.sampled_from(tuple(_DEFECTS)))
    place, replacement = draw(st.sampled_from(_DEFECTS[event_class]))
    document = style.document(draw(EVENT_STRATEGIES[event_class]))
    *parents, key = place.split(".")
    target = document[parents[0]] if parents else document
    if replacement:
        target[key] = replacement[0]
    else:
        del target[key]
    documents: list[JsonValue] = [
        style.document(event) for event in draw(st.lists(EVENTS, max_size=2))
    ]
    documents.insert(draw(st.integers(0, len(documents))), document)
    return style.encode(documents)


@st.composite
def _malformed_texts(draw: DrawFn) -> bytes:
    """Generate bodies that are not JSON, or not an array of events."""
    body = draw(STYLES).write(draw(st.lists(EVENTS, min_size=1, max_size=2)))
    if draw(st.booleans()):
        return draw(st.sampled_from(_SPOILERS))(body)
    return body[: draw(st.integers(1, len(body) - 1))]
