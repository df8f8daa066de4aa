"""An unknown key never becomes a field, in any dump, copy, pickle, factory or user's model.

A key on the wire that equals a field's Python name (`from_`, `error_code`) is an unknown key.
"""

import copy
import json
import pickle
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from bodies import dump, event
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, model_serializer

from bandwidth_events import (
    BaseMessageEvent,
    Event,
    Message,
    UnknownEvent,
    encode_callback,
    parse_callback,
    testing,
)
from bandwidth_events._events import EVENT_CLASSES
from bandwidth_events._model import Model, wire_names

FORGED = "+15555550166"
"""The value that an attacker sends under a field's Python name."""

NESTED = {
    "content": {"text": "Look", "media": {"fileUrl": "https://kayaks.example/dock.jpg"}},
    "suggestionResponse": {"text": "Rent it"},
    "locationResponse": {"latitude": "44.97780"},
}


def document(type_: str) -> dict[str, Any]:
    found = event(type_, **{f"message__{key}": copy.deepcopy(NESTED[key]) for key in NESTED})
    return found if type_ in EVENT_CLASSES else {**found, "to": 5}


def holders(holder: Model, place: str = "") -> dict[str, Model]:
    """Return a model and all nested models, by place on the wire."""
    found = {place: holder}
    for key, name in wire_names(type(holder)).items():
        value = getattr(holder, name)
        if isinstance(value, Model):
            found |= holders(value, f"{place}{key}.")
    return found


def places() -> list[tuple[str, str, str]]:
    """List every field as the type of its event, the place of its model, and its Python name."""
    found: list[tuple[str, str, str]] = []
    for type_ in (*EVENT_CLASSES, "message-sung"):
        (parsed,) = parse_callback(dump(document(type_)))
        for place, holder in holders(parsed).items():
            names = wire_names(type(holder))
            found += [(type_, place, name) for name in names.values() if name not in names]
    return found


PLACES = places()


def test_every_model_has_a_python_name_that_differs_from_the_wire() -> None:
    assert {place for _, place, _ in PLACES} == {
        *("", "message.", "message.suggestionResponse."),
        "message.content.media.",
    }
    assert {name for *_, name in PLACES} == {
        *("application_id", "carrier_name", "error_code", "event_time", "file_url", "from_"),
        *("location_response", "paired_message_id", "postback_data", "raw_type"),
        *("segment_count", "suggestion_response", "thumbnail_url"),
    }


def forged_body(type_: str, place: str, name: str) -> bytes:
    body = document(type_)
    target = body
    for key in place.split(".")[:-1]:
        target = target[key]
    target[name] = FORGED
    return dump([body])


class Stored(BaseModel):
    """A user's model that contains an event."""

    event: Event


class StoredByName(BaseModel):
    """A user's model that is configured to use Python names."""

    model_config = ConfigDict(validate_by_name=True, serialize_by_alias=False)

    event: Event


def by_name(mode: str) -> Callable[[Event], Event]:
    """Dump by name, and validate by name."""

    def round_trip(parsed: Event) -> Event:
        if mode == "json":
            text = parsed.model_dump_json(by_alias=False)
            return type(parsed).model_validate_json(text, by_name=True)
        return type(parsed).model_validate(parsed.model_dump(by_alias=False), by_name=True)

    return round_trip


def factory(parsed: Event) -> Event:
    """Build an event with the message of another. Unknown keys of the envelope are not copied."""
    if isinstance(parsed, UnknownEvent) or parsed.model_extra:
        return parsed
    own: dict[str, Any] = {
        "message-failed": {"error_code": None},
        "message-read": {"event_time": None},
    }.get(parsed.type, {})
    return testing.EVENT_FACTORIES[EVENT_CLASSES[parsed.type]](
        message=parsed.message, time=parsed.time, description=parsed.description, **own
    )


def keyword_arguments(parsed: Event) -> Event:
    """Iterate over the fields, like `dict`, and call the constructor."""
    return type(parsed)(**dict(parsed))


