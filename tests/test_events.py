"""The models: immutable values that show no text, and whose schema is Bandwidth's."""

import copy
import pickle
from collections.abc import Callable
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any, cast, get_args

import pytest
from bodies import TYPES, event, events, typed_events
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from bandwidth_events import (
    BaseMessageEvent,
    Event,
    InboundMessageEvent,
    LocationResponse,
    Message,
    MessageDeliveredEvent,
    MessageEvent,
    MessageFailedEvent,
    UnknownEvent,
    parse_callback,
)

NOON = datetime(2026, 7, 6, 12, tzinfo=timezone.utc)

MESSAGE = Message(
    id="3ee4f5a4-2a8c-4f0b-8f5c-3f6f2b9d8f11",
    owner="+15555550100",
    application_id="93de2206-9669-4e07-948d-329f4b722ee2",
    time=NOON,
    segment_count=1,
    direction="in",
    to=("+15555550100",),
    from_="+15555550199",
    text="Is the blue kayak still for rent?",
)
INBOUND = InboundMessageEvent(
    type="message-received",
    time=NOON,
    to="+15555550100",
    description="Incoming message received",
    message=MESSAGE,
)
MODELS: list[type[BaseModel]] = [
    Message,
    BaseMessageEvent,
    UnknownEvent,
    *get_args(get_args(MessageEvent)[0]),
]


def parse_one(document: dict[str, Any]) -> Event:
    (parsed,) = parse_callback([document])
    return parsed


def test_an_event_is_constructed_by_the_names_of_its_fields() -> None:
    document = event(time="2026-07-06T12:00:00Z", message__time="2026-07-06T12:00:00Z")
    assert parse_one(document) == INBOUND


@given(events)
def test_events_are_values(document: dict[str, Any]) -> None:
    first, second = parse_one(document), parse_one(document)
    assert first is not second
    assert first == second
    assert hash(first) == hash(second)


def pickled(model: Event) -> Event:
    return cast("Event", pickle.loads(pickle.dumps(model)))  # noqa: S301


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, BaseModel.model_copy, pickled])
@given(document=events)
def test_events_survive_copy_and_pickle(
    duplicate: Callable[[Event], Event], document: dict[str, Any]
) -> None:
    parsed = parse_one(document)
    twin = duplicate(parsed)
    assert twin == parsed
    assert twin.model_dump_json(exclude_unset=True) == parsed.model_dump_json(exclude_unset=True)


@pytest.mark.parametrize("model", [MESSAGE, INBOUND, UnknownEvent(raw_type="message-sung")])
def test_events_cannot_be_changed(model: BaseModel) -> None:
    for name in type(model).model_fields:
        with pytest.raises(ValidationError, match="frozen"):
            setattr(model, name, getattr(model, name))
        with pytest.raises(ValidationError, match="frozen"):
            delattr(model, name)


@pytest.mark.parametrize("type_", TYPES)
def test_an_unknown_event_is_never_of_a_type_that_has_a_class(type_: str) -> None:
    with pytest.raises(ValidationError, match="this type has a class of its own"):
        UnknownEvent(raw_type=type_)


def test_the_union_validates_as_the_parser_does() -> None:
    """FastAPI users put `Event` into a signature."""
    adapter = TypeAdapter[Event](Event)
    assert adapter.validate_python(event("message-failed", errorCode=4406)) == parse_one(
        event("message-failed", errorCode=4406)
    )
    assert adapter.validate_python({"type": "message-sung"}) == UnknownEvent(
        raw_type="message-sung"
    )
    with pytest.raises(ValidationError):
        adapter.validate_python(event("message-failed", to=...))


# `dedupe_key`


def test_redeliveries_share_a_key_however_they_are_written() -> None:
    first = parse_one(event("message-delivered"))
    again = parse_one(dict(reversed(event("message-delivered", description="OK").items())))
    assert isinstance(first, MessageDeliveredEvent)
    assert isinstance(again, MessageDeliveredEvent)
    assert first.dedupe_key == again.dedupe_key
    assert first.dedupe_key == (
        '["message-delivered", "3ee4f5a4-2a8c-4f0b-8f5c-3f6f2b9d8f11", "+15555550100"]'
    )


_parts = st.text(st.sampled_from('ab",\\ []:')) | st.text()
_triples = st.tuples(st.sampled_from(TYPES[:2]), _parts, _parts)


@given(_triples, _triples)
def test_keys_are_equal_exactly_if_type_id_and_recipient_are(
    first: tuple[str, str, str], second: tuple[str, str, str]
) -> None:
    def key(triple: tuple[str, str, str]) -> str:
        parsed = parse_one(event(triple[0], message__id=triple[1], to=triple[2]))
        assert isinstance(parsed, BaseMessageEvent)
        return parsed.dedupe_key

    assert (key(first) == key(second)) == (first == second)


# Promise 3: the `repr` of an event masks the message's text.


def test_the_repr_shows_how_long_a_text_is() -> None:
    assert "text=<33 characters>," in repr(MESSAGE)
    assert "text=<33 characters>," in repr(INBOUND)
    assert "text=<33 characters>," in str(INBOUND)
    assert "text=<0 characters>," in repr(MESSAGE.model_copy(update={"text": ""}))
    assert "text=None," in repr(MESSAGE.model_copy(update={"text": None}))


def test_the_repr_shows_no_place_where_somebody_is() -> None:
    place = LocationResponse(latitude=Decimal("44.97780"), longitude=None)
    assert repr(place) == "LocationResponse(latitude=<8 characters>, longitude=None)"


def test_the_repr_shows_the_type_alone_of_what_is_unknown() -> None:
    unknown = UnknownEvent.model_validate({"type": "message-sung", "message": {"text": "La la"}})
    assert repr(unknown) == "UnknownEvent(raw_type='message-sung', 'message'=<dict>)"
    assert str(unknown) == "raw_type='message-sung' 'message'=<dict>"


def test_an_incomplete_event_has_a_repr() -> None:
    assert repr(Message.model_construct(text="La la")).startswith("Message(text=<5 characters>")


def test_a_key_forges_no_line_of_a_log() -> None:
    unknown = UnknownEvent.model_validate({"type": "x", "a\nERROR": 1, "b c": 2})
    assert repr(unknown) == r"UnknownEvent(raw_type='x', 'a\nERROR'=<int>, 'b c'=<int>)"


@given(typed_events, st.integers().map("The secret is {}.".format))
def test_no_repr_holds_a_text(document: dict[str, Any], text: str) -> None:
    document["message"]["text"] = text
    document["message"]["x-content"] = {"text": text}
    document["x-message"] = {"text": text}
    parsed = parse_one(document)
    unknown = parse_one({**document, "type": "x"})
    for shown in (repr(parsed), str(parsed), f"{parsed}", repr([unknown]), str(unknown)):
        assert text not in shown


# What a person reads in the JSON schema, as in FastAPI's documentation pages


@pytest.mark.parametrize("model", MODELS)
def test_every_field_has_a_description_of_one_line(model: type[BaseModel]) -> None:
    schema = model.model_json_schema()
    assert schema["description"]
    for name, member in schema["properties"].items():
        description = member.get("description", "")
        assert description.endswith("."), name
        assert "\n" not in description


def test_an_error_code_is_on_failures_alone() -> None:
    holders = [model for model in MODELS if "error_code" in model.model_fields]
    assert holders == [MessageFailedEvent]
