"""The models: immutable values with masked texts."""

import copy
import pickle
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any, cast, get_args

import pytest
from bodies import TYPES, event, events, typed_events
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from bandwidth_events import (
    BaseMessageEvent,
    Content,
    Event,
    InboundEvent,
    InboundMessageEvent,
    LocationResponse,
    MediaFile,
    Message,
    MessageEvent,
    MessageFailedEvent,
    StatusEvent,
    SuggestionResponse,
    UnknownEvent,
    parse_callback,
)
from bandwidth_events._events import wire_keys

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
def test_events_compare_by_value(document: dict[str, Any]) -> None:
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
def test_an_unknown_event_cannot_have_a_modelled_type(type_: str) -> None:
    with pytest.raises(ValidationError, match="this type has its own class"):
        UnknownEvent(raw_type=type_)


def test_the_union_validates_like_the_parser() -> None:
    """FastAPI users annotate parameters with `Event`."""
    adapter = TypeAdapter[Event](Event)
    assert adapter.validate_python(event("message-failed", errorCode=4406)) == parse_one(
        event("message-failed", errorCode=4406)
    )
    assert adapter.validate_python({"type": "message-sung"}) == UnknownEvent(
        raw_type="message-sung"
    )
    with pytest.raises(ValidationError):
        adapter.validate_python(event("message-failed", to=...))


# Promise 3: the `repr` of an event masks the message's text.


def test_the_repr_shows_the_length_of_a_text() -> None:
    assert "text=<33 characters>," in repr(MESSAGE)
    assert "text=<33 characters>," in repr(INBOUND)
    assert "text=<33 characters>," in str(INBOUND)
    assert "text=<0 characters>," in repr(MESSAGE.model_copy(update={"text": ""}))
    assert "text=None," in repr(MESSAGE.model_copy(update={"text": None}))


def test_the_repr_shows_the_number_of_media() -> None:
    assert "media=()," in repr(MESSAGE)
    assert "media=<2 items>," in repr(MESSAGE.model_copy(update={"media": ("a", "b")}))


@pytest.mark.parametrize(
    ("model", "shown"),
    [
        (
            LocationResponse(latitude="44.97780"),
            "LocationResponse(latitude=<8 characters>, longitude=None)",
        ),
        (
            SuggestionResponse(text="Yes", postback_data="cmVu", paired_message_id="1"),
            (
                "SuggestionResponse(text=<3 characters>, postback_data=<4 characters>, "
                "paired_message_id='1')"
            ),
        ),
        (
            Content(text="Look", media=MediaFile(file_url="https://a.example")),
            (
                "Content(text=<4 characters>, media=MediaFile(file_url=<17 characters>, "
                "thumbnail_url=None))"
            ),
        ),
        (
            MediaFile(file_url="a", thumbnail_url="https://a.example"),
            "MediaFile(file_url=<1 characters>, thumbnail_url=<17 characters>)",
        ),
    ],
    ids=["location", "suggestion", "content", "file"],
)
def test_the_repr_masks_private_fields(model: BaseModel, shown: str) -> None:
    assert repr(model) == shown


@pytest.mark.parametrize("name", ["priority", "channel"])
def test_the_repr_masks_an_unknown_value(name: str) -> None:
    assert f"{name}=<6 characters>," in repr(MESSAGE.model_copy(update={name: "SECRET"}))


def test_the_repr_shows_known_values() -> None:
    known = MESSAGE.model_copy(update={"priority": "high", "channel": "RBM"})
    assert "priority='high', channel='RBM'," in repr(known)


def test_the_repr_masks_the_tag() -> None:
    assert "tag=<12 characters>," in repr(MESSAGE.model_copy(update={"tag": "booking-4711"}))


def test_the_repr_shows_only_the_type_of_an_unknown_value() -> None:
    unknown = UnknownEvent.model_validate({"type": "message-sung", "message": {"text": "La la"}})
    assert repr(unknown) == "UnknownEvent(raw_type='message-sung', 'message'=<dict>)"
    assert str(unknown) == "raw_type='message-sung' 'message'=<dict>"