LOSSLESS: dict[str, Callable[[Event], Event]] = {
    "alias, Python": lambda e: type(e).model_validate(e.model_dump()),
    "alias, JSON": lambda e: type(e).model_validate_json(e.model_dump_json()),
    "alias asked for": lambda e: type(e).model_validate(e.model_dump(by_alias=True)),
    "encode_callback": lambda e: parse_callback(encode_callback([e]))[0],
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "model_copy": lambda e: e.model_copy(),
    "model_copy, deep": lambda e: e.model_copy(deep=True),
    "pickle": lambda e: pickle.loads(pickle.dumps(e)),  # noqa: S301
    "factory": factory,
    "a user's model, Python": lambda e: Stored.model_validate(Stored(event=e).model_dump()).event,
    "a user's model, JSON": lambda e: (
        Stored.model_validate_json(Stored(event=e).model_dump_json()).event
    ),
    "a user's adapter": lambda e: TypeAdapter[Event](Event).validate_json(e.model_dump_json()),
    "a user's model by name": lambda e: (
        StoredByName.model_validate_json(StoredByName(event=e).model_dump_json()).event
    ),
}
"""Conversions that keep every unknown key."""

LOSSY: dict[str, Callable[[Event], Event]] = {
    "name, Python": by_name("python"),
    "name, JSON": by_name("json"),
    "keyword arguments": keyword_arguments,
}
"""Conversions that drop unknown keys with a field's Python name, which would become that field."""


def values(parsed: Event) -> dict[str, object]:
    """Read every field of every model in an event."""
    return {
        f"{place}{name}": getattr(holder, name)
        for place, holder in holders(parsed).items()
        for name in wire_names(type(holder)).values()
        if not isinstance(getattr(holder, name), Model)
    }


def forged(parsed: Event, place: str) -> Mapping[str, object]:
    return holders(parsed)[place].model_extra or {}


@pytest.mark.parametrize("way", LOSSLESS)
def test_unknown_keys_are_kept_and_never_become_fields(way: str) -> None:
    for type_, place, name in PLACES:
        expected = values(parse_callback(dump(document(type_)))[0])
        (parsed,) = parse_callback(forged_body(type_, place, name))
        out = LOSSLESS[way](parsed)
        assert type(out) is type(parsed)
        assert values(out) == expected
        assert forged(out, place) == {**forged(parsed, place), name: FORGED}
        assert forged(parse_callback(encode_callback([out]))[0], place)[name] == FORGED


@pytest.mark.parametrize("way", LOSSY)
def test_unknown_keys_never_become_fields_in_conversions_by_name(way: str) -> None:
    for type_, place, name in PLACES:
        expected = values(parse_callback(dump(document(type_)))[0])
        (parsed,) = parse_callback(forged_body(type_, place, name))
        assert values(LOSSY[way](parsed)) == expected


_OPTIONS = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        ("exclude_unset", "exclude_defaults", "exclude_none", "round_trip"), st.booleans()
    ),
)


@given(st.sampled_from(PLACES), _OPTIONS)
def test_no_dump_by_name_contains_the_value_of_an_unknown_key(
    at: tuple[str, str, str], options: dict[str, bool]
) -> None:
    (parsed,) = parse_callback(forged_body(*at))
    for model in (parsed, Stored(event=parsed)):
        dump = model.model_dump(by_alias=False, **options)  # type: ignore[arg-type]
        text = model.model_dump_json(by_alias=False, **options)  # type: ignore[arg-type]
        for shown in (dumped(dump), text, dumped(dict(parsed))):
            assert FORGED not in shown


def dumped(value: object) -> str:
    """Write a dump and the iterated fields as one text that contains every value."""
    return json.dumps(
        value, default=lambda each: dict(each) if isinstance(each, Model) else str(each)
    )


def test_validation_reads_only_names_on_the_wire() -> None:
    sparse = event(carrier_name=FORGED)
    for parsed in (
        parse_callback([sparse])[0],
        Stored.model_validate({"event": sparse}).event,
        Stored.model_validate_json(json.dumps({"event": sparse})).event,
        TypeAdapter[Event](Event).validate_python(sparse),
    ):
        assert isinstance(parsed, BaseMessageEvent)
        assert parsed.carrier_name is None
        assert parsed.model_extra == {"carrier_name": FORGED}


def test_an_event_built_from_a_forged_message_has_its_real_fields() -> None:
    (parsed,) = parse_callback([event(message__from_=FORGED)])
    assert isinstance(parsed, BaseMessageEvent)
    made = testing.inbound_message(message=parsed.message, text="Hello")
    assert made.message.from_ == "+15555550199"
    assert made.message.model_extra == {"from_": FORGED}


