"""The factories of events, and `callback_request`."""

import re
from collections.abc import Callable
from datetime import datetime, timezone
from functools import reduce
from types import EllipsisType
from typing import Any, Optional, get_type_hints

import pytest
from pydantic import AwareDatetime, BaseModel, ValidationError

from bandwidth_events import (
    BaseMessageEvent,
    BasicCredentials,
    Content,
    Event,
    InboundEvent,
    LocationResponse,
    Message,
    MessageEvent,
    SuggestionResponse,
    UnknownEvent,
    encode_callback,
    parse_callback,
    testing,
    verify_basic_auth,
)
from bandwidth_events._events import EVENT_CLASSES

LATER = datetime(2026, 7, 7, 9, 30, tzinfo=timezone.utc)

FACTORIES = {type_: testing.EVENT_FACTORIES[EVENT_CLASSES[type_]] for type_ in EVENT_CLASSES}
# The keywords that only one factory accepts.
OWN_FIELDS = {"message-failed": {"error_code"}, "message-read": {"event_time"}}

every_factory = pytest.mark.parametrize(
    ("type_", "factory"), FACTORIES.items(), ids=FACTORIES.keys()
)


def test_every_factory_has_a_public_name() -> None:
    assert {factory.__name__ for factory in FACTORIES.values()} < set(testing.__all__)


@every_factory
def test_an_event_from_a_factory_equals_its_parsed_encoding(
    type_: str, factory: Callable[..., MessageEvent]
) -> None:
    event = factory()
    assert type(event) is EVENT_CLASSES[type_]
    assert event == factory()
    assert parse_callback(encode_callback([event])) == [event]
    assert event.message.direction == ("in" if isinstance(event, InboundEvent) else "out")
    assert event.message.to == (event.to,)
    assert event.message.owner == event.our_number
    assert event.message.model_extra == event.model_extra == {}


# The keywords


def hints(model: type[BaseModel], names: set[str]) -> dict[str, Any]:
    """Return the types of a model's fields as users write them."""
    written: dict[Any, Any] = {
        AwareDatetime: datetime,
        Optional[AwareDatetime]: datetime | None,  # noqa: UP045  # pyright does not allow `|` here
    }
    found = get_type_hints(model)
    return {name: written.get(found[name], found[name]) for name in names}


@every_factory
def test_the_keywords_are_the_fields_of_the_models(
    type_: str, factory: Callable[..., MessageEvent]
) -> None:
    own = OWN_FIELDS.get(type_, set())
    event_class = EVENT_CLASSES[type_]
    event = hints(event_class, event_class.model_fields.keys() - {"type"})
    message = hints(Message, set(Message.model_fields))
    assert get_type_hints(testing.MessageFields) == {
        f"message_{name}" if name in event else name: hint for name, hint in message.items()
    }
    assert get_type_hints(testing.EventFields) == {
        name: hint for name, hint in event.items() if name not in own
    } | get_type_hints(testing.MessageFields)
    for name in own:  # `...`: the default depends on other fields
        assert get_type_hints(factory)[name] in {event[name], event[name] | EllipsisType}


VALUES: dict[str, object] = {
    "time": LATER,
    "to": "+15555550123",
    "description": "something",
    "carrier_name": "Example Wireless",
    "message": testing.inbound_message(id="1").message,
    "error_code": 4720,
    "event_time": LATER,
    "id": "2",
    "owner": "+15555550124",
    "application_id": "3",
    "message_time": LATER,
    "segment_count": 4,
    "direction": "out",
    "message_to": ("+15555550125", "+15555550126"),
    "from_": "55501",
    "text": "STOP",
    "tag": "booking-4711",
    "media": ("https://cdn.kayaks.example/paddle.jpg",),
    "priority": "urgent",
    "channel": None,
    "content": Content(text="Look"),
    "suggestion_response": SuggestionResponse(text="Keep it"),
    "location_response": LocationResponse(latitude=None),
}


@every_factory
def test_every_keyword_sets_its_field(type_: str, factory: Callable[..., MessageEvent]) -> None:
    names = get_type_hints(testing.EventFields).keys() | OWN_FIELDS.get(type_, set())
    message_names = get_type_hints(testing.MessageFields)
    for name in names:
        event = factory(**{name: VALUES[name]})
        path = f"message.{name.removeprefix('message_')}" if name in message_names else name
        assert reduce(getattr, path.split("."), event) == VALUES[name], path
        assert parse_callback(encode_callback([event])) == [event]


def test_a_misspelt_keyword_raises() -> None:
    with pytest.raises(TypeError, match=r"unexpected keyword argument: applicationId, txt$"):
        testing.inbound_message(txt="STOP", applicationId="1")  # type: ignore[call-arg]


def test_a_value_that_the_model_rejects_raises() -> None:
    with pytest.raises(ValidationError, match="timezone_aware"):
        testing.message_read(event_time=datetime(2026, 7, 6))  # noqa: DTZ001  # a naive time on purpose


# Fields that follow from others


def test_an_inbound_message_is_addressed_to_the_number_in_the_envelope() -> None:
    event = testing.inbound_message(to="55501")
    assert (event.message.to, event.message.owner) == (("55501",), "55501")


def test_a_status_event_is_about_the_recipient_in_the_envelope() -> None:
    event = testing.message_sent(to="+15555550123")
    assert (event.message.to, event.counterparty) == (("+15555550123",), "+15555550123")


def test_a_status_event_of_a_group_is_about_the_first_recipient_by_default() -> None:
    group = ("+15555550123", "+15555550124")
    assert testing.message_sent(message_to=group).to == "+15555550123"
    assert testing.message_sent(message_to=group, to="+15555550124").message.to == group