def test_an_incomplete_event_has_a_repr() -> None:
    assert repr(Message.model_construct(text="La la")).startswith("Message(text=<5 characters>")


def test_an_unknown_key_cannot_forge_a_log_line() -> None:
    unknown = UnknownEvent.model_validate({"type": "x", "a\nERROR": 1, "b c": 2})
    assert repr(unknown) == r"UnknownEvent(raw_type='x', 'a\nERROR'=<int>, 'b c'=<int>)"


@given(typed_events, st.integers().map("The secret is {}.".format))
def test_no_repr_contains_private_values(document: dict[str, Any], text: str) -> None:
    document["message"] |= {
        "text": text,
        "tag": text,
        "media": [text],
        "content": {"text": text, "media": {"fileUrl": text, "thumbnailUrl": text}},
        "suggestionResponse": {"text": text, "postbackData": text},
        "locationResponse": {"latitude": text, "longitude": text},
        "x-content": {"text": text},
        "priority": text,
        "channel": text,
    }
    document["x-message"] = {"text": text}
    parsed = parse_one(document)
    unknown = parse_one({**document, "type": "x"})
    for shown in (repr(parsed), str(parsed), f"{parsed}", repr([unknown]), str(unknown)):
        assert text not in shown


def test_only_failed_events_have_an_error_code() -> None:
    holders = [model for model in MODELS if "error_code" in model.model_fields]
    assert holders == [MessageFailedEvent]


# The base classes


@pytest.mark.parametrize("base", [BaseMessageEvent, StatusEvent])
def test_abstract_events_cannot_be_instantiated(
    base: type[BaseMessageEvent],
) -> None:
    with pytest.raises(TypeError, match="abstract"):
        base(type="x", time=NOON, to="", description="", message=MESSAGE)
    with pytest.raises(TypeError, match="abstract"):
        base.model_validate(event())


def test_an_inbound_event_can_be_instantiated() -> None:
    inbound = InboundEvent.model_validate(event())
    assert (inbound.our_number, inbound.counterparty) == ("+15555550100", "+15555550199")
    assert inbound.dedupe_key == INBOUND.dedupe_key


def test_a_copy_of_an_unknown_event_cannot_have_a_modelled_type() -> None:
    unknown = UnknownEvent(raw_type="message-sung")
    assert unknown.model_copy(update={"raw_type": "message-hummed"}).raw_type == "message-hummed"
    assert unknown.model_copy() == unknown
    with pytest.raises(ValueError, match=r"^raw_type: this type has its own class$"):
        unknown.model_copy(update={"raw_type": "message-sent"})


def test_an_unknown_event_can_be_copied_deeply() -> None:
    unknown = parse_one({"type": "message-sung", "verses": ["La"]})
    assert isinstance(unknown, UnknownEvent)
    shallow, deep = unknown.model_copy(), unknown.model_copy(deep=True)
    assert unknown.model_extra is not None
    unknown.model_extra["verses"].append("la")
    assert (shallow.model_extra or {})["verses"] == ["La", "la"]
    assert (deep.model_extra or {})["verses"] == ["La"]


def test_wire_keys_contains_the_keys_of_every_model() -> None:
    assert {"type", "errorCode", "from", "fileUrl", "latitude"} < wire_keys()
    assert "from_" not in wire_keys()


def test_an_event_of_another_product_is_not_an_unknown_event() -> None:
    with pytest.raises(ValidationError, match="an event of another product"):
        UnknownEvent.model_validate({"type": "participantJoined", "participantId": "p-1"})


# Properties of events


@pytest.mark.parametrize("type_", [*TYPES, "message-sung"])
def test_every_event_has_its_type_on_the_wire(type_: str) -> None:
    assert parse_one(event(type_)).raw_type == type_


