"""Strategies for messages."""

from collections.abc import Container, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import chain, combinations
from typing import Any, Final, Literal, NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from typing_extensions import TypedDict, Unpack

from bandwidth_events._construction import MESSAGE_KEYWORDS
from bandwidth_events._message import Content, LocationResponse, Message, SuggestionResponse

from . import _values as values
from ._arguments import draw_given, strategy


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
    """The required and the optional fields of a kind of message."""

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
            # The first two can have a new value, and the third is a new key.
            "channel": st.sampled_from((channel, "RCS")),
            "priority": st.sampled_from(("default", "high", "urgent")),
            "sentiment": values.JSON,
            **optional,
        },
    )


# A status event has an empty text; for MMS and RBM, which need no text, it may have none.
_NO_TEXT: Final = {"text": st.just("")}
_TAG: Final = {"tag": st.sampled_from(("", "booking-4711"))}

INBOUND_MMS: Final = (_kind("in", "MMS", {"media": values.INBOUND_MEDIA}, {"text": values.TEXTS}),)
INBOUND_TEXTS: Final = (
    _kind("in", "SMS", {"text": values.TEXTS}, {}),
    *INBOUND_MMS,
    _kind("in", "RBM", {"content": values.CONTENTS}, {}),
)
INBOUND_SUGGESTIONS: Final = (
    _kind("in", "RBM", {"suggestion_response": values.SUGGESTION_RESPONSES}, {}),
)
INBOUND_LOCATIONS: Final = (
    _kind("in", "RBM", {"location_response": values.LOCATION_RESPONSES}, {}),
)
INBOUND: Final = (*INBOUND_TEXTS, *INBOUND_SUGGESTIONS, *INBOUND_LOCATIONS)
OUTBOUND_SMS: Final = (_kind("out", "SMS", _NO_TEXT, _TAG),)
OUTBOUND_MMS: Final = (_kind("out", "MMS", {"media": values.OUTBOUND_MEDIA}, _NO_TEXT | _TAG),)
OUTBOUND_RBM: Final = (_kind("out", "RBM", {}, _NO_TEXT | _TAG),)
OUTBOUND: Final = (*OUTBOUND_SMS, *OUTBOUND_MMS, *OUTBOUND_RBM)


@strategy
def messages(draw: DrawFn, **fields: Unpack[MessageStrategies]) -> Message:
    """Generate messages: inbound and outbound, SMS, MMS and RBM.

    Args:
        fields: Strategies that override individual fields.
    """
    given = draw_given(draw, fields)
    direction = given.setdefault("direction", draw(st.sampled_from(("in", "out"))))
    kinds = INBOUND if direction == "in" else OUTBOUND
    changes = {MESSAGE_KEYWORDS[keyword]: value for keyword, value in given.items()}
    message = {**draw_fields(draw, kinds, changes), **changes}
    ours = message["from_"] if direction == "out" else draw(st.sampled_from(message["to"]))
    return Message(**{"owner": ours, **message})


def draw_fields(draw: DrawFn, kinds: Sequence[Kind], without: Container[str]) -> dict[str, Any]:
    """Draw the fields of a message of one of the kinds, except those in `without`."""
    kind = draw(st.sampled_from(kinds))
    optional = draw_some(draw, kind.optional, without)
    return optional | {
        name: draw(strategy) for name, strategy in kind.required.items() if name not in without
    }


def draw_some(
    draw: DrawFn, optional: Mapping[str, SearchStrategy[object]], without: Container[str] = ()
) -> dict[str, Any]:
    """Draw some of the fields; shrinks to none."""
    names = draw(_subsets(tuple(optional)))
    return {name: draw(optional[name]) for name in names if name not in without}


@cache
def _subsets(names: tuple[str, ...]) -> SearchStrategy[tuple[str, ...]]:
    # One draw for all names and none for their order. `fixed_dictionaries` needs more.
    subsets = chain.from_iterable(combinations(names, n) for n in range(len(names) + 1))
    return st.sampled_from(tuple(subsets))
