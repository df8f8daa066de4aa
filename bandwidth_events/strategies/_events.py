"""Strategies for events."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import EllipsisType
from typing import Any, Final, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from pydantic import JsonValue
from typing_extensions import Unpack

from bandwidth_events import testing
from bandwidth_events._events import (
    BaseMessageEvent,
    Event,
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
from ._messages import (
    INBOUND_LOCATIONS,
    INBOUND_SUGGESTIONS,
    INBOUND_TEXTS,
    OUTBOUND,
    OUTBOUND_MMS,
    OUTBOUND_RBM,
    Kind,
    MessageStrategies,
    draw_message,
    draw_some,
    messages,
    only_strategies,
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
    "description": values.DESCRIPTIONS,  # prose, which no logic may depend on
    "region": values.JSON,  # a key that this version does not know
}


def draw_envelope(draw: DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """Draw what an envelope may hold: fields, and what this version does not know."""
    known = draw_some(draw, _ENVELOPE)
    unknown = {"region": known.pop("region")} if "region" in known else {}
    return known, unknown


def _draw_event(
    draw: DrawFn,
    factory: Callable[..., _EventT],
    kinds: Sequence[Kind],
    fields: EventStrategies,
    **own: SearchStrategy[object],
) -> _EventT:
    """Draw a message of one of the kinds, and an envelope that fits it."""
    given = only_strategies({**fields, **own})
    of_message = {
        name: given.pop(name) for name in MessageStrategies.__annotations__ if name in given
    }
    event, unknown = draw_envelope(draw)
    event |= {name: draw(strategy) for name, strategy in given.items()}
    if "message" in event:
        event |= {name: draw(strategy) for name, strategy in of_message.items()}
    else:
        if "to" in event:
            of_message.setdefault("message_to", st.just((event["to"],)))
        if "time" in event:
            of_message.setdefault("message_time", values.DELAYS.map(event["time"].__sub__))
        event["message"] = draw_message(draw, kinds, of_message)
    message: Message = event["message"]
    if "to" not in event:
        event["to"] = draw(st.sampled_from(event.get("message_to", message.to)))
    if "time" not in event:
        event["time"] = event.get("message_time", message.time) + draw(values.DELAYS)
    if fields.keys().isdisjoint(("message", "owner")):
        event["owner"] = draw_owner(draw, factory, message, event["to"])
    return factory(**event).model_copy(update=unknown)


def draw_owner(
    draw: DrawFn, factory: Callable[..., BaseMessageEvent], message: Message, to: str
) -> str:
    """Draw the owner: the account's number, but in some delivered events the recipient."""
    if message.direction == "in":
        return to
    if factory is testing.message_delivered:
        return draw(st.sampled_from((message.from_, to)))
    return message.from_


@st.composite
def inbound_message_events(draw: DrawFn, **fields: Unpack[EventStrategies]) -> InboundMessageEvent:
    """Generate messages that somebody sent: SMS, MMS with Bandwidth's media, and RBM.

    Args:
        fields: A strategy for each field that shall not have its usual values, by the
            keywords of `bandwidth_events.testing.EventFields`.
    """
    return _draw_event(draw, testing.inbound_message, INBOUND_TEXTS, fields)


@st.composite
def suggestion_response_events(
    draw: DrawFn, **fields: Unpack[EventStrategies]
) -> SuggestionResponseEvent:
    """Generate taps on suggestions. `fields` as in `inbound_message_events`."""
    return _draw_event(draw, testing.suggestion_response, INBOUND_SUGGESTIONS, fields)


@st.composite
def location_response_events(
    draw: DrawFn, **fields: Unpack[EventStrategies]
) -> LocationResponseEvent:
    """Generate places that were shared. `fields` as in `inbound_message_events`."""
    return _draw_event(draw, testing.location_response, INBOUND_LOCATIONS, fields)