def test_a_message_has_the_time_of_its_event_by_default() -> None:
    assert testing.message_sent(time=LATER).message.time == LATER
    assert testing.message_sent(message_time=LATER).time == LATER
    sending = testing.message_sending(time=LATER)
    assert testing.message_sent(message=sending.message).time == LATER


def test_a_message_was_read_at_the_time_of_its_event_by_default() -> None:
    read = testing.message_read(time=LATER)
    for event in (
        read,
        testing.message_read(event_time=LATER),
        testing.message_read(message_time=LATER),
        testing.message_read(message=read.message),
    ):
        assert event.message.time == event.event_time == event.time == LATER
    assert testing.message_read(event_time=None, time=LATER).time == LATER


def test_the_owner_of_a_message_is_the_accounts_number_by_default() -> None:
    assert testing.message_sent(from_="55501").message.owner == "55501"
    assert testing.message_sent(from_="55501", owner="55502").message.owner == "55502"
    assert testing.suggestion_response(to="kayaks").message.owner == "kayaks"


def test_an_event_needs_a_recipient() -> None:
    with pytest.raises(ValueError, match=r"^message_to: expected at least one recipient"):
        testing.message_sent(message_to=())
    assert testing.message_sent(message_to=(), to="+15555550123").message.to == ()


@pytest.mark.parametrize("own", ["type", "error_code", "event_time", "stage"])
def test_a_field_of_another_class_raises(own: str) -> None:
    given: Any = {own: None}
    with pytest.raises(TypeError, match=rf"^unexpected keyword argument: {own}$"):
        testing.inbound_message(**given)


def test_several_events_can_be_about_one_message() -> None:
    sending = testing.message_sending(message_to=("+15555550123", "+15555550124"))
    delivered = testing.message_delivered(message=sending.message, to="+15555550124")
    assert delivered.message == sending.message
    assert delivered.to == "+15555550124"
    assert testing.message_delivered(message=sending.message).to == "+15555550123"


def test_the_message_of_another_event_can_be_changed() -> None:
    first = testing.inbound_message(text="Hello")
    second = testing.inbound_message(message=first.message, text=None)
    assert second.message == first.message.model_copy(update={"text": None})


def test_the_description_of_a_failure_is_the_name_of_its_code() -> None:
    assert testing.message_failed().description == "rejected-unallocated-to-number"
    assert testing.message_failed(error_code=4720).description == "invalid-destination-address"
    assert testing.message_failed(error_code=4799).description == "unknown-error"


def test_optional_fields_can_be_left_out() -> None:
    """`None` leaves a key out. Bandwidth writes null only in nested objects."""
    optional: dict[str, Any] = {
        name: None
        for model in (BaseMessageEvent, Message)
        for name, field in model.model_fields.items()
        if not field.is_required() and name != "media"
    }
    first = testing.inbound_message(tag="1", carrier_name="Example Wireless")
    for event in (
        testing.message_failed(error_code=None, **optional),
        testing.message_read(event_time=None, **optional),
        testing.inbound_message(message=first.message, **optional),
    ):
        encoded = encode_callback([event])
        assert b"null" not in encoded
        assert not re.search(rb"errorCode|eventTime|carrierName|text|tag|channel", encoded)
        assert parse_callback(encoded) == [event]


def test_required_fields_cannot_be_left_out() -> None:
    with pytest.raises(ValidationError, match="Field required"):
        testing.inbound_message(to=None)  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize("message", ["Hello", {"text": "Hello"}])
def test_a_text_or_dictionary_as_message_raises(message: Any) -> None:  # noqa: ANN401  # wrong on purpose
    for factory in (testing.inbound_message, testing.message_read):
        with pytest.raises(TypeError, match=r"^message: expected a Message$"):
            factory(message=message)


# Unknown events


def test_an_unknown_event_looks_like_other_events_except_for_its_type() -> None:
    event = testing.unknown_event()
    assert parse_callback(encode_callback([event])) == [event]
    usual = testing.inbound_message().model_dump(mode="json", exclude_unset=True)
    assert event == UnknownEvent.model_validate(usual | {"type": "message-translated"})


def test_an_unknown_event_has_the_given_fields() -> None:
    event = testing.unknown_event(raw_type="message-sung", message={"tune": "shanty"}, pitch=440)
    assert event.raw_type == "message-sung"
    assert event.model_extra is not None
    assert event.model_extra["message"] == {"tune": "shanty"}
    assert event.model_extra["pitch"] == 440


def test_the_type_of_an_unknown_event_is_passed_as_raw_type() -> None:
    with pytest.raises(TypeError, match=r"^type: pass it as raw_type$"):
        testing.unknown_event(type="message-sung")


def test_an_unknown_event_with_a_modelled_type_raises() -> None:
    with pytest.raises(ValidationError, match="this type has its own class"):
        testing.unknown_event(raw_type="message-sent")


# `callback_request`


def test_a_request_contains_its_events_and_credentials() -> None:
    credentials = BasicCredentials("bandwidth", "pass:wörd")
    events: list[Event] = [testing.inbound_message(text="ü"), testing.unknown_event()]
    headers, body = testing.callback_request(*events, credentials=credentials)
    verify_basic_auth(headers.pop("Authorization"), credentials)
    assert headers == {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "BandwidthAPI/v2",
    }
    assert parse_callback(body) == events


def test_a_request_without_credentials_has_no_authorization_header() -> None:
    headers, body = testing.callback_request()
    assert "Authorization" not in headers
    assert body == b"[]"
