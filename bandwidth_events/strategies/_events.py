"""Strategies for events."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import EllipsisType
from typing import Any, Final, TypeVar

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import DrawFn, SearchStrategy
from pydantic import JsonValue, ValidationError
from typing_extensions import Unpack

from bandwidth_events._construction import MESSAGE_KEYWORDS, Choices, build_event
from bandwidth_events._events import (
    BaseMessageEvent,
    Event,
    InboundEvent,
    InboundMessageEvent,
    LocationResponseEvent,
    MessageDeliveredEvent,
    MessageFailedEvent,
    MessageReadEvent,
    MessageSendingEvent,
    MessageSentEvent,
    SuggestionResponseEvent,
    UnknownEvent,
)
from bandwidth_events._message import Message

from . import _values as values
from ._arguments import draw_given, strategy
from ._messages import (
    INBOUND_LOCATIONS,
    INBOUND_SUGGESTIONS,
    INBOUND_TEXTS,
    OUTBOUND,
    OUTBOUND_MMS,
    OUTBOUND_RBM,
    Kind,
    MessageStrategies,
    draw_fields,
    draw_some,
    messages,
)


class EventStrategies(MessageStrategies, total=False, closed=True):
    """A strategy for each of `bandwidth_events.testing.EventFields`."""

    time: SearchStrategy[datetime]
    to: SearchStrategy[str]
    description: SearchStrategy[str]
    carrier_name: SearchStrategy[str | None]
    message: SearchStrategy[Message]


_EventT = TypeVar("_EventT", bound=BaseMessageEvent)

_ENVELOPE: Final[Mapping[str, SearchStrategy[object]]] = {
    "carrier_name": st.sampled_from(("AT&T", "Example Wireless")),
    "description": values.DESCRIPTIONS,  # a text for people, on which no logic may depend
    "region": values.JSON,  # an unknown key
}


def draw_envelope(draw: DrawFn) -> dict[str, Any]:
    """Draw the optional fields of an envelope."""
    return draw_some(draw, _ENVELOPE)


class DrawnChoices(Choices):
    """Draws each choice with Hypothesis."""

    def __init__(self, draw: DrawFn) -> None:
        self._draw = draw

    def recipient(self, recipients: Sequence[str]) -> str:
        """Draw any of the recipients."""
        return self._draw(st.sampled_from(recipients))

    def delay(self) -> timedelta:
        """Draw a possible delay of Bandwidth's receipts."""
        return self._draw(values.DELAYS)

    def moment_of_reading(self, time: datetime, earliest: datetime) -> datetime | None:
        """Draw the earliest time, the latest, or none."""
        return self._draw(st.sampled_from((None, time, earliest)))

    def owner(self, event_class: type[BaseMessageEvent], ours: str, theirs: str) -> str:
        """Draw the account's number, or the other one where Bandwidth sometimes sends it."""
        if issubclass(event_class, (InboundEvent, MessageDeliveredEvent)):
            return self._draw(st.sampled_from((ours, ours, theirs)))
        return ours


def _draw_event(
    draw: DrawFn,
    event_class: type[_EventT],
    kinds: Sequence[Kind],
    fields: EventStrategies,
    **own: SearchStrategy[object],
) -> _EventT:
    """Draw a message of one of the kinds, and a matching envelope."""
    given = draw_given(draw, {**fields, **own})
    direction = "in" if issubclass(event_class, InboundEvent) else "out"
    for name, value in given.items():
        actual = value.direction if isinstance(value, Message) else value
        if name in {"direction", "message"} and actual != direction:
            raise InvalidArgument(f"{name}: expected the direction {direction}, to match the event")
    message: dict[str, Any] = {}
    if "message" not in given:
        without = {name for keyword, name in MESSAGE_KEYWORDS.items() if keyword in given}
        # The recipients and the time of the message follow from those of the event.
        without |= {"to", "time"} & given.keys()
        message = draw_fields(draw, kinds, without)
    try:
        return build_event(event_class, draw_envelope(draw), message, given, DrawnChoices(draw))
    except ValidationError as error:
        raise InvalidArgument(f"{_keyword(error)}: {error.errors()[0]['msg']}") from None


def _keyword(error: ValidationError) -> str:
    """Name the argument whose value the model rejects."""
    outer, *inner = error.errors()[0]["loc"]
    names = {name: keyword for keyword, name in MESSAGE_KEYWORDS.items()}
    return names[str(inner[0])] if outer == "message" and inner else str(outer)


@strategy
def inbound_message_events(draw: DrawFn, **fields: Unpack[EventStrategies]) -> InboundMessageEvent:
    """Generate message-received events: SMS, MMS with Bandwidth's media, and RBM.

    Args:
        fields: Strategies that override individual fields, by the keywords of
            `bandwidth_events.testing.EventFields`.
    """
    return _draw_event(draw, InboundMessageEvent, INBOUND_TEXTS, fields)