STATES: dict[str, object] = {"absent": ..., "malformed": ["odd"], "null": None, "given": "given"}


@pytest.mark.parametrize("state", STATES)
def test_an_unknown_key_does_not_affect_the_field_of_its_name(state: str) -> None:
    """The field can be present, malformed or absent. The encoding stays the same, too."""
    value = STATES[state]
    for type_, place, name in PLACES:
        (parsed,) = parse_callback(dump(document(type_)))
        holder = type(holders(parsed)[place])
        key = {each: key for key, each in wire_names(holder).items()}[name]
        if holder.model_fields[name].is_required() or (state == "given" and key[-1] in "eE"):
            continue  # fields that cannot have this text
        body: Any = json.loads(forged_body(type_, place, name))
        target = body[0]
        for part in place.split(".")[:-1]:
            target = target[part]
        target.pop(key, None)
        if value is not ...:
            target[key] = value
        (odd,) = parse_callback(body)
        assert isinstance(odd, BaseMessageEvent)
        assert (f"{place}{key}" in odd.malformed_fields) == (state == "malformed")
        encoded = encode_callback([odd])
        if state != "null":  # null counts as absent
            assert comparable(json.loads(encoded)) == comparable(body)
        assert parse_callback(encoded) == [odd]
        assert parse_callback(encoded)[0].dedupe_key == odd.dedupe_key


def comparable(body: Any) -> Any:  # noqa: ANN401  # JSON
    """Write times in the form of the encoder."""
    text = json.dumps(body, sort_keys=True)
    return json.loads(text.replace("123000Z", "123Z").replace("042000Z", "042Z"))


@pytest.mark.parametrize("option", ["exclude_none", "exclude_defaults", "exclude_unset"])
def test_no_dump_turns_an_unknown_key_into_an_argument(option: str) -> None:
    """The constructor accepts Python names, so users pass it dumps by name."""
    for type_, place, name in PLACES:
        (parsed,) = parse_callback(forged_body(type_, place, name))
        by_python_name = parsed.model_dump(by_alias=False, **{option: True})  # type: ignore[arg-type]
        expected = values(parse_callback(dump(document(type_)))[0])
        assert values(type(parsed)(**by_python_name)) == expected
        if isinstance(parsed, BaseMessageEvent):
            with pytest.raises(ValidationError, match="Field required"):
                type(parsed)(**parsed.model_dump(**{option: True}))  # type: ignore[arg-type]


def test_a_copy_accepts_only_python_names() -> None:
    """A key on the wire would add a second value beside the field's."""
    for type_, place, name in PLACES:
        (parsed,) = parse_callback(dump(document(type_)))
        holder = holders(parsed)[place]
        key = {each: key for key, each in wire_names(type(holder)).items()}[name]
        with pytest.raises(ValueError, match=f"^{key}: .* the Python name of the field, {name}$"):
            holder.model_copy(update={key: FORGED})
        assert holder.model_copy(update={"sentiment": 1}).model_extra == {"sentiment": 1} | (
            holder.model_extra or {}
        )


def test_the_copy_method_of_pydantic_1_raises() -> None:
    """`copy` would merge unknown keys and fields in one dictionary."""
    with pytest.raises(TypeError, match=r"^use model_copy instead$"):
        testing.inbound_message().copy()


def test_unknown_keys_are_not_attributes() -> None:
    """Templates and `getattr` bypass type checkers."""
    forged_stage = {"stage": "READ", "keyword": "stop", "text": FORGED, "our_number": FORGED}
    parsed, unknown = parse_callback(
        dump([event(**forged_stage), {"type": "message-sung", **forged_stage}])
    )
    assert not hasattr(parsed, "stage")
    assert not any(hasattr(unknown, name) for name in forged_stage)
    assert parsed.model_extra == forged_stage


def test_a_subclass_can_have_its_own_serializer() -> None:
    """For example, one that redacts texts."""

    class Redacted(Message, frozen=True):
        @model_serializer
        def redact(self) -> dict[str, str]:
            return {"id": self.id}

    (parsed,) = parse_callback([event()])
    assert isinstance(parsed, BaseMessageEvent)
    redacted = Redacted(**dict(parsed.message))
    assert redacted.model_dump() == {"id": parsed.message.id}