@st.composite
def message_sending_events(draw: DrawFn, **fields: Unpack[EventStrategies]) -> MessageSendingEvent:
    """Generate MMS on their way to the carrier. `fields` as in `inbound_message_events`."""
    return _draw_event(draw, testing.message_sending, OUTBOUND_MMS, fields)


@st.composite
def message_sent_events(draw: DrawFn, **fields: Unpack[EventStrategies]) -> MessageSentEvent:
    """Generate messages in transit. `fields` as in `inbound_message_events`."""
    return _draw_event(draw, testing.message_sent, OUTBOUND, fields)


@st.composite
def message_delivered_events(
    draw: DrawFn, **fields: Unpack[EventStrategies]
) -> MessageDeliveredEvent:
    """Generate messages that arrived. `fields` as in `inbound_message_events`."""
    return _draw_event(draw, testing.message_delivered, OUTBOUND, fields)


@st.composite
def message_failed_events(
    draw: DrawFn,
    *,
    error_code: SearchStrategy[int | None] = values.ERROR_CODES,
    **fields: Unpack[EventStrategies],
) -> MessageFailedEvent:
    """Generate messages that did not arrive.

    Args:
        error_code: The codes. By default, listed and unlisted ones, and now and then
            `None` for an event without.
        fields: As in `inbound_message_events`.
    """
    return _draw_event(draw, testing.message_failed, OUTBOUND, fields, error_code=error_code)


@st.composite
def message_read_events(
    draw: DrawFn,
    *,
    event_time: SearchStrategy[datetime | None] | EllipsisType = ...,
    **fields: Unpack[EventStrategies],
) -> MessageReadEvent:
    """Generate messages over RBM that were read.

    Args:
        event_time: When; `None` for an event that does not say. By default, that, or
            a time that fits the event's `time` and its message's.
        fields: As in `inbound_message_events`.
    """
    if event_time is not ...:
        return _draw_event(draw, testing.message_read, OUTBOUND_RBM, fields, event_time=event_time)

    def read(**event: Any) -> MessageReadEvent:  # noqa: ANN401  # whatever an event holds
        earliest = event.get("message_time", event["message"].time)
        moments = (None, event["time"], earliest)
        return testing.message_read(event_time=draw(st.sampled_from(moments)), **event)

    return _draw_event(draw, read, OUTBOUND_RBM, fields)


def _as_json(message: Message) -> JsonValue:
    return message.model_dump(mode="json", exclude_unset=True)


_HELD: Final[Mapping[str, SearchStrategy[object]]] = {
    "time": values.TIMES.map(datetime.isoformat) | values.JSON,
    "to": values.RECIPIENTS | values.JSON,
    "message": messages().map(_as_json) | values.JSON,
    "language": values.JSON,
}


@st.composite
def unknown_events(
    draw: DrawFn, *, raw_type: SearchStrategy[str] = values.UNKNOWN_TYPES
) -> UnknownEvent:
    """Generate events of types that this version does not model.

    Some look like any other event, some hold nothing that a handler could count on.

    Args:
        raw_type: Types of the wire. By default, one that is to come, one that has
            been renamed, and any text.
    """
    held = draw_some(draw, _HELD)
    own = only_strategies({"raw_type": raw_type})
    return UnknownEvent.model_validate({**held, "type": draw(own["raw_type"])})


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
"""How to generate each class."""


# Texts are four times as common as any other kind: they have the most to get wrong.
_MIX: Final = (*[EVENT_STRATEGIES[InboundMessageEvent]] * 3, *EVENT_STRATEGIES.values())


@st.composite
def events(draw: DrawFn) -> Event:
    """Generate events of every class, `UnknownEvent` among them.

    Each by itself, so two may share an `id`; `histories` gives events that belong together.
    """
    return draw(draw(st.sampled_from(_MIX)))


EVENTS: Final[SearchStrategy[Event]] = events()
"""The same, for modules in which another thing is called `events`."""
