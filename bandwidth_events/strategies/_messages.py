"""Strategies for messages."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import chain, combinations
from typing import Any, Final, Literal, NamedTuple, cast

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import DrawFn, SearchStrategy
from typing_extensions import TypedDict, Unpack

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

INBOUND_TEXTS: Final = (
    _kind("in", "SMS", {"text": values.TEXTS}, {}),
    _kind("in", "MMS", {"media": values.INBOUND_MEDIA}, {"text": values.TEXTS}),
    _kind("in", "RBM", {"content": values.CONTENTS}, {}),
)
INBOUND_SUGGESTIONS: Final = (
    _kind("in", "RBM", {"suggestion_response": values.SUGGESTION_RESPONSES}, {}),
)
INBOUND_LOCATIONS: Final = (
    _kind("in", "RBM", {"location_response": values.LOCATION_RESPONSES}, {}),
)
_INBOUND: Final = (*INBOUND_TEXTS, *INBOUND_SUGGESTIONS, *INBOUND_LOCATIONS)
OUTBOUND_SMS: Final = (_kind("out", "SMS", _NO_TEXT, _TAG),)
OUTBOUND_MMS: Final = (_kind("out", "MMS", {"media": values.OUTBOUND_MEDIA}, _NO_TEXT | _TAG),)
OUTBOUND_RBM: Final = (_kind("out", "RBM", {}, _NO_TEXT | _TAG),)
OUTBOUND: Final = (*OUTBOUND_SMS, *OUTBOUND_MMS, *OUTBOUND_RBM)


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
    kinds = _INBOUND if direction == "in" else OUTBOUND
    return draw_message(draw, kinds, {**only_strategies(fields), "direction": st.just(direction)})


def only_strategies(fields: Mapping[str, object]) -> dict[str, SearchStrategy[Any]]:
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
        **draw_some(draw, kind.optional),
        **{name: draw(strategy) for name, strategy in required.items()},
    }
    if "owner" not in message:
        inbound = message["direction"] == "in"
        message["owner"] = draw(st.sampled_from(message["to"])) if inbound else message["from_"]
    return Message(**message)


def draw_some(draw: DrawFn, optional: Mapping[str, SearchStrategy[object]]) -> dict[str, object]:
    """Draw some of the fields, simplest none."""
    return {name: draw(optional[name]) for name in draw(_subsets(tuple(optional)))}


@cache
def _subsets(names: tuple[str, ...]) -> SearchStrategy[tuple[str, ...]]:
    # One draw instead of one a name, and none for their order, as `fixed_dictionaries` has.
    subsets = chain.from_iterable(combinations(names, n) for n in range(len(names) + 1))
    return st.sampled_from(tuple(subsets))
