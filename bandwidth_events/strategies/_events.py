"""Strategies for messages and events."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import chain, combinations
from types import EllipsisType
from typing import Any, Final, Literal, NamedTuple, TypeVar, cast

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import DrawFn, SearchStrategy
from pydantic import JsonValue
from typing_extensions import TypedDict, Unpack

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
from bandwidth_events._message import Content, LocationResponse, Message, SuggestionResponse

from . import _values as values


class MessageStrategies(TypedDict, total=False):
    """A strategy for each of `bandwidth_events.testing.MessageFields`."""

    id: SearchStrategy[str]
    owner: SearchStrategy[str]
    application_id: SearchStrategy[str]
    message_time: SearchStrategy[datetime]
    segment_count: SearchStrategy[int]
    direction: SearchStrategy[Literal["in", "out"]]
    message_to: SearchStrategy[tuple[str, ...]]
    from_: SearchStrategy[str]
    text: SearchStrategy[str | None]
    tag: SearchStrategy[str | None]
    media: SearchStrategy[tuple[str, ...]]
    priority: SearchStrategy[str | None]
    channel: SearchStrategy[str | None]
    content: SearchStrategy[Content | None]
    suggestion_response: SearchStrategy[SuggestionResponse | None]
    location_response: SearchStrategy[LocationResponse | None]


class EventStrategies(MessageStrategies, total=False, closed=True):
    """A strategy for each of `bandwidth_events.testing.EventFields`."""

    time: SearchStrategy[datetime]
    to: SearchStrategy[str]
    description: SearchStrategy[str]
    carrier_name: SearchStrategy[str | None]
    message: SearchStrategy[Message]


class Kind(NamedTuple):
    """The fields that a kind of message has, and those that it may have."""

    required: Mapping[str, SearchStrategy[object]]
    optional: Mapping[str, SearchStrategy[object]]


def _kind(
    direction: Literal["in", "out"],
    channel: str,
    required: Mapping[str, SearchStrategy[object]],
    optional: Mapping[str, SearchStrategy[object]],
) -> Kind:
    new_id = values.inbound_id if direction == "in" else values.outbound_id
    groups = values.INBOUND_GROUPS if direction == "in" else values.OUTBOUND_GROUPS
    return Kind(
        {
            "id": values.ID_NUMBERS.map(new_id),
            "application_id": values.APPLICATION_IDS,
            "time": values.TIMES,
            "segment_count": st.integers(1, 10) if channel == "SMS" else st.just(1),
            "direction": st.just(direction),
            "to": groups if channel == "MMS" else values.ONE_RECIPIENT,
            "from_": values.SENDERS,
            **required,
        },
        {
            # Each with a value, and the last with a key, that this version does not know.
            "channel": st.sampled_from((channel, "RCS")),
            "priority": st.sampled_from(("default", "high", "urgent")),
            "sentiment": values.JSON,
            **optional,
        },
    )


# Whatever was sent, a status event has an empty text, or none where there may have been none.
_NO_TEXT: Final = {"text": st.just("")}
_TAG: Final = {"tag": st.sampled_from(("", "booking-4711"))}

_TEXTS: Final = (
    _kind("in", "SMS", {"text": values.TEXTS}, {}),
    _kind("in", "MMS", {"media": values.INBOUND_MEDIA}, {"text": values.TEXTS}),
    _kind("in", "RBM", {"content": values.CONTENTS}, {}),
)
_SUGGESTION: Final = (_kind("in", "RBM", {"suggestion_response": values.SUGGESTION_RESPONSES}, {}),)
_LOCATION: Final = (_kind("in", "RBM", {"location_response": values.LOCATION_RESPONSES}, {}),)
_INBOUND: Final = (*_TEXTS, *_SUGGESTION, *_LOCATION)
OUTBOUND_SMS: Final = (_kind("out", "SMS", _NO_TEXT, _TAG),)
OUTBOUND_MMS: Final = (_kind("out", "MMS", {"media": values.OUTBOUND_MEDIA}, _NO_TEXT | _TAG),)
OUTBOUND_RBM: Final = (_kind("out", "RBM", {}, _NO_TEXT | _TAG),)
_OUTBOUND: Final = (*OUTBOUND_SMS, *OUTBOUND_MMS, *OUTBOUND_RBM)


@st.composite
def messages(draw: DrawFn, **fields: Unpack[MessageStrategies]) -> Message:
    """Generate messages: inbound and outbound, SMS, MMS and RBM.

    Args:
        fields: A strategy for each field that shall not have its usual values.
    """
    unexpected = fields.keys() - MessageStrategies.__annotations__.keys()
    if unexpected:
        raise TypeError(f"unexpected keyword argument: {', '.join(sorted(unexpected))}")
    direction = draw(fields.get("direction", st.sampled_from(("in", "out"))))
    kinds = _INBOUND if direction == "in" else _OUTBOUND
    return draw_message(draw, kinds, {**_strategies(fields), "direction": st.just(direction)})


def _strategies(fields: Mapping[str, object]) -> dict[str, SearchStrategy[Any]]:
    """Refuse values in the place of strategies; a type checker may not have been asked."""
    for name, strategy in fields.items():
        if not isinstance(strategy, SearchStrategy):
            raise InvalidArgument(f"{name}: give a strategy, such as {name}=st.just(...)")
    return cast("dict[str, SearchStrategy[Any]]", fields)


def draw_message(
    draw: DrawFn, kinds: Sequence[Kind], given: Mapping[str, SearchStrategy[object]]
) -> Message:
    """Draw a message of one of the kinds, but for the fields that are given."""
    kind = draw(st.sampled_from(kinds))
    required = {
        **kind.required,
        **{name.removeprefix("message_"): strategy for name, strategy in given.items()},
    }
    message: dict[str, Any] = {
        **_draw_some(draw, kind.optional),
        **{name: draw(strategy) for name, strategy in required.items()},
    }
    if "owner" not in message:
        inbound = message["direction"] == "in"
        message["owner"] = draw(st.sampled_from(message["to"])) if inbound else message["from_"]
    return Message.model_validate(message)


_EventT = TypeVar("_EventT", bound=BaseMessageEvent)

_ENVELOPE: Final[Mapping[str, SearchStrategy[object]]] = {
    "carrier_name": st.sampled_from(("AT&T", "Example Wireless")),
    "description": values.DESCRIPTIONS,  # prose, which no logic may depend on
    "region": values.JSON,  # a key that this version does not know
}


def _draw_some(draw: DrawFn, optional: Mapping[str, SearchStrategy[object]]) -> dict[str, object]:
    """Draw some of the fields, simplest none."""
    return {name: draw(optional[name]) for name in draw(_subsets(tuple(optional)))}


@cache
def _subsets(names: tuple[str, ...]) -> SearchStrategy[tuple[str, ...]]:
    # One draw instead of one a name, and none for their order, as `fixed_dictionaries` has.
    subsets = chain.from_iterable(combinations(names, n) for n in range(len(names) + 1))
    return st.sampled_from(tuple(subsets))


def draw_envelope(draw: DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """Draw what an envelope may hold: fields, and what this version does not know."""
    known = _draw_some(draw, _ENVELOPE)
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
    given = _strategies({**fields, **own})
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
    return _draw_event(draw, testing.inbound_message, _TEXTS, fields)


@st.composite
def suggestion_response_events(
    draw: DrawFn, **fields: Unpack[EventStrategies]
) -> SuggestionResponseEvent:
    """Generate taps on suggestions. `fields` as in `inbound_message_events`."""
    return _draw_event(draw, testing.suggestion_response, _SUGGESTION, fields)


@st.composite
def location_response_events(
    draw: DrawFn, **fields: Unpack[EventStrategies]
) -> LocationResponseEvent:
    """Generate places that were shared. `fields` as in `inbound_message_events`."""
    return _draw_event(draw, testing.location_response, _LOCATION, fields)


@st.composite
def message_sending_events(draw: DrawFn, **fields: Unpack[EventStrategies]) -> MessageSendingEvent:
    """Generate MMS on their way to the carrier. `fields` as in `inbound_message_events`."""
    return _draw_event(draw, testing.message_sending, OUTBOUND_MMS, fields)


@st.composite
def message_sent_events(draw: DrawFn, **fields: Unpack[EventStrategies]) -> MessageSentEvent:
    """Generate messages in transit. `fields` as in `inbound_message_events`."""
    return _draw_event(draw, testing.message_sent, _OUTBOUND, fields)


@st.composite
def message_delivered_events(
    draw: DrawFn, **fields: Unpack[EventStrategies]
) -> MessageDeliveredEvent:
    """Generate messages that arrived. `fields` as in `inbound_message_events`."""
    return _draw_event(draw, testing.message_delivered, _OUTBOUND, fields)


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
    return _draw_event(draw, testing.message_failed, _OUTBOUND, fields, error_code=error_code)


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
    held = _draw_some(draw, _HELD)
    own = _strategies({"raw_type": raw_type})
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
