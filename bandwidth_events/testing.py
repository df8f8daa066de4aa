"""Build events and requests for the unit tests of a handler. Needs no extra.

Provisional: may change in a minor version, with an entry in the changelog.

Each factory has defaults for the fields that Bandwidth always sends, so that a test sets only the
fields that matter to it: ``inbound_message(text="STOP")``. Equal arguments build equal events, so
give each message in a test its own `id`.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from types import EllipsisType
from typing import Final, Literal

from pydantic import JsonValue
from typing_extensions import TypedDict, Unpack

from ._auth import BasicCredentials
from ._construction import build_event
from ._events import (
    Event,
    InboundMessageEvent,
    LocationResponseEvent,
    MessageDeliveredEvent,
    MessageEvent,
    MessageFailedEvent,
    MessageReadEvent,
    MessageSendingEvent,
    MessageSentEvent,
    SuggestionResponseEvent,
    UnknownEvent,
)
from ._message import (
    Content,
    LocationResponse,
    Message,
    SuggestionResponse,
)
from ._parse import encode_callback

__all__ = [
    "EVENT_FACTORIES",
    "EventFields",
    "MessageFields",
    "callback_request",
    "inbound_message",
    "location_response",
    "message_delivered",
    "message_failed",
    "message_read",
    "message_sending",
    "message_sent",
    "suggestion_response",
    "unknown_event",
]


class MessageFields(TypedDict, total=False):
    """The fields of a `Message`, as keywords.

    The keywords ``message_time`` and ``message_to`` set the message's `time` and `to`,
    because an event has fields of the same names.
    """

    id: str
    owner: str
    application_id: str
    message_time: datetime
    segment_count: int
    direction: Literal["in", "out"]
    message_to: tuple[str, ...]
    from_: str
    text: str | None
    tag: str | None
    media: tuple[str, ...]
    priority: Literal["default", "high"] | str | None  # noqa: PYI051  # as in the model
    channel: Literal["SMS", "MMS", "RBM"] | str | None  # noqa: PYI051  # as in the model
    content: Content | None
    suggestion_response: SuggestionResponse | None
    location_response: LocationResponse | None


class EventFields(MessageFields, total=False, closed=True):
    """The fields of an event and of its message, as keywords.

    Pass the message of another event as `message`; further fields of the message override
    it. Pass `None` to leave a field out.
    """

    time: datetime
    to: str
    description: str
    carrier_name: str | None
    message: Message


_OURS: Final = "+15555550100"
_THEIRS: Final = "+15555550199"
_AGENT: Final = "kayaks_agent"
_NOON: Final = datetime(2026, 7, 6, 12, tzinfo=timezone.utc)

_EVERY_MESSAGE: Final = {
    "application_id": "93de2206-9669-4e07-948d-329f4b722ee2",
    "time": _NOON,
    "segment_count": 1,
}
_INBOUND: Final = {
    **_EVERY_MESSAGE,
    "id": "3ee4f5a4-2a8c-4f0b-8f5c-3f6f2b9d8f11",
    "direction": "in",
    "to": (_OURS,),
    "from_": _THEIRS,
}
_OUTBOUND: Final = {
    **_EVERY_MESSAGE,
    "id": "1783339262170lcu2fqy4zi7v5pjj",
    "direction": "out",
    "to": (_THEIRS,),
    "from_": _OURS,
    "text": "",  # as on every status event
}


def inbound_message(**fields: Unpack[EventFields]) -> InboundMessageEvent:
    """Build a message-received event: by default, a text from +15555550199."""
    message = {**_INBOUND, "text": "Is the blue kayak still for rent?"}
    return build_event(InboundMessageEvent, {}, message, fields)


def suggestion_response(**fields: Unpack[EventFields]) -> SuggestionResponseEvent:
    """Build a suggestion-response event."""
    tapped = SuggestionResponse(text="Rent it", postback_data="cmVudDpibHVl")
    message = {**_INBOUND, "to": (_AGENT,), "channel": "RBM", "suggestion_response": tapped}
    return build_event(SuggestionResponseEvent, {}, message, fields)


def location_response(**fields: Unpack[EventFields]) -> LocationResponseEvent:
    """Build a requested-location-response event."""
    place = LocationResponse(latitude="44.97780", longitude="-93.26500")
    message = {**_INBOUND, "to": (_AGENT,), "channel": "RBM", "location_response": place}
    return build_event(LocationResponseEvent, {}, message, fields)


def message_sending(**fields: Unpack[EventFields]) -> MessageSendingEvent:
    """Build a message-sending event: Bandwidth handed an MMS to the carrier."""
    media = ("https://cdn.kayaks.example/dock.jpg",)
    message = {**_OUTBOUND, "media": media, "channel": "MMS"}
    return build_event(MessageSendingEvent, {}, message, fields)


def message_sent(**fields: Unpack[EventFields]) -> MessageSentEvent:
    """Build a message-sent event."""
    return build_event(MessageSentEvent, {}, _OUTBOUND, fields)


def message_delivered(**fields: Unpack[EventFields]) -> MessageDeliveredEvent:
    """Build a message-delivered event for the recipient in `to`."""
    return build_event(MessageDeliveredEvent, {}, _OUTBOUND, fields)


def message_failed(
    *, error_code: int | None = 4406, **fields: Unpack[EventFields]
) -> MessageFailedEvent:
    """Build a message-failed event for the recipient in `to`.

    Args:
        error_code: Bandwidth's error code; `None` for an event without a code. The default
            description is the code's name in the catalogue.
        fields: The fields that every event has.
    """
    return build_event(MessageFailedEvent, {}, _OUTBOUND, {**fields, "error_code": error_code})


def message_read(
    *, event_time: datetime | EllipsisType | None = ..., **fields: Unpack[EventFields]
) -> MessageReadEvent:
    """Build a message-read event: the recipient in `to` read an RBM message.

    Args:
        event_time: When the message was read, with a time zone; by default, the event's
            `time`. `None` for an event without this field.
        fields: The fields that every event has.
    """
    own = {} if event_time is ... else {"event_time": event_time}
    return build_event(MessageReadEvent, {}, {**_OUTBOUND, "channel": "RBM"}, {**fields, **own})


def unknown_event(*, raw_type: str = "message-translated", **fields: JsonValue) -> UnknownEvent:
    """Build an event of a type that this version does not model.

    Args:
        raw_type: The event's type on the wire.
        fields: The other fields, by their names on the wire. By default, the event has the
            envelope and the message of an inbound text.
    """
    if "type" in fields:
        raise TypeError("type: pass it as raw_type")
    usual = inbound_message().model_dump(mode="json", exclude_unset=True)
    return UnknownEvent.model_validate({**usual, **fields, "type": raw_type})


EVENT_FACTORIES: Final[Mapping[type[MessageEvent], Callable[..., MessageEvent]]] = {
    InboundMessageEvent: inbound_message,
    SuggestionResponseEvent: suggestion_response,
    LocationResponseEvent: location_response,
    MessageSendingEvent: message_sending,
    MessageSentEvent: message_sent,
    MessageDeliveredEvent: message_delivered,
    MessageFailedEvent: message_failed,
    MessageReadEvent: message_read,
}
"""The factory of each event class."""


def callback_request(
    *events: Event, credentials: BasicCredentials | None = None
) -> tuple[dict[str, str], bytes]:
    """Build the request that Bandwidth would post for some events.

    Args:
        events: The events in the body, in this order. Every captured body has one.
        credentials: The credentials for the ``Authorization`` header. Without them, the
            request is like the first of Bandwidth's handshake, with a body.

    Returns:
        The headers, except those that an HTTP client adds by itself, and the body.
    """
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "BandwidthAPI/v2",
    }
    if credentials is not None:
        headers["Authorization"] = credentials.authorization
    return headers, encode_callback(events)