@strategy
def suggestion_response_events(
    draw: DrawFn, **fields: Unpack[EventStrategies]
) -> SuggestionResponseEvent:
    """Generate suggestion-response events. `fields` as in `inbound_message_events`."""
    return _draw_event(draw, SuggestionResponseEvent, INBOUND_SUGGESTIONS, fields)


@strategy
def location_response_events(
    draw: DrawFn, **fields: Unpack[EventStrategies]
) -> LocationResponseEvent:
    """Generate requested-location-response events. `fields` as in `inbound_message_events`."""
    return _draw_event(draw, LocationResponseEvent, INBOUND_LOCATIONS, fields)


@strategy
def message_sending_events(draw: DrawFn, **fields: Unpack[EventStrategies]) -> MessageSendingEvent:
    """Generate message-sending events. `fields` as in `inbound_message_events`."""
    return _draw_event(draw, MessageSendingEvent, OUTBOUND_MMS, fields)


@strategy
def message_sent_events(draw: DrawFn, **fields: Unpack[EventStrategies]) -> MessageSentEvent:
    """Generate message-sent events. `fields` as in `inbound_message_events`."""
    return _draw_event(draw, MessageSentEvent, OUTBOUND, fields)


@strategy
def message_delivered_events(
    draw: DrawFn, **fields: Unpack[EventStrategies]
) -> MessageDeliveredEvent:
    """Generate message-delivered events. `fields` as in `inbound_message_events`."""
    return _draw_event(draw, MessageDeliveredEvent, OUTBOUND, fields)


@strategy
def message_failed_events(
    draw: DrawFn,
    *,
    error_code: SearchStrategy[int | None] = values.ERROR_CODES,
    **fields: Unpack[EventStrategies],
) -> MessageFailedEvent:
    """Generate message-failed events.

    Args:
        error_code: The error codes. By default, listed codes of every cause, unlisted codes,
            and `None` for an event without a code.
        fields: As in `inbound_message_events`.
    """
    return _draw_event(draw, MessageFailedEvent, OUTBOUND, fields, error_code=error_code)


@strategy
def message_read_events(
    draw: DrawFn,
    *,
    event_time: SearchStrategy[datetime | None] | EllipsisType = ...,
    **fields: Unpack[EventStrategies],
) -> MessageReadEvent:
    """Generate message-read events.

    Args:
        event_time: When the message was read; `None` for an event without this field. By
            default, `None` or a time that is consistent with the event and its message.
        fields: As in `inbound_message_events`.
    """
    own = {} if event_time is ... else {"event_time": event_time}
    return _draw_event(draw, MessageReadEvent, OUTBOUND_RBM, fields, **own)


def _as_json(message: Message) -> JsonValue:
    return message.model_dump(mode="json", exclude_unset=True)


_HELD: Final[Mapping[str, SearchStrategy[object]]] = {
    "time": values.TIMES.map(datetime.isoformat) | values.JSON,
    "to": values.RECIPIENTS | values.JSON,
    "message": messages().map(_as_json) | values.JSON,
    "language": values.JSON,
}


@strategy
def unknown_events(
    draw: DrawFn, *, raw_type: SearchStrategy[str] = values.UNKNOWN_TYPES
) -> UnknownEvent:
    """Generate events of types that this version does not model.

    Some have the fields of other events; some have no field that a handler could rely on.

    Args:
        raw_type: The types on the wire. By default, a future type, a renamed type, and any
            text.
    """
    held = draw_some(draw, _HELD)
    return UnknownEvent.model_validate({**held, "type": draw(raw_type)})


EVENT_STRATEGIES: Final[Mapping[type[Event], SearchStrategy[Event]]] = {
    InboundMessageEvent: inbound_message_events(),
    SuggestionResponseEvent: suggestion_response_events(),
    LocationResponseEvent: location_response_events(),
    MessageSendingEvent: message_sending_events(),
    MessageSentEvent: message_sent_events(),
    MessageDeliveredEvent: message_delivered_events(),
    MessageFailedEvent: message_failed_events(),
    MessageReadEvent: message_read_events(),
    UnknownEvent: unknown_events(),
}
"""The strategy for each class of event."""


# Texts are four times as common as any other event, because handlers get the most wrong with them.
_MIX: Final = (*[EVENT_STRATEGIES[InboundMessageEvent]] * 3, *EVENT_STRATEGIES.values())


@strategy
def events(draw: DrawFn) -> Event:
    """Generate events of every class, `UnknownEvent` among them.

    The events are independent, so two may share an `id`. For related events, see `histories`.
    """
    return draw(draw(st.sampled_from(_MIX)))


EVENTS: Final[SearchStrategy[Event]] = events()
"""The strategy `events()`, for modules in which `events` is another name."""
