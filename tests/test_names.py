"""No unknown key poses as a field: in no dump, copy, pickle, factory or model of a user's.

A key of the wire that spells a field's Python name (`from_`, `error_code`) is an unknown key.
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
from bandwidth_events._message import Model, wire_names

FORGED = "+15555550166"
"""What an attacker writes under a field's Python name."""

NESTED = {
    "content": {"text": "Look", "media": {"fileUrl": "https://kayaks.example/dock.jpg"}},
    "suggestionResponse": {"text": "Rent it"},
    "locationResponse": {"latitude": "44.97780"},
}


def document(type_: str) -> dict[str, Any]:
    found = event(type_, **{f"message__{key}": copy.deepcopy(NESTED[key]) for key in NESTED})
    return found if type_ in EVENT_CLASSES else {**found, "to": 5}


def holders(holder: Model, place: str = "") -> dict[str, Model]:
    """Find a model and every model inside of it, by its place on the wire."""
    found = {place: holder}
    for key, name in wire_names(type(holder)).items():
        value = getattr(holder, name)
        if isinstance(value, Model):
            found |= holders(value, f"{place}{key}.")
    return found


def places() -> list[tuple[str, str, str]]:
    """List every field of every model: type of the event, place of the model, Python name."""
    found: list[tuple[str, str, str]] = []
    for type_ in (*EVENT_CLASSES, "message-sung"):
        (parsed,) = parse_callback(dump(document(type_)))
        for place, holder in holders(parsed).items():
            names = wire_names(type(holder))
            found += [(type_, place, name) for name in names.values() if name not in names]
    return found


PLACES = places()


def test_every_model_has_a_name_that_could_be_forged() -> None:
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
    """A model of a user's that holds an event."""

    event: Event


class StoredByName(BaseModel):
    """Another one, which prefers the names of Python wherever it can."""

    model_config = ConfigDict(validate_by_name=True, serialize_by_alias=False)

    event: Event


def by_name(mode: str) -> Callable[[Event], Event]:
    """Dump by name, and read by name."""

    def round_trip(parsed: Event) -> Event:
        if mode == "json":
            text = parsed.model_dump_json(by_alias=False)
            return type(parsed).model_validate_json(text, by_name=True)
        return type(parsed).model_validate(parsed.model_dump(by_alias=False), by_name=True)

    return round_trip


def factory(parsed: Event) -> Event:
    """Build an event around the message of another. An unknown key of the envelope stays behind."""
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
    """Iterate over the fields, as `dict` does, and call the constructor."""
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
"""Ways out that keep every unknown key."""

LOSSY: dict[str, Callable[[Event], Event]] = {
    "name, Python": by_name("python"),
    "name, JSON": by_name("json"),
    "keyword arguments": keyword_arguments,
}
"""Ways out in which a key that spells a field's name would be that field, so it is left out."""


def values(parsed: Event) -> dict[str, object]:
    """Read every field of every model inside of an event."""
    return {
        f"{place}{name}": getattr(holder, name)
        for place, holder in holders(parsed).items()
        for name in wire_names(type(holder)).values()
        if not isinstance(getattr(holder, name), Model)
    }


def forged(parsed: Event, place: str) -> Mapping[str, object]:
    return holders(parsed)[place].model_extra or {}


@pytest.mark.parametrize("way", LOSSLESS)
def test_no_unknown_key_becomes_a_field_and_each_is_kept(way: str) -> None:
    for type_, place, name in PLACES:
        expected = values(parse_callback(dump(document(type_)))[0])
        (parsed,) = parse_callback(forged_body(type_, place, name))
        out = LOSSLESS[way](parsed)
        assert type(out) is type(parsed)
        assert values(out) == expected
        assert forged(out, place) == {**forged(parsed, place), name: FORGED}
        assert forged(parse_callback(encode_callback([out]))[0], place)[name] == FORGED


@pytest.mark.parametrize("way", LOSSY)
def test_no_unknown_key_becomes_a_field_where_names_are_pythons(way: str) -> None:
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
def test_no_dump_by_name_holds_what_an_unknown_key_says(
    at: tuple[str, str, str], options: dict[str, bool]
) -> None:
    (parsed,) = parse_callback(forged_body(*at))
    for model in (parsed, Stored(event=parsed)):
        dump = model.model_dump(by_alias=False, **options)  # type: ignore[arg-type]
        text = model.model_dump_json(by_alias=False, **options)  # type: ignore[arg-type]
        for shown in (dumped(dump), text, dumped(dict(parsed))):
            assert FORGED not in shown