TEXTS: dict[str, tuple[dict[str, object], str]] = {
    "an SMS": ({"text": "Hello"}, "Hello"),
    "nothing": ({"text": ...}, ""),
    "an empty SMS": ({"text": ""}, ""),
    "an RBM message": ({"text": ..., "content": {"text": "Hello"}}, "Hello"),
    "an RBM message with an empty text": ({"text": "", "content": {"text": "Hello"}}, "Hello"),
    "an RBM message without text": ({"text": ..., "content": {}}, ""),
    "both": ({"text": "Hello", "content": {"text": "Bye"}}, "Hello"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_the_text_is_the_persons_text_on_any_channel(name: str) -> None:
    changes, expected = TEXTS[name]
    parsed = parse_one(event(**{f"message__{key}": value for key, value in changes.items()}))
    assert isinstance(parsed, InboundMessageEvent)
    assert parsed.text == expected


def test_the_keyword_is_read_from_the_text() -> None:
    stop = parse_one(event(message__text=..., message__content={"text": " Stop! "}))
    assert isinstance(stop, InboundMessageEvent)
    assert stop.keyword == "stop"
    assert INBOUND.keyword is None


COORDINATES: dict[str, tuple[str | None, str | None, tuple[str, str] | None]] = {
    "a place": ("44.97780", "-93.26500", ("44.97780", "-93.26500")),
    "the corners": ("-90", "180.000", ("-90", "180.000")),
    "too far north": ("90.00001", "0", None),
    "too far south": ("-500", "0", None),
    "too far east": ("0", "180.00001", None),
    "too far west": ("0", "-181", None),
    "a word": ("here", "0", None),
    "empty": ("", "0", None),
    "absent latitude": (None, "0", None),
    "absent longitude": ("0", None, None),
    "a large exponent": ("1e20000000", "0", None),
    "a small exponent": ("1e-20000000", "0", ("1E-20000000", "0")),
    "not a number": ("NaN", "0", None),
    "a signalling NaN": ("0", "sNaN", None),
    "infinite": ("0", "-Infinity", None),
}


@pytest.mark.parametrize("name", COORDINATES)
def test_coordinates_are_in_range_or_none(name: str) -> None:
    latitude, longitude, expected = COORDINATES[name]
    found = LocationResponse(latitude=latitude, longitude=longitude).coordinates
    assert (found and tuple(map(str, found))) == expected


# Log fields


def test_log_fields_are_flat_and_omit_absent_values() -> None:
    failed = parse_one(event("message-failed", errorCode=4775, message__channel="SMS"))
    assert failed.log_fields() == {
        "type": "message-failed",
        "message_id": "3ee4f5a4-2a8c-4f0b-8f5c-3f6f2b9d8f11",
        "segment_count": 1,
        "channel": "SMS",
        "dedupe_key": failed.dedupe_key,
        "stage": "FAILED",
        "error_code": 4775,
        "cause": "opt-out",
    }
    assert set(parse_one(event()).log_fields()) == {
        *("type", "message_id", "segment_count", "dedupe_key")
    }
    unknown = parse_one(event("message-sung", message__channel="RBM"))
    assert unknown.log_fields() == {
        "type": "message-sung",
        "message_id": "3ee4f5a4-2a8c-4f0b-8f5c-3f6f2b9d8f11",
        "channel": "RBM",
        "dedupe_key": unknown.dedupe_key,
    }
    bare = parse_one({"type": "message-sung"})
    assert bare.log_fields() == {"type": "message-sung", "dedupe_key": bare.dedupe_key}


MARK = "Zebrafish 9137"


def marked(value: object, path: str = "") -> object:
    """Replace every value that must not be logged by the mark."""
    if isinstance(value, dict):
        members = cast("dict[str, object]", value).items()
        return {key: marked(member, f"{path}.{key}") for key, member in members}
    if isinstance(value, list):
        return [marked(member, path) for member in cast("list[object]", value)] or [MARK]
    kept = {".type", ".errorCode", ".message.id", ".message.segmentCount", ".message.channel"}
    if path in kept or path.endswith(("time", "eventTime", "direction")):
        return value
    return MARK


@given(events)
def test_log_fields_contain_no_private_values(document: dict[str, Any]) -> None:
    body = cast("dict[str, Any]", marked(document))
    body[MARK] = MARK
    fields = parse_one(body).log_fields()
    assert MARK not in str(fields)
    assert all(isinstance(value, (str, int)) for value in fields.values())
