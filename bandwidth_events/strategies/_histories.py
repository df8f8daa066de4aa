"""Strategies for the events of messages over time."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain, count
from typing import Any, Final, NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from bandwidth_events._construction import build_event
from bandwidth_events._events import (
    RECEIPT_EXPIRED,
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
)

from . import _values as values
from ._arguments import strategy
from ._events import DrawnChoices, draw_envelope
from ._messages import (
    INBOUND,
    INBOUND_MMS,
    INBOUND_TEXTS,
    OUTBOUND_MMS,
    OUTBOUND_RBM,
    OUTBOUND_SMS,
    Kind,
    draw_fields,
)


class _World(NamedTuple):
    """The values that the messages of one history share."""

    start: datetime
    ids: Iterator[int]
    our_numbers: SearchStrategy[str]
    counterparties: SearchStrategy[str]
    application_ids: SearchStrategy[str]
    late_receipts: bool


_NOTHING: Final[Sequence[MessageEvent]] = ()


@strategy
def histories(
    draw: DrawFn,
    *,
    our_numbers: SearchStrategy[str] = values.SENDERS,
    counterparties: SearchStrategy[str] = values.RECIPIENTS,
    application_ids: SearchStrategy[str] = values.APPLICATION_IDS,
    late_receipts: bool = False,
) -> list[Event]:
    """Generate the events of some messages, in chronological order.

    An inbound message has one event for each of the account's numbers among the recipients,
    each with its own `message.id`. An outbound message has events for each recipient under
    one `message.id`: optionally sending (MMS) and sent, then delivered, failed or neither,
    and over RBM optionally read. No event occurs twice.

    Args:
        our_numbers: The account's numbers, short codes and names.
        counterparties: Other people's numbers, short codes and names. They must differ from
            the account's.
        application_ids: The ids of the account's applications.
        late_receipts: Whether a message can be delivered after error code 9902, with which
            Bandwidth stops waiting for a receipt. Bandwidth does not document whether this
            happens.

    Returns:
        At least one event. For the callbacks that deliver the events, see `deliveries`.
    """
    world = _World(
        draw(values.TIMES),
        count(draw(values.ID_NUMBERS)),
        our_numbers,
        counterparties,
        application_ids,
        late_receipts,
    )
    # The empty life comes first, so that shrinking can remove a life. Inbound messages are
    # frequent, because handlers get the most wrong with texts. Outbound MMS occur twice, because
    # only they have groups.
    life = st.one_of(
        st.just(_NOTHING),
        _inbound(world),
        _outbound(world, _CHANNELS),
        _inbound(world),
        _outbound(world, [_MMS]),
        _inbound(world),
    )
    lives = draw(st.lists(life, max_size=8))
    if not any(lives):
        lives = [draw(_inbound(world))]
    # Sorting is stable, so simultaneous events of one message keep their order.
    history = sorted(chain.from_iterable(lives), key=lambda event: event.time)
    return list[Event](history)


@st.composite
def _inbound(draw: DrawFn, world: _World) -> list[MessageEvent]:
    """Generate the events of an inbound message to one or several of the account's numbers."""
    message = draw_fields(draw, _INBOUND, ("id", "time", "from_", "application_id"))
    message["time"] = world.start + draw(values.DELAYS)
    message["from_"] = draw(world.counterparties)
    message["application_id"] = draw(world.application_ids)
    # The kinds of messages differ in the number of recipients.
    most = min(len(message["to"]), _MOST_OF_OURS)
    ours = draw(st.lists(world.our_numbers, min_size=1, max_size=most, unique=True))
    others = [number for number in message["to"] if number not in ours][len(ours) :]
    message["to"] = draw(st.sampled_from(((*ours, *others), (*others, *ours))))
    event_class: type[MessageEvent] = InboundMessageEvent
    if "suggestion_response" in message:
        event_class = SuggestionResponseEvent
    elif "location_response" in message:
        event_class = LocationResponseEvent
    envelope = draw_envelope(draw)
    choices = DrawnChoices(draw)
    return [
        build_event(
            event_class,
            envelope,
            {**message, "id": values.inbound_id(next(world.ids))},
            {
                "to": number,
                "message_to": message["to"],
                "time": message["time"] + draw(values.SECONDS),
                "message_time": message["time"],
            },
            choices,
        )
        for number in ours
    ]


