"""Events and requests for the unit tests of a handler. Needs no extra.

A factory has a default for whatever Bandwidth always sends, so that a test names only what it
is about: ``inbound_message(text="STOP")``. The same arguments always give equal events, so two
messages in one test need an `id` each.
"""

from collections.abc import Callable, Container, Mapping
from datetime import datetime, timezone
from types import EllipsisType
from typing import Any, Final, Literal, TypeVar

from pydantic import JsonValue
from typing_extensions import TypedDict, Unpack

from ._auth import BasicCredentials
from ._events import (
    EVENT_CLASSES,
    BaseMessageEvent,
    Event,
    InboundEvent,
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
    is_set,
    unknown_keys,
)
from ._parse import encode_callback
from .error_codes import lookup

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

_TYPES: Final[Mapping[type[BaseMessageEvent], str]] = {
    event_class: type_ for type_, event_class in EVENT_CLASSES.items()
}
_EventT = TypeVar("_EventT", bound=BaseMessageEvent)


def inbound_message(**fields: Unpack[EventFields]) -> InboundMessageEvent:
    """Make a message that somebody sent: by default, a text from +15555550199."""
    return _event(
        InboundMessageEvent,
        {"description": "Incoming message received"},
        {"text": "Is the blue kayak still for rent?"},
        fields,
    )


def suggestion_response(**fields: Unpack[EventFields]) -> SuggestionResponseEvent:
    """Make the answer of a recipient who tapped a suggestion."""
    tapped = SuggestionResponse(text="Rent it", postback_data="cmVudDpibHVl")
    return _event(
        SuggestionResponseEvent,
        {"description": "Suggestion response received", "to": _AGENT},
        {"channel": "RBM", "suggestion_response": tapped},
        fields,
    )


def location_response(**fields: Unpack[EventFields]) -> LocationResponseEvent:
    """Make the answer of a recipient who shared a place."""
    place = LocationResponse(latitude="44.97780", longitude="-93.26500")
    return _event(
        LocationResponseEvent,
        {"description": "Location response received", "to": _AGENT},
        {"channel": "RBM", "location_response": place},
        fields,
    )


def message_sending(**fields: Unpack[EventFields]) -> MessageSendingEvent:
    """Make the news that an MMS was handed to the carrier."""
    return _event(
        MessageSendingEvent,
        {"description": "Message is sending to carrier"},
        {"media": ("https://cdn.kayaks.example/dock.jpg",), "channel": "MMS"},
        fields,
    )


def message_sent(**fields: Unpack[EventFields]) -> MessageSentEvent:
    """Make the news that a message left Bandwidth's network."""
    return _event(MessageSentEvent, {"description": "Message has been sent to carrier"}, {}, fields)


def message_delivered(**fields: Unpack[EventFields]) -> MessageDeliveredEvent:
    """Make the news that a message reached the recipient in `to`."""
    return _event(MessageDeliveredEvent, {"description": "ok"}, {}, fields)


def message_failed(
    *, error_code: int | None = 4406, **fields: Unpack[EventFields]
) -> MessageFailedEvent:
    """Make the news that a message did not reach the recipient in `to`.

    Args:
        error_code: Why; `None` for an event without a code. The default
            description is its name in the catalogue.
        fields: The fields of every event.
    """
    name = lookup(error_code).name if isinstance(error_code, int) else None
    own = {} if error_code is None else {"error_code": error_code}
    return _event(MessageFailedEvent, {"description": name or "unknown-error", **own}, {}, fields)


def message_read(
    *, event_time: datetime | EllipsisType | None = ..., **fields: Unpack[EventFields]
) -> MessageReadEvent:
    """Make the news that the recipient in `to` read an RBM message.

    Args:
        event_time: When it was read, with an offset; by default, at the event's
            `time`. `None` for an event that does not say.
        fields: The fields of every event.
    """
    if event_time is ...:
        event_time = fields.get("time", _earliest(fields))
    own = {} if event_time is None else {"time": event_time, "event_time": event_time}
    return _event(
        MessageReadEvent, {"description": "Message was read", **own}, {"channel": "RBM"}, fields
    )


def unknown_event(*, raw_type: str = "message-translated", **fields: JsonValue) -> UnknownEvent:
    """Make an event of a type that this version does not model.

    Args:
        raw_type: Its type on the wire.
        fields: What else it holds, in the wire's names; by default the envelope and
            the message of an inbound text.
    """
    if "type" in fields:
        raise TypeError("type: give it as raw_type")
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
    """Make the request that Bandwidth would post for some events.

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


def _event(
    event_class: type[_EventT],
    defaults: dict[str, object],
    message_defaults: dict[str, object],
    fields: EventFields,
) -> _EventT:
    """Make an event from its fields, from defaults of its own, and from those of every event."""
    unexpected = fields.keys() - EventFields.__annotations__.keys()
    if unexpected:
        # The model would keep it as an unknown key, and a misspelt test would pass.
        raise TypeError(f"unexpected keyword argument: {', '.join(sorted(unexpected))}")
    message = _message(fields)
    of_message = {
        name.removeprefix("message_"): value
        for name, value in fields.items()
        if name in MessageFields.__annotations__
    }
    of_event = {
        name: value for name, value in fields.items() if name not in MessageFields.__annotations__
    }
    event = {
        "type": _TYPES[event_class],
        "time": _earliest(fields),
        "to": _OURS if issubclass(event_class, InboundEvent) else _THEIRS,
        **defaults,
    }
    recipients = fields.get("message_to", message.to if message else ())
    if recipients:
        event["to"] = recipients[0]
    event |= of_event
    usual = (
        {name: getattr(message, name) for name in Message.model_fields if is_set(message, name)}
        if message
        else _usual_message(event_class, event) | message_defaults
    )
    event["message"] = _present(usual | of_message, of_message)
    made = event_class(**_present(event, of_event))
    if message:
        unknown_keys(made.message).update(unknown_keys(message))
    return made


def _present(fields: Mapping[str, object], given: Container[str]) -> dict[str, Any]:
    """Leave out what was given as `None`."""
    return {name: value for name, value in fields.items() if value is not None or name not in given}


def _message(fields: EventFields) -> Message | None:
    message = fields.get("message")
    if not isinstance(message, Message | None):
        raise TypeError("message: give a Message")
    return message


def _earliest(fields: EventFields) -> datetime:
    """Give when an event can have happened: no sooner than its message."""
    message = _message(fields)
    return fields.get("message_time", message.time if message else _NOON)


def _usual_message(
    event_class: type[BaseMessageEvent], event: dict[str, object]
) -> dict[str, object]:
    """Give what the message of such an event holds, unless a test says otherwise."""
    usual = {
        "application_id": "93de2206-9669-4e07-948d-329f4b722ee2",
        "time": event["time"],
        "segment_count": 1,
        "to": (event["to"],),
    }
    if issubclass(event_class, InboundEvent):
        return usual | {
            "id": "3ee4f5a4-2a8c-4f0b-8f5c-3f6f2b9d8f11",
            "owner": event["to"],
            "direction": "in",
            "from_": _THEIRS,
        }
    return usual | {
        "id": "1783339262170lcu2fqy4zi7v5pjj",
        "owner": _OURS,
        "direction": "out",
        "from_": _OURS,
        "text": "",  # as on every status event, whatever was sent
    }
