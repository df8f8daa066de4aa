"""Strategies for what happens to messages over time, and for how the news of it arrives."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain, count, cycle, islice
from typing import Any, Final, NamedTuple, TypeVar

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import DrawFn

from bandwidth_events import testing
from bandwidth_events._events import Event, MessageEvent
from bandwidth_events._message import Model

from . import _values as values
from ._bodies import STYLES
from ._events import draw_envelope, draw_owner, unknown_events
from ._messages import (
    OUTBOUND_MMS,
    OUTBOUND_RBM,
    OUTBOUND_SMS,
    Kind,
    draw_message,
    messages,
)

_T = TypeVar("_T")


@st.composite
def histories(draw: DrawFn) -> list[Event]:
    """Generate what really happens to some messages, in the order in which it happens.

    Inbound messages come with one event for each of the account's numbers among the
    recipients, each with a `message.id` of its own. Outbound ones, with events for
    each recipient under one `message.id`: perhaps sending (MMS) and sent, then either
    delivered, failed or neither, and over RBM perhaps read. No event occurs twice.

    Returns:
        At least one event. See `redeliveries` for the requests that bring them.
    """
    start = draw(values.TIMES)
    ids = count(draw(values.ID_NUMBERS))
    # MMS twice, because only they have groups, and groups are what handlers get wrong.
    life = st.one_of(
        _inbound(start, ids), _outbound(start, ids, _CHANNELS), _outbound(start, ids, [_MMS])
    )
    lives = draw(st.lists(life, min_size=1, max_size=3))
    # Sorting is stable, so what happens to one message at one moment stays in order.
    history = sorted(chain.from_iterable(lives), key=lambda event: event.time)
    return list[Event](history)


@st.composite
def _inbound(draw: DrawFn, start: datetime, ids: Iterator[int]) -> list[MessageEvent]:
    """Let a message arrive at one or several of the account's numbers."""
    time = start + draw(values.DELAYS)
    message = draw(messages(direction=st.just("in"), message_time=st.just(time)))
    factory: Callable[..., MessageEvent] = testing.inbound_message
    if message.suggestion_response:
        factory = testing.suggestion_response
    elif message.location_response:
        factory = testing.location_response
    envelope, unknown = draw_envelope(draw)
    ours = draw(st.lists(st.sampled_from(message.to), min_size=1, max_size=3, unique=True))
    return [
        factory(
            message=message,
            id=values.inbound_id(next(ids)),
            owner=number,
            to=number,
            time=time + draw(values.SECONDS),
            **envelope,
        ).model_copy(update=unknown)
        for number in ours
    ]


class _Channel(NamedTuple):
    """What can happen to a message on its way to one recipient."""

    kinds: Sequence[Kind]
    most_recipients: int
    underway: Sequence[Callable[..., MessageEvent]]
    outcomes: Sequence[Sequence[Callable[..., MessageEvent]]]


_OUTCOMES: Final = ((testing.message_delivered,), (testing.message_failed,), ())
_MMS: Final = _Channel(OUTBOUND_MMS, 3, (testing.message_sending, testing.message_sent), _OUTCOMES)
_CHANNELS: Final = (
    _Channel(OUTBOUND_SMS, 1, (testing.message_sent,), _OUTCOMES),
    _MMS,
    _Channel(
        OUTBOUND_RBM,
        1,
        (testing.message_sent,),
        (*_OUTCOMES, (testing.message_delivered, testing.message_read)),
    ),
)


