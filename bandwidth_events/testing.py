"""Events and requests for the unit tests of a handler. Needs no extra.

A factory has a default for whatever Bandwidth always sends, so that a test names only what it
is about: ``inbound_message(text="STOP")``. The same arguments always give equal events, so two
messages in one test need an `id` each.
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

    Those whose names an event has too are ``message_time`` and ``message_to``.
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
    """The fields that every event has, and those of its message, as keywords.

    `message` takes the message of another event; fields of the message beside it
    replace the message's own. `None` stands for a field that the event does not have.
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
    "text": "",  # as on every status event, whatever was sent
}


def inbound_message(**fields: Unpack[EventFields]) -> InboundMessageEvent:
    """Build a message that somebody sent: by default, a text from +15555550199."""
    message = {**_INBOUND, "text": "Is the blue kayak still for rent?"}
    return build_event(InboundMessageEvent, {}, message, fields)


def suggestion_response(**fields: Unpack[EventFields]) -> SuggestionResponseEvent:
    """Build the response of a recipient who tapped a suggestion."""
    tapped = SuggestionResponse(text="Rent it", postback_data="cmVudDpibHVl")
    message = {**_INBOUND, "to": (_AGENT,), "channel": "RBM", "suggestion_response": tapped}
    return build_event(SuggestionResponseEvent, {}, message, fields)


def location_response(**fields: Unpack[EventFields]) -> LocationResponseEvent:
    """Build the response of a recipient who shared a place."""
    place = LocationResponse(latitude="44.97780", longitude="-93.26500")
    message = {**_INBOUND, "to": (_AGENT,), "channel": "RBM", "location_response": place}
    return build_event(LocationResponseEvent, {}, message, fields)


def message_sending(**fields: Unpack[EventFields]) -> MessageSendingEvent:
    """Build an event about an MMS that was handed to the carrier."""
    media = ("https://cdn.kayaks.example/dock.jpg",)
    message = {**_OUTBOUND, "media": media, "channel": "MMS"}
    return build_event(MessageSendingEvent, {}, message, fields)


def message_sent(**fields: Unpack[EventFields]) -> MessageSentEvent:
    """Build an event about a message that left Bandwidth's network."""
    return build_event(MessageSentEvent, {}, _OUTBOUND, fields)


def message_delivered(**fields: Unpack[EventFields]) -> MessageDeliveredEvent:
    """Build an event about a message that reached the recipient in `to`."""
    return build_event(MessageDeliveredEvent, {}, _OUTBOUND, fields)


def message_failed(
    *, error_code: int | None = 4406, **fields: Unpack[EventFields]
) -> MessageFailedEvent:
    """Build an event about a message that did not reach the recipient in `to`.

    Args:
        error_code: The reason; `None` for an event without a code. The default
            description is its name in the catalogue.
        fields: The fields of every event.
    """
    return build_event(MessageFailedEvent, {}, _OUTBOUND, {**fields, "error_code": error_code})


def message_read(
    *, event_time: datetime | EllipsisType | None = ..., **fields: Unpack[EventFields]
) -> MessageReadEvent:
    """Build an event about an RBM message that the recipient in `to` read.

    Args:
        event_time: When the message was read, with an offset; by default, at the event's
            `time`. `None` for an event without this field.
        fields: The fields of every event.
    """
    own = {} if event_time is ... else {"event_time": event_time}
    return build_event(MessageReadEvent, {}, {**_OUTBOUND, "channel": "RBM"}, {**fields, **own})


def unknown_event(*, raw_type: str = "message-translated", **fields: JsonValue) -> UnknownEvent:
    """Build an event of a type that this version does not model.

    Args:
        raw_type: Its type on the wire.
        fields: What else it holds, in the wire's names; by default the envelope and
            the message of an inbound text.
    """
    if "type" in fields:
        raise TypeError("type: expected as raw_type")
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
"""The factory of each modelled class."""


def callback_request(
    *events: Event, credentials: BasicCredentials | None = None
) -> tuple[dict[str, str], bytes]:
    """Build the request that Bandwidth would post for some events.

    Args:
        events: What the body holds, in this order. Bandwidth's has always had one.
        credentials: What to send in the ``Authorization`` header; without them, the
            request is the first of Bandwidth's challenge and response, with a body.

    Returns:
        The headers, without those that an HTTP client adds by itself, and the body.
    """
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "BandwidthAPI/v2",
    }
    if credentials is not None:
        headers["Authorization"] = credentials.authorization
    return headers, encode_callback(events)