_MOST_OF_OURS: Final = 3
_INBOUND: Final = (*INBOUND_TEXTS * 2, *INBOUND_MMS, *INBOUND)
"""The kinds of inbound messages. Most have texts, and MMS can have groups."""


class _Channel(NamedTuple):
    """The possible events of an outbound message to one recipient."""

    kinds: Sequence[Kind]
    most_recipients: int
    underway: Sequence[type[MessageEvent]]
    outcomes: Sequence[Sequence[type[MessageEvent]]]


# Failures are frequent, because there are many codes.
_FAILURE: Final = (MessageFailedEvent,)
_OUTCOMES: Final = ((MessageDeliveredEvent,), _FAILURE, _FAILURE, _FAILURE, ())
_MMS: Final = _Channel(OUTBOUND_MMS, 3, (MessageSendingEvent, MessageSentEvent), _OUTCOMES)
_CHANNELS: Final = (
    _Channel(OUTBOUND_SMS, 1, (MessageSentEvent,), _OUTCOMES),
    _MMS,
    _Channel(
        OUTBOUND_RBM,
        1,
        (MessageSentEvent,),
        (*_OUTCOMES, (MessageDeliveredEvent, MessageReadEvent)),
    ),
)


@st.composite
def _outbound(draw: DrawFn, world: _World, channels: Sequence[_Channel]) -> list[MessageEvent]:
    """Generate the events of an outbound message to one or several recipients."""
    channel = draw(st.sampled_from(channels))
    recipients = draw(
        st.lists(world.counterparties, min_size=1, max_size=channel.most_recipients, unique=True)
    )
    sent = world.start + draw(values.DELAYS)
    message = draw_fields(draw, channel.kinds, ("id", "time", "to", "from_", "application_id")) | {
        "id": values.outbound_id(next(world.ids)),
        "time": sent,
        "to": tuple(recipients),
        "from_": draw(world.our_numbers),
        "application_id": draw(world.application_ids),
    }
    envelope = draw_envelope(draw)
    choices = DrawnChoices(draw)
    return [
        build_event(
            event_class,
            envelope,
            message,
            {"to": recipient, "message_to": message["to"], "message_time": sent, **own},
            choices,
        )
        for recipient in recipients
        for event_class, own in draw(_ways(channel, sent, world.late_receipts))
    ]


_LATE: Final = st.sampled_from((False, False, True))
_UNDERWAY: Final = st.integers(0, 3)
"""A bit mask of the events that occur before the outcome: one draw for both."""


@st.composite
def _ways(
    draw: DrawFn,
    channel: _Channel,
    sent: datetime,
    late_receipts: bool,  # noqa: FBT001  # private
) -> list[tuple[type[MessageEvent], Mapping[str, Any]]]:
    """Generate the events of a message to one recipient, each as a class and some fields."""
    occur = draw(_UNDERWAY)
    classes = [each for bit, each in enumerate(channel.underway) if occur & 1 << bit]
    classes += draw(st.sampled_from(channel.outcomes))
    classes = classes or [*channel.underway]
    own: dict[type[MessageEvent], dict[str, Any]] = {}
    if classes[-1] is MessageFailedEvent:
        error_code = draw(values.ERROR_CODES)
        own[MessageFailedEvent] = {"error_code": error_code}
        if late_receipts and error_code == RECEIPT_EXPIRED and draw(_LATE):
            classes.append(MessageDeliveredEvent)
    times = sorted(sent + draw(values.DELAYS) for _ in classes)
    if classes[-1] is MessageReadEvent:
        own[MessageReadEvent] = {"event_time": draw(st.sampled_from((None, *times[-2:])))}
    return [
        (each, {"time": time, **own.get(each, {})})
        for each, time in zip(classes, times, strict=True)
    ]