@st.composite
def _outbound(
    draw: DrawFn, start: datetime, ids: Iterator[int], channels: Sequence[_Channel]
) -> list[MessageEvent]:
    """Send a message, and let it reach each recipient, or not."""
    time = start + draw(values.DELAYS)
    channel = draw(st.sampled_from(channels))
    envelope, unknown = draw_envelope(draw)
    ways = draw(
        st.lists(
            st.tuples(values.RECIPIENTS, _ways(channel, time)),
            min_size=1,
            max_size=channel.most_recipients,
            unique_by=lambda way: way[0],
        )
    )
    message = draw_message(
        draw,
        channel.kinds,
        {
            "id": st.just(values.outbound_id(next(ids))),
            "message_time": st.just(time),
            "message_to": st.just(tuple(recipient for recipient, _ in ways)),
        },
    )
    return [
        step.factory(
            message=message,
            owner=draw_owner(draw, step.factory, message, recipient),
            to=recipient,
            **step.fields,
            **envelope,
        ).model_copy(update=unknown)
        for recipient, way in ways
        for step in way
    ]


class _Step(NamedTuple):
    """What happens to a message: the event, without what it shares with others."""

    factory: Callable[..., MessageEvent]
    fields: Mapping[str, Any]


@st.composite
def _ways(draw: DrawFn, channel: _Channel, sent: datetime) -> list[_Step]:
    """Generate what happens to a message on its way to one recipient."""
    factories = [factory for factory in channel.underway if draw(st.booleans())]
    factories += draw(st.sampled_from(channel.outcomes))
    factories = factories or [*channel.underway]
    before = sent
    way: list[_Step] = []
    times = sorted(sent + draw(values.DELAYS) for _ in factories)
    for factory, time in zip(factories, times, strict=True):
        own: dict[str, Any] = {"time": time}
        if factory is testing.message_failed:
            own["error_code"] = draw(values.ERROR_CODES)
        elif factory is testing.message_read:
            own["event_time"] = draw(st.sampled_from((None, time, before)))
        way.append(_Step(factory, own))
        before = time
    return way


_PLACES: Final = st.integers(0, 29)
"""Places in a list; beyond its end, they begin again."""


@st.composite
def redeliveries(draw: DrawFn, events: Sequence[Event]) -> list[bytes]:
    """Generate the bodies of the requests that bring some events, at least once each.

    Bandwidth repeats and reorders: some events come again, in the same bytes or
    written differently, in any order, several in one callback, and with events of
    unknown types between them.

    Args:
        events: A history, say. Draw it first, so that you can compare it with what
            the handler made of it.

    Returns:
        Bodies in the order of their arrival, all well formed; none if nothing happened.
    """
    arrivals = _listed(events)
    if not arrivals:
        return []
    # Few, small changes of the simplest delivery, so that shrinking can undo each by itself; and
    # no draw depends on how many events there are, or it could not take one away.
    for place, target in draw(st.lists(st.tuples(_PLACES, _PLACES), max_size=4)):
        _insert(arrivals, target, arrivals[place % len(arrivals)])
    for event, target in draw(st.lists(st.tuples(unknown_events(), _PLACES), max_size=2)):
        _insert(arrivals, target, event)
    for place, target in draw(st.lists(st.tuples(_PLACES, _PLACES), max_size=4)):
        _insert(arrivals, target, arrivals.pop(place % len(arrivals)))
    # Whatever number of bodies there will be.
    sizes = cycle(draw(st.lists(st.integers(1, 3), min_size=1, max_size=3)))
    styles = cycle(draw(st.lists(STYLES, min_size=1, max_size=3)))
    bodies: list[bytes] = []
    rest = iter(arrivals)
    while together := list(islice(rest, next(sizes))):
        bodies.append(next(styles).write(together))
    for place, target in draw(st.lists(st.tuples(_PLACES, _PLACES), max_size=2)):
        _insert(bodies, target, bodies[place % len(bodies)])
    return bodies


def _listed(events: Any) -> list[Event]:  # noqa: ANN401  # whatever it was called with
    listed: list[Any] = [*events] if hasattr(events, "__iter__") else [events]
    if not all(isinstance(event, Model) for event in listed):
        raise InvalidArgument("events: give those of a history that was drawn, or a list of others")
    return listed


def _insert(items: list[_T], place: int, item: _T) -> None:
    items.insert(place % (len(items) + 1), item)