def dumped(value: object) -> str:
    """Write a dump, and what iteration yields, as text that shows everything."""
    return json.dumps(
        value, default=lambda each: dict(each) if isinstance(each, Model) else str(each)
    )


def test_a_validator_reads_the_names_of_the_wire_alone() -> None:
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


def test_the_message_of_a_forged_event_makes_an_honest_one() -> None:
    (parsed,) = parse_callback([event(message__from_=FORGED)])
    assert isinstance(parsed, BaseMessageEvent)
    made = testing.inbound_message(message=parsed.message, text="Hello")
    assert made.message.from_ == "+15555550199"
    assert made.message.model_extra == {"from_": FORGED}


STATES: dict[str, object] = {"absent": ..., "malformed": ["odd"], "null": None, "given": "given"}


@pytest.mark.parametrize("state", STATES)
def test_an_unknown_key_changes_nothing_about_its_field(state: str) -> None:
    """Whether the field is there, malformed or absent, and what is encoded again."""
    value = STATES[state]
    for type_, place, name in PLACES:
        (parsed,) = parse_callback(dump(document(type_)))
        holder = type(holders(parsed)[place])
        key = {each: key for key, each in wire_names(holder).items()}[name]
        if holder.model_fields[name].is_required() or (state == "given" and key[-1] in "eE"):
            continue  # no time, code or object is this text
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
        if state != "null":  # which is as good as absent
            assert comparable(json.loads(encoded)) == comparable(body)
        assert parse_callback(encoded) == [odd]
        assert parse_callback(encoded)[0].dedupe_key == odd.dedupe_key


def comparable(body: Any) -> Any:  # noqa: ANN401  # JSON
    """Write times as they are encoded."""
    text = json.dumps(body, sort_keys=True)
    return json.loads(text.replace("123000Z", "123Z").replace("042000Z", "042Z"))


@pytest.mark.parametrize("option", ["exclude_none", "exclude_defaults", "exclude_unset"])
def test_no_dump_makes_an_unknown_key_an_argument(option: str) -> None:
    """The constructor takes Python's names, so a dump by name is what fits it."""
    for type_, place, name in PLACES:
        (parsed,) = parse_callback(forged_body(type_, place, name))
        by_python_name = parsed.model_dump(by_alias=False, **{option: True})  # type: ignore[arg-type]
        expected = values(parse_callback(dump(document(type_)))[0])
        assert values(type(parsed)(**by_python_name)) == expected
        if isinstance(parsed, BaseMessageEvent):
            with pytest.raises(ValidationError, match="Field required"):
                type(parsed)(**parsed.model_dump(**{option: True}))  # type: ignore[arg-type]


def test_a_copy_takes_the_names_of_fields_alone() -> None:
    """A key of the wire would be a second value beside the field's."""
    for type_, place, name in PLACES:
        (parsed,) = parse_callback(dump(document(type_)))
        holder = holders(parsed)[place]
        key = {each: key for key, each in wire_names(type(holder)).items()}[name]
        with pytest.raises(ValueError, match=f"^{key}: .* the Python name of the field, {name}$"):
            holder.model_copy(update={key: FORGED})
        assert holder.model_copy(update={"sentiment": 1}).model_extra == {"sentiment": 1} | (
            holder.model_extra or {}
        )


def test_a_copy_as_of_pydantic_1_is_refused() -> None:
    """It would put unknown keys and fields into one dictionary."""
    with pytest.raises(TypeError, match=r"^use model_copy$"):
        testing.inbound_message().copy()


def test_no_unknown_key_answers_as_an_attribute() -> None:
    """Not even to `getattr` and templates, which no type checker sees."""
    forged_stage = {"stage": "READ", "keyword": "stop", "text": FORGED, "our_number": FORGED}
    parsed, unknown = parse_callback(
        dump([event(**forged_stage), {"type": "message-sung", **forged_stage}])
    )
    assert not hasattr(parsed, "stage")
    assert not any(hasattr(unknown, name) for name in forged_stage)
    assert parsed.model_extra == forged_stage


def test_a_subclass_may_have_a_serializer_of_its_own() -> None:
    """It may be what redacts texts."""

    class Redacted(Message, frozen=True):
        @model_serializer
        def redact(self) -> dict[str, str]:
            return {"id": self.id}

    (parsed,) = parse_callback([event()])
    assert isinstance(parsed, BaseMessageEvent)
    redacted = Redacted(**dict(parsed.message))
    assert redacted.model_dump() == {"id": parsed.message.id}
