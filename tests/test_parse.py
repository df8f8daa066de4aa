"""`parse_callback` and `encode_callback`."""

import cProfile
import gc
import gzip
import io
import json
import re
import sys
import tracemalloc
import zlib
from collections.abc import Callable
from datetime import datetime, timezone
from types import MappingProxyType
from typing import Any

import pytest
from bodies import (
    ROOT,
    SAMPLES,
    TYPES,
    bodies,
    documents,
    dump,
    event,
    events,
    mutated_bodies,
    typed_events,
    unknown_events,
)
from hypothesis import example, given
from hypothesis import strategies as st
from properties import CODES, parsing_is_total, text_bytes_and_decoded_json_agree
from pydantic import ValidationError
from pydantic.alias_generators import to_snake

from bandwidth_events import (
    BaseMessageEvent,
    CallbackParseError,
    Content,
    DeliveryStage,
    Event,
    EventError,
    InboundMessageEvent,
    LocationResponse,
    LocationResponseEvent,
    MediaFile,
    MessageDeliveredEvent,
    MessageFailedEvent,
    MessageReadEvent,
    MessageSendingEvent,
    MessageSentEvent,
    SuggestionResponse,
    SuggestionResponseEvent,
    UnknownEvent,
    encode_callback,
    parse_callback,
)
from bandwidth_events._errors import EventErrorCode
from bandwidth_events._parse import _EVENTS

MEDIA = "https://messaging.bandwidth.com/api/v2/users/5555550/media/14762070468292kw2fuqty55yp2b2/"
NOON = datetime(2026, 7, 6, 12, tzinfo=timezone.utc)


MISSING: tuple[str, EventErrorCode] = ("required, but missing", "missing")
NO_OFFSET: tuple[str, EventErrorCode] = ("expected an offset from UTC, such as Z", "invalid-value")
NO_TIME = ("expected a date and time",)
NO_INTEGER: tuple[str, EventErrorCode] = ("expected an integer", "wrong-type")


def wrong(field: str, reason: str, code: EventErrorCode) -> EventError:
    """Expect an error in the second event, an inbound message."""
    return EventError(1, "message-received", field, reason, code)


def only(body: object) -> BaseMessageEvent:
    """Parse a body with one event of a modelled type."""
    (parsed,) = parse_callback(body)  # type: ignore[arg-type]  # tests pass what they must
    assert isinstance(parsed, BaseMessageEvent)
    return parsed


# One sample file for each variant on the wire: the event's class, and the expected values.
SHAPES: dict[str, tuple[type[BaseMessageEvent], dict[str, object]]] = {
    "inbound-sms": (
        InboundMessageEvent,
        {
            "type": "message-received",
            "time": NOON.replace(microsecond=123000),
            "to": "+15555550100",
            "description": "Incoming message received",
            "carrier_name": None,
            "message.id": "3ee4f5a4-2a8c-4f0b-8f5c-3f6f2b9d8f11",
            "message.owner": "+15555550100",
            "message.application_id": "93de2206-9669-4e07-948d-329f4b722ee2",
            "message.time": NOON.replace(microsecond=42000),
            "message.segment_count": 1,
            "message.direction": "in",
            "message.to": ("+15555550100",),
            "message.from_": "+15555550199",
            "message.text": "Is the blue kayak still for rent?",
            "message.tag": None,
            "message.media": (),
            "message.priority": None,
            "message.channel": None,
        },
    ),
    "inbound-mms": (
        InboundMessageEvent,
        {
            "message.text": "The dock at six 🛶",
            "message.media": (f"{MEDIA}0/smil.smil", f"{MEDIA}1/dock.jpg"),
            "message.priority": "default",
            "message.channel": "MMS",
        },
    ),
    "inbound-group-mms": (
        InboundMessageEvent,
        {
            "to": "+15555550100",
            "message.to": ("+15555550100", *(f"+155555501{n:02}" for n in range(2, 14))),
            "message.media": (f"{MEDIA}0/smil.xml",),
        },
    ),
    "inbound-account-placeholder": (
        InboundMessageEvent,
        {"message.media": (f"{MEDIA}0/bear.png".replace("5555550", "{accountId}"),)},
    ),
    "inbound-from-short-code": (InboundMessageEvent, {"message.from_": "55501"}),
    "inbound-from-name": (InboundMessageEvent, {"message.from_": "KAYAKS4U"}),
    "inbound-epoch-id": (InboundMessageEvent, {"message.id": "1783339200042xqe7vlzsd3n6hxyc"}),
    "inbound-no-text": (
        InboundMessageEvent,
        {"message.text": None, "message.media": (f"{MEDIA}0/dock.jpg",)},
    ),
    "inbound-empty-text": (InboundMessageEvent, {"message.text": ""}),
    "inbound-null-media": (InboundMessageEvent, {"message.media": ()}),
    "inbound-key-order": (InboundMessageEvent, {"message.from_": "+15555550199"}),
    "time-no-fraction": (InboundMessageEvent, {"time": NOON}),
    "time-milliseconds": (InboundMessageEvent, {"time": NOON.replace(microsecond=123000)}),
    "time-microseconds": (InboundMessageEvent, {"time": NOON.replace(microsecond=123456)}),
    "time-nanoseconds": (InboundMessageEvent, {"time": NOON.replace(microsecond=123456)}),
    "sending": (
        MessageSendingEvent,
        {
            "type": "message-sending",
            "message.direction": "out",
            "message.media": ("https://cdn.kayaks.example/dock.jpg",),
        },
    ),
    "delivered-sms": (
        MessageDeliveredEvent,
        {
            "type": "message-delivered",
            "to": "+15555550199",
            "carrier_name": "AT&T",
            "message.text": "",
            "message.tag": "booking-4711",
        },
    ),
    "delivered-empty-tag": (MessageDeliveredEvent, {"message.tag": ""}),
    "delivered-no-tag": (MessageDeliveredEvent, {"message.tag": None}),
    "delivered-toll-free": (
        MessageDeliveredEvent,
        {"message.from_": "+18005550100", "message.owner": "+15555550199"},
    ),
    "failed": (
        MessageFailedEvent,
        {
            "type": "message-failed",
            "error_code": 4406,
            "description": "rejected-unallocated-to-number",
        },
    ),
    "failed-no-code": (MessageFailedEvent, {"error_code": None}),
    "failed-null-carrier": (MessageFailedEvent, {"error_code": 4770, "carrier_name": None}),
    "sent": (MessageSentEvent, {"type": "message-sent", "message.direction": "out"}),
    "read": (
        MessageReadEvent,
        {"type": "message-read", "event_time": NOON.replace(minute=9, second=59)},
    ),
    "suggestion-response": (
        SuggestionResponseEvent,
        {
            "type": "suggestion-response",
            "message.suggestion_response": SuggestionResponse(
                text="Rent it",
                postback_data="cmVudDpibHVl",
                paired_message_id="1783339262170lcu2fqy4zi7v5pjj",
            ),
        },
    ),
    "location-response": (
        LocationResponseEvent,
        {
            "type": "requested-location-response",
            "message.location_response": LocationResponse(
                latitude="44.97780", longitude="-93.26500"
            ),
        },
    ),
    "inbound-multi-channel": (
        InboundMessageEvent,
        {
            "to": "kayaks_agent",
            "message.text": None,
            "message.content": Content(
                text="Look",
                media=MediaFile(file_url=f"{MEDIA}0/dock.mp4", thumbnail_url=f"{MEDIA}0/dock.jpg"),
            ),
        },
    ),
    "unknown-keys": (
        InboundMessageEvent,
        {
            "model_extra": {"region": "us-east"},
            "message.model_extra": {"sentiment": {"score": 0.5}},
            "message.priority": "urgent",
            "message.channel": "CARRIER-PIGEON",
        },
    ),
    # Older documents, and mock servers
    "failed-string-code": (MessageFailedEvent, {"error_code": 4720}),
    "failed-nulls": (
        MessageFailedEvent,
        {"error_code": None, "carrier_name": None, "message.text": None, "message.media": ()},
    ),
    "inbound-nulls": (
        InboundMessageEvent,
        {
            "carrier_name": None,
            "message.tag": None,
            "message.media": (),
            "message.priority": None,
            "message.channel": None,
            "message.content": None,
            "message.suggestion_response": None,
            "message.location_response": None,
        },
    ),
    "inbound-string-segment-count": (InboundMessageEvent, {"message.segment_count": 1}),
    "time-offset": (InboundMessageEvent, {"time": NOON.replace(microsecond=123000)}),
    "time-offset-without-colon": (
        InboundMessageEvent,
        {"time": NOON.replace(microsecond=123000), "message.time": NOON.replace(microsecond=42000)},
    ),
    "failed-receipt-expired": (
        MessageFailedEvent,
        {"error_code": 9902, "stage": DeliveryStage.UNCONFIRMED},
    ),
    "inbound-rbm-text": (
        InboundMessageEvent,
        {"text": "Is the blue kayak still for rent?", "message.text": ""},
    ),
    "inbound-control-characters": (
        InboundMessageEvent,
        {"text": "Is the\0 blue kayak\a still for rent?"},
    ),
    "suggestion-response-unpaired": (
        SuggestionResponseEvent,
        {
            "message.suggestion_response": SuggestionResponse(
                text="Rent it", postback_data="cmVudDpibHVl", paired_message_id=None
            ),
        },
    ),
    "bare-object": (InboundMessageEvent, {"message.from_": "+15555550199"}),
    "byte-order-mark": (InboundMessageEvent, {"message.from_": "+15555550199"}),
    "lone-surrogate": (InboundMessageEvent, {"message.text": "Half a canoe: \ufffd"}),
}


@pytest.mark.parametrize("name", SHAPES)
def test_each_sample_parses_to_a_typed_event(name: str) -> None:
    event_class, expected = SHAPES[name]
    parsed = only(SAMPLES[name])
    actual: dict[str, object] = {}
    for path in expected:
        *parents, attribute = path.split(".")
        actual[path] = getattr(parsed.message if parents else parsed, attribute)
    assert type(parsed) is event_class
    assert actual == expected


def test_every_sample_has_a_test() -> None:
    others = {
        "delivered-group",
        "unknown-type",
        "location-response-renamed",
        "empty",
        "malformed-no-segment-count",
        "malformed-one-of-three",
    }
    assert set(SAMPLES) == set(SHAPES) | others


def test_every_sample_names_its_source() -> None:
    page = (ROOT / "tests/samples/README.md").read_text()
    rows = re.findall(r"^\| `(.*)\.json` \| (.+) \| (.+) \|$", page, re.MULTILINE)
    assert [name for name, *_ in rows] == sorted(SAMPLES)


def test_the_old_name_of_a_type_is_an_unknown_event() -> None:
    (parsed,) = parse_callback(SAMPLES["location-response-renamed"])
    assert parsed.type == "unknown"
    assert parsed.raw_type == "request-location-response"


def test_an_event_without_a_segment_count_is_malformed() -> None:
    """Bandwidth's documentation has such an example, but its OpenAPI document forbids it."""
    with pytest.raises(CallbackParseError) as caught:
        parse_callback(SAMPLES["malformed-no-segment-count"])
    (error,) = caught.value.errors
    assert (error.field, error.code) == ("message.segmentCount", "missing")


def test_a_group_message_reports_on_each_recipient_under_one_id() -> None:
    first, second = parse_callback(SAMPLES["delivered-group"])
    assert isinstance(first, MessageDeliveredEvent)
    assert isinstance(second, MessageDeliveredEvent)
    assert first.message.id == second.message.id
    assert (first.to, second.to) == ("+15555550198", "+15555550199")
    assert first.dedupe_key != second.dedupe_key


def test_an_event_of_unknown_type_is_kept_completely() -> None:
    (parsed,) = parse_callback(SAMPLES["unknown-type"])
    assert isinstance(parsed, UnknownEvent)
    assert parsed.type == "unknown"
    assert parsed.raw_type == "message-translated"
    assert parsed.model_extra == {
        "time": "2026-07-06T12:00:00Z",
        "to": "+15555550100",
        "language": {"from": "fr", "to": "en"},
        "confidence": 0.75,
    }


def test_an_empty_array_parses_to_an_empty_list() -> None:
    assert parse_callback(SAMPLES["empty"]) == []


def test_a_malformed_event_is_reported_and_the_others_parse() -> None:
    with pytest.raises(CallbackParseError) as caught:
        parse_callback(SAMPLES["malformed-one-of-three"])
    assert caught.value.status_code == 400
    assert [event.type for event in caught.value.events] == [
        "message-received",
        "message-delivered",
    ]
    assert caught.value.errors == (
        EventError(1, "message-failed", "to", "required, but missing", "missing"),
        EventError(
            1,
            "message-failed",
            "message.time",
            "expected an offset from UTC, such as Z",
            "invalid-value",
        ),
    )


# The parser's messages depend on the version of pydantic; some columns differ by one.
NOT_EVENTS: dict[str, tuple[str | bytes, str, str]] = {
    "empty bytes": (b"", "empty", r"empty; was the body already read\?"),
    "empty text": ("", "empty", r"empty; was the body already read\?"),
    "white space": (b" \r\n", "empty", r"empty; was the body already read\?"),
    "a byte-order mark alone": (b"\xef\xbb\xbf", "empty", r"empty; was the body already read\?"),
    "gzip": (gzip.compress(b"[]"), "compressed", "compressed with gzip, expected plain JSON"),
    "zlib": (zlib.compress(b"[]"), "compressed", "compressed with zlib, expected plain JSON"),
    "zlib, fast": (zlib.compress(b"[]", 1), "compressed", "compressed with zlib, .*"),
    "zlib, best": (zlib.compress(b"[]", 9), "compressed", "compressed with zlib, .*"),
    "Zstandard": (b"\x28\xb5\x2f\xfd\x20", "compressed", "compressed with Zstandard, .*"),
    "UTF-16 with a mark": ("[]".encode("utf-16"), "not-utf-8", "UTF-16 or UTF-32, expected UTF-8"),
    "UTF-16, big-endian": ("[]".encode("utf-16-be"), "not-utf-8", "UTF-16 or UTF-32, .*"),
    "UTF-16, little-endian": ("[]".encode("utf-16-le"), "not-utf-8", "UTF-16 or UTF-32, .*"),
    "UTF-16, big-endian, with a mark": (b"\xfe\xff\0[\0]", "not-utf-8", "UTF-16 or UTF-32, .*"),
    "UTF-32": ("[]".encode("utf-32-be"), "not-utf-8", "UTF-16 or UTF-32, .*"),
    "invalid UTF-8": (b'["\xff"]', "not-utf-8", "not UTF-8 at byte 2"),
    "a surrogate in UTF-8": (b'["\xed\xa0\xbd"]', "not-utf-8", "not UTF-8 at byte 2"),
    "XML": (
        b" <Notification/>",
        "other-product",
        "XML, such as a webhook about number orders or subscriptions",
    ),
    "a trailing NUL": (b"[]\0", "not-json", "not JSON: trailing characters at line 1 column 3"),
    "form data": (
        b"From=%2B15555550199",
        "not-json",
        "not JSON: expected value at line 1 column 1",
    ),
    "the first half": (b'[\n{"type": "mess', "not-json", "not JSON: truncated at line 2 column 14"),
    "trailing data": (
        b"[]\n[]",
        "not-json",
        "not JSON: trailing characters at line 2 column 1",
    ),
    "nested 100,000 deep": (b"[" * 100_000, "too-deep", "nested too deeply"),
    "an integer of 1 MB": (
        b"1" * 1_000_000,
        "not-json",
        "not JSON: number out of range at line 1 column 4302",
    ),
    "an error after an escaped backslash": (
        rb'["\\", x]',
        "not-json",
        "not JSON: expected value at line 1 column 8",
    ),
    "an invalid escape": (
        rb'["\ud83d \q"]',
        "not-json",
        "not JSON: invalid escape at line 1 column 11",
    ),
    "null": (b"null", "not-an-array", "expected an array of events"),
    "true": (b"true", "not-an-array", "expected an array of events"),
    "a number": (b"0.5", "not-an-array", "expected an array of events"),
    "a string": (b'"message-received"', "not-an-array", "expected an array of events"),
    "an event of AWS Lambda": (
        dump({"version": "2.0", "headers": {}, "body": "[]", "isBase64Encoded": False}),
        "wrapped",
        "a gateway's event; pass the body that it wraps",
    ),
    "an event of a load balancer": (
        dump({"requestContext": {"elb": {}}, "multiValueHeaders": {}, "body": None}),
        "wrapped",
        "a gateway's event; pass the body that it wraps",
    ),
}


@pytest.mark.parametrize("name", NOT_EVENTS)
def test_a_malformed_body_is_reported_by_its_cause(name: str) -> None:
    body, code, reason = NOT_EVENTS[name]
    with pytest.raises(CallbackParseError) as caught:
        parse_callback(body)
    (error,) = caught.value.errors
    assert (caught.value.status_code, caught.value.events) == (400, [])
    assert (error.index, error.event_type, error.field) == (None, None, "")
    assert error.code == code
    assert re.fullmatch(reason, error.reason)


OTHER_PRODUCTS: dict[str, tuple[object, str | None, str]] = {
    "voice": (
        {"eventType": "answer", "callId": "c-1", "to": "+15555550100"},
        None,
        "this is a voice webhook: point its callback URL at another route",
    ),
    "toll-free verification": (
        {"phoneNumber": "+18005550100", "internalTicketNumber": "1", "status": "VERIFIED"},
        None,
        "this is a toll-free verification webhook: point its callback URL at another route",
    ),
    "international delivery receipts": (
        {"msgId": "1", "dlrTime": "2026-07-06", "status": "DELIVRD"},
        None,
        "this is an international delivery receipt: point its callback URL at another route",
    ),
    "only the keys of a product": (
        {"msgId": "1", "dlrTime": "2026-07-06"},
        None,
        "this is an international delivery receipt: point its callback URL at another route",
    ),
    "MFA": (
        [{**event("message-delivered"), "platform": "mfa", "message": {"id": "1"}}],
        "message-delivered",
        "this is an MFA webhook: point its callback URL at another route",
    ),
    "WebRTC": (
        {"type": "participantJoined", "participantId": "p-1"},
        None,
        "this is a WebRTC webhook: point its callback URL at another route",
    ),
    "WebRTC, without a type": (
        {"event": "onLeave", "participantId": "p-1", "sessionId": "s-1"},
        None,
        "this is a WebRTC webhook: point its callback URL at another route",
    ),
    "WebRTC, an endpoint": (
        {"type": "endpointCreated", "endpointId": "e-1"},
        None,
        "this is a WebRTC webhook: point its callback URL at another route",
    ),
}


@pytest.mark.parametrize("name", OTHER_PRODUCTS)
def test_the_webhook_of_another_product_is_reported_in_one_error(name: str) -> None:
    body, event_type, reason = OTHER_PRODUCTS[name]
    with pytest.raises(CallbackParseError) as caught:
        parse_callback(dump(body))
    assert caught.value.errors == (EventError(0, event_type, "", reason, "other-product"),)


@pytest.mark.parametrize(
    "document",
    [
        event(platform="x"),
        event(endpointId="e-1", participantId="p-1"),
        {"type": "message-sung", "message": {}, "endpointId": "e-1"},
        {"type": "message-sung", "participantId": None},
        {"type": "message-sung", "body": "la", "headers": {}},
        {"type": "message-sung", "eventType": "x", "callId": "1"},
    ],
    ids=["MFA", "WebRTC", "WebRTC, unknown", "WebRTC, null", "a gateway", "voice"],
)
def test_a_messaging_event_may_have_the_keys_of_another_product(document: dict[str, Any]) -> None:
    (parsed,) = parse_callback(dump(document))
    assert parsed.raw_type == document["type"]


def test_a_malformed_event_with_the_keys_of_another_product_is_a_messaging_event() -> None:
    with pytest.raises(CallbackParseError) as caught:
        parse_callback([event(to=..., eventType="answer", callId="c-1")])
    assert caught.value.errors == (EventError(0, "message-received", "to", *MISSING),)


@pytest.mark.parametrize(
    "document",
    [{"eventType": "answer"}, {"headers": {}}, {"body": "[]"}, {"endpointId": 5}],
    ids=lambda document: next(iter(document)),
)
def test_a_single_key_of_another_product_does_not_identify_it(document: dict[str, Any]) -> None:
    with pytest.raises(CallbackParseError) as caught:
        parse_callback(dump(document))
    assert caught.value.errors == (EventError(0, None, "type", *MISSING),)


MALFORMED: dict[str, tuple[object, EventError]] = {
    "not an object": (5, EventError(1, None, "", "expected an object", "wrong-type")),
    "an array": ([event()], EventError(1, None, "", "expected an object", "wrong-type")),
    "no type": (event(type=...), EventError(1, None, "type", *MISSING)),
    "a type that is not a string": (
        event(type=["message-received"]),
        EventError(1, None, "type", "expected a string", "wrong-type"),
    ),
    "a known type without `to`": (
        event("message-failed", to=...),
        EventError(1, "message-failed", "to", *MISSING),
    ),
    "no message": (event(message=...), EventError(1, "message-received", "message", *MISSING)),
    "a message that is not an object": (
        event(message="hello"),
        EventError(1, "message-received", "message", "expected an object", "wrong-type"),
    ),
    "a naive time": (event(time="2026-07-06T12:00:00"), wrong("time", *NO_OFFSET)),
    "a naive time in the message": (
        event(message__time="2026-07-06T12:00:00"),
        wrong("message.time", *NO_OFFSET),
    ),
    "a day": (
        event(time="2026-07-06"),
        wrong("time", *NO_OFFSET),
    ),
    "not a time": (event(time="yesterday"), wrong("time", *NO_TIME, "invalid-value")),
    "a time that does not exist": (
        event(time="2026-02-30T12:00:00Z"),
        wrong("time", *NO_TIME, "invalid-value"),
    ),
    "a time that is an object": (event(time={}), wrong("time", *NO_TIME, "wrong-type")),
    "null as a count": (
        event(message__segmentCount=None),
        wrong("message.segmentCount", *NO_INTEGER),
    ),
    "a word as a count": (
        event(message__segmentCount="one"),
        wrong("message.segmentCount", *NO_INTEGER),
    ),
    "a fraction as a count": (
        event(message__segmentCount=1.5),
        wrong("message.segmentCount", *NO_INTEGER),
    ),
    "a count of 5,000 digits": (
        event(message__segmentCount="1" * 5_000),
        wrong("message.segmentCount", "out of range", "invalid-value"),
    ),
    "a new direction": (
        event(message__direction="sideways"),
        wrong("message.direction", "expected 'in' or 'out'", "invalid-value"),
    ),
    "recipients that are not an array": (
        event(message__to="+15555550100"),
        wrong("message.to", "expected an array", "wrong-type"),
    ),
    "a recipient that is not a string": (
        event(message__to=["+15555550100", None, None]),
        wrong("message.to.1", "expected a string", "wrong-type"),
    ),
    "a malformed optional field beside": (
        event(to=..., carrierName=5),
        wrong("to", *MISSING),
    ),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_event_is_reported_with_index_type_field_and_reason(name: str) -> None:
    malformed, expected = MALFORMED[name]
    with pytest.raises(CallbackParseError) as caught:
        parse_callback(dump([event(), malformed, event("message-sending")]))
    assert caught.value.errors == (expected,)
    assert [event.type for event in caught.value.events] == ["message-received", "message-sending"]


def test_every_error_code_occurs_and_there_are_no_others() -> None:
    """`properties.parsing_is_total` checks that no other code occurs for any body."""
    shown = {code for _, code, _ in NOT_EVENTS.values()}
    shown |= {error.code for _, error in MALFORMED.values()}
    with pytest.raises(CallbackParseError) as caught:
        parse_callback(b"[]", max_bytes=1)
    assert shown | {caught.value.errors[0].code} == CODES


@pytest.mark.parametrize(
    "key",
    ["time", "to", "description", "message"]
    + [
        f"message.{key}"
        for key in (
            "id",
            "owner",
            "applicationId",
            "time",
            "segmentCount",
            "direction",
            "to",
            "from",
        )
    ],
)
def test_required_fields_have_no_defaults(key: str) -> None:
    with pytest.raises(CallbackParseError) as caught:
        parse_callback([event(**{key.replace(".", "__"): ...})])
    assert caught.value.errors == (EventError(0, "message-received", key, *MISSING),)


@pytest.mark.parametrize("key", ["text", "tag", "priority", "channel", "content"])
def test_null_counts_as_absent_for_optional_fields(key: str) -> None:
    assert getattr(only([event(**{f"message__{key}": None})]).message, key) is None


ODD: dict[str, tuple[str, str, object]] = {
    # The event's type, the place, and the value on the wire.
    "carrier": ("message-failed", "carrierName", 5),
    "code": ("message-failed", "errorCode", "4x"),
    "code that is an object": ("message-failed", "errorCode", {"code": 4720}),
    "time of reading": ("message-read", "eventTime", "today"),
    "text": ("message-received", "message.text", ["Hello"]),
    "tag": ("message-delivered", "message.tag", 5),
    "media": ("message-received", "message.media", "https://cdn.kayaks.example/dock.jpg"),
    "item of media": ("message-received", "message.media", ["a", None, 5]),
    "priority": ("message-received", "message.priority", 1),
    "channel": ("message-received", "message.channel", {}),
    "content": ("message-received", "message.content", []),
    "text of content": ("message-received", "message.content.text", 5),
    "media of content": ("message-received", "message.content.media", "dock.jpg"),
    "file of content": ("message-received", "message.content.media", {"thumbnailUrl": "a"}),
    "thumbnail": ("message-received", "message.content.media.thumbnailUrl", 0),
    "suggestion": ("suggestion-response", "message.suggestionResponse", "yes"),
    "postback": ("suggestion-response", "message.suggestionResponse.postbackData", {"a": 1}),
    "location": ("requested-location-response", "message.locationResponse", "here"),
    "latitude": ("requested-location-response", "message.locationResponse.latitude", 44.9778),
}


def odd_event(name: str) -> dict[str, Any]:
    type_, place, value = ODD[name]
    document = event(type_)
    document["message"]["content"] = {"text": "Look", "media": {"fileUrl": "a"}}
    document["message"]["suggestionResponse"] = {"text": "Yes"}
    document["message"]["locationResponse"] = {"longitude": "-93.26500"}
    *parents, key = place.split(".")
    target = document
    for parent in parents:
        target = target[parent]
    target[key] = value
    return document


@pytest.mark.parametrize("size", [0, 100_000])
@pytest.mark.parametrize("name", ODD)
def test_a_malformed_optional_value_does_not_invalidate_the_event(name: str, size: int) -> None:
    _, place, value = ODD[name]
    document = odd_event(name)
    (parsed,) = parse_callback(dump([document]) + b" " * size)
    assert isinstance(parsed, BaseMessageEvent)
    holder: Any = parsed
    *parents, key = place.split(".")
    for parent in parents:
        holder = getattr(holder, to_snake(parent))
    assert parsed.malformed_fields == (place,)
    assert getattr(holder, to_snake(key)) in {None, ()}
    assert holder.model_extra == {key: value}
    assert json.loads(encode_callback([parsed]))[0]["message"] == (
        document["message"] | {"time": parsed.model_dump(mode="json")["message"]["time"]}
    )
    assert only(encode_callback([parsed])) == parsed
    assert getattr(holder, to_snake(key)) == holder.model_dump(by_alias=False)[to_snake(key)]


def test_all_malformed_optional_fields_are_listed() -> None:
    document = event("message-failed", errorCode="4x", carrierName=[], message__tag=5)
    document["message"]["content"] = {"text": 5, "media": {"fileUrl": 5, "thumbnailUrl": 5}}
    parsed = only([document])
    assert sorted(parsed.malformed_fields) == [
        "carrierName",
        "errorCode",
        "message.content.media",
        "message.content.text",
        "message.tag",
    ]
    assert parsed.message.content is not None
    assert parsed.message.content.text is None
    assert parsed.message.content.media is None


def test_a_well_formed_event_has_no_malformed_fields() -> None:
    for name in SHAPES:
        assert only(SAMPLES[name]).malformed_fields == ()


def test_an_unknown_key_with_the_python_name_of_a_field_is_not_malformed() -> None:
    assert only([event("message-failed", error_code="4x")]).malformed_fields == ()


def test_parsing_stops_at_the_hundredth_malformed_event() -> None:
    with pytest.raises(CallbackParseError) as caught:
        parse_callback([event(), *[event(to=...)] * 150, event()])
    assert [error.index for error in caught.value.errors] == [*range(1, 101)]
    assert len(caught.value.events) == 1


def test_the_first_malformed_event_ends_the_fast_path() -> None:
    """Without `FailFast`, a hostile mebibyte takes seconds and a gigabyte of error objects."""
    with pytest.raises(ValidationError) as caught:
        _EVENTS.validate_json(b"[{},{},{}]")
    assert {error["loc"][0] for error in caught.value.errors()} == {0}


def test_more_than_ten_thousand_events_are_rejected() -> None:
    assert len(parse_callback([{"type": ""}] * 10_000)) == 10_000
    with pytest.raises(CallbackParseError) as caught:
        parse_callback([{"type": ""}] * 10_001)
    assert caught.value.status_code == 413
    assert caught.value.errors == (
        EventError(None, None, "", "more than 10000 events", "too-large"),
    )


def test_more_than_a_hundred_thousand_arrays_and_objects_are_rejected() -> None:
    """Two bytes of JSON become an object of 88 bytes, which the garbage collector visits."""
    (parsed,) = parse_callback(b'{"type": "", "unknown": [%s]}' % b",".join([b"{}"] * 99_998))
    assert isinstance(parsed, UnknownEvent)
    with pytest.raises(CallbackParseError) as caught:
        parse_callback(b'{"type": "", "unknown": [%s]}' % b",".join([b"{}"] * 99_999))
    assert caught.value.status_code == 413
    assert caught.value.errors == (
        EventError(None, None, "", "more than 100000 arrays and objects", "too-large"),
    )


def test_brackets_inside_strings_do_not_count() -> None:
    text = "[" * 100_001
    assert only([event(message__text=text)]).message.text == text
    assert only([event(message__text='\\"{' * 100_001)]).message.text == '\\"{' * 100_001
    assert only(dump([event(message__text=text)]) + b" " * 200_000).message.text == text


@pytest.mark.parametrize("string", [b'"\\""', b'"\\\\"', rb'"\\\""', b'"]"', b'""'])
def test_brackets_after_a_string_count(string: bytes) -> None:
    body = b'{"type": "", "a": %s, "b": [%s]}' % (string, b",".join([b"{}"] * 99_999))
    with pytest.raises(CallbackParseError) as caught:
        parse_callback(body)
    assert caught.value.status_code == 413


def test_an_unterminated_string_takes_linear_time() -> None:
    """A quadratic search would scan the rest of the body for each quote."""
    body = b"[" * 100_001 + b'"' + rb"\"" * 400_000
    with pytest.raises(CallbackParseError) as caught:
        parse_callback(body)
    assert caught.value.status_code == 413


@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_the_size_of_bytes_is_checked_before_they_are_copied(kind: Callable[[bytes], Any]) -> None:
    body = kind(bytes(50_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(CallbackParseError) as caught:
            parse_callback(body)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert caught.value.status_code == 413
    assert peak < 1_000_000


def test_the_size_of_text_is_checked_before_it_is_encoded() -> None:
    """Encoding three million lone surrogates would take a third of a second."""
    profile = cProfile.Profile()
    with pytest.raises(CallbackParseError) as caught, profile:
        parse_callback("\udcff" * 3_000_000)
    calls = [str(getattr(entry.code, "co_name", entry.code)) for entry in profile.getstats()]
    assert caught.value.status_code == 413
    assert [name for name in calls if "encode" in name] == []


def test_a_trusted_body_has_no_limits() -> None:
    many = [{"type": ""}] * 10_001
    assert len(parse_callback(many, max_bytes=None)) == 10_001
    assert len(parse_callback(dump(many), max_bytes=None)) == 10_001
    (parsed,) = parse_callback(
        b'{"type": "", "a": [%s]}' % b",".join([b"{}"] * 100_001), max_bytes=None
    )
    assert parsed.raw_type == ""
    with pytest.raises(CallbackParseError) as caught:
        parse_callback([event(to=...)] * 101, max_bytes=None)
    assert len(caught.value.errors) == 101


_WIDE = [0.1] * 260_000


@pytest.mark.parametrize(
    "hostile",
    [
        {"type": "message-sent", "message": {"a": _WIDE}},
        {"type": "message-sent", "message": {"content": {"media": {"a": _WIDE}}}},
        {"type": "message-sent", "a": _WIDE},
    ],
    ids=["message", "content", "envelope"],
)
def test_a_large_body_is_not_copied_into_each_of_its_errors(hostile: dict[str, Any]) -> None:
    """When pydantic validates JSON text, it copies the body for every missing field."""
    body = json.dumps([hostile], separators=(",", ":")).encode()
    assert 1_000_000 < len(body) <= 1_048_576
    tracemalloc.start()
    try:
        with pytest.raises(CallbackParseError) as caught:
            parse_callback(body)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(caught.value.errors) >= 3
    assert peak < 20 * 2**20


@given(st.lists(events, min_size=1))
def test_a_large_body_parses_like_a_small_one(documents: list[dict[str, Any]]) -> None:
    small = dump(documents)
    assert parse_callback(small + b" " * 100_000) == parse_callback(small)


def test_only_the_first_wrong_item_of_a_list_is_reported() -> None:
    with pytest.raises(CallbackParseError) as caught:
        parse_callback([event(message__to=[1] * 100_000)])
    assert [error.field for error in caught.value.errors] == ["message.to.0"]


@pytest.mark.parametrize("body", [b"[\xff" + b" " * 100, "€" * 34], ids=["bytes", "text"])
def test_a_body_over_the_limit_is_rejected_before_it_is_parsed(body: str | bytes) -> None:
    with pytest.raises(CallbackParseError) as caught:
        parse_callback(body, max_bytes=101)
    assert caught.value.status_code == 413
    assert caught.value.errors == (
        EventError(None, None, "", "larger than 101 bytes", "too-large"),
    )


def test_the_default_limit_is_a_mebibyte() -> None:
    padding = b" " * (1_048_576 - 2)
    assert parse_callback(b"[" + padding + b"]") == []
    assert parse_callback(b"[" + padding + b" ]", max_bytes=None) == []
    with pytest.raises(CallbackParseError, match="larger than 1048576 bytes"):
        parse_callback(b"[" + padding + b" ]")


@pytest.mark.parametrize(
    ("body", "named"),
    [(None, "NoneType"), (200, "int"), (io.BytesIO(b"[]"), "BytesIO"), (iter([]), "list_iterator")],
)
def test_an_argument_that_is_not_a_body_raises_a_type_error(body: Any, named: str) -> None:  # noqa: ANN401
    with pytest.raises(TypeError) as caught:
        parse_callback(body)
    assert str(caught.value) == (
        "expected a request body as bytes or str, "
        f"or the array or object that it decodes to, not {named}"
    )


@pytest.mark.parametrize(
    "body", [[{1, 2}], [b"{}"], {"type": object()}, [datetime.now(NOON.tzinfo)]]
)
def test_an_argument_that_is_not_decoded_json_raises_a_type_error(body: Any) -> None:  # noqa: ANN401
    with pytest.raises(TypeError) as caught:
        parse_callback(body)
    assert str(caught.value) == "the decoded body contains a value that JSON cannot represent"


def test_decoded_json_that_contains_itself_raises_a_type_error() -> None:
    body: list[object] = []
    body.append(body)
    with pytest.raises(TypeError, match="the decoded body contains a value"):
        parse_callback(body)


def test_decoded_json_is_accepted_in_the_containers_that_frameworks_use() -> None:
    expected = parse_callback([event()])
    assert parse_callback((event(),)) == expected
    assert parse_callback(MappingProxyType(event())) == expected


def test_bytes_are_accepted_in_the_containers_that_frameworks_use() -> None:
    body = SAMPLES["inbound-sms"]
    expected = parse_callback(body)
    assert parse_callback(body.decode()) == expected
    assert parse_callback(bytearray(body)) == expected
    assert parse_callback(memoryview(body)) == expected


def test_decoded_json_that_is_nested_too_deeply_is_rejected() -> None:
    document: list[object] = []
    for _ in range(sys.getrecursionlimit() * 100):
        document = [document]
    with pytest.raises(CallbackParseError) as caught:
        parse_callback(document)
    assert caught.value.errors == (EventError(None, None, "", "nested too deeply", "too-deep"),)


LONE_SURROGATES: dict[str, tuple[str, str]] = {
    "high": (r"\ud83d", "\ufffd"),
    "low": (r"\ude00", "\ufffd"),
    "upper case": (r"\uD83D", "\ufffd"),
    "the first high": (r"\ud800", "\ufffd"),
    "a high in the middle": (r"\uD9AB", "\ufffd"),
    "the last high": (r"\udbff", "\ufffd"),
    "the first low": (r"\udc00", "\ufffd"),
    "the last low": (r"\uDFFF", "\ufffd"),
    "two high": (r"\ud83d\ud83d", "\ufffd\ufffd"),
    "two low": (r"\ude00\ude00", "\ufffd\ufffd"),
    "low before high": (r"\ude00\ud83d", "\ufffd\ufffd"),
    "high before a pair": (r"\ud83d\ud83d\ude00", "\ufffd\U0001f600"),
    "low after a pair": (r"\ud83d\ude00\ude00", "\U0001f600\ufffd"),
    "before another escape": (r"\ud83d\n", "\ufffd\n"),
    "after an escaped backslash": (r"\\\ud83d", "\\\ufffd"),
    "an escaped backslash before letters": (r"\\ud83d\ud83d", "\\ud83d\ufffd"),
    "low after an apparent high": (r"\\ud83d\ude00", "\\ud83d\ufffd"),
}


@pytest.mark.parametrize("name", LONE_SURROGATES)
def test_a_lone_surrogate_escape_becomes_a_replacement_character(name: str) -> None:
    escaped, expected = LONE_SURROGATES[name]
    body = dump([event(message__text="TEXT")]).decode().replace("TEXT", escaped)
    assert only(body).message.text == expected
    assert only(json.loads(body)).message.text == expected


def test_a_lone_surrogate_character_becomes_a_replacement_character() -> None:
    body = dump([event(message__text="TEXT")]).decode()
    assert only(body.replace("TEXT", "\ud83d")).message.text == "\ufffd"
    assert only(body.replace("TEXT", "\ud83d\ude00")).message.text == "\U0001f600"


@given(st.text(st.sampled_from("a🛶\ud800\ud83d\udbff\udc00\ude00\udfff")))
def test_surrogate_characters_are_decoded_as_in_utf_16(text: str) -> None:
    expected = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    (parsed,) = parse_callback(f'{{"type": "{text}"}}')
    assert isinstance(parsed, UnknownEvent)
    assert parsed.raw_type == expected


@pytest.mark.parametrize("type_", TYPES)
def test_a_well_formed_body_takes_one_call_of_pydantic(type_: str) -> None:
    """Promise 5: as fast as pydantic. No Python code runs except the function itself."""
    body = dump([event(type_)])
    profile = cProfile.Profile()
    gc.disable()  # Hypothesis registers a callback that runs on each collection
    try:
        profile.runcall(parse_callback, body)
    finally:
        gc.enable()
    calls = {
        str(getattr(entry.code, "co_name", entry.code)): entry.callcount
        for entry in profile.getstats()
    }
    cheap = {name for name in calls if re.search(r"isinstance|len|disable", name)}
    (parse, into_pydantic) = sorted(set(calls) - cheap, reverse=True)
    assert (parse, calls[parse]) == ("parse_callback", 1)
    assert "validate_json" in into_pydantic
    assert calls[into_pydantic] == 1


@pytest.mark.parametrize("size", [0, 100_000])
def test_well_formed_events_of_any_size_are_not_parsed_one_by_one(size: int) -> None:
    body = dump([event(), event(padding="x" * size)])
    profile = cProfile.Profile()
    profile.runcall(parse_callback, body)
    calls = [str(getattr(entry.code, "co_name", entry.code)) for entry in profile.getstats()]
    assert [name for name in calls if "one_by_one" in name] == []


# Promise 1: any bytes or text parse to a list of events or raise CallbackParseError.


@given(st.binary())
def test_any_bytes_parse_or_raise_callback_parse_error(body: bytes) -> None:
    parsing_is_total(body)


@given(st.text(st.characters()))  # surrogates included
def test_any_text_parses_or_raises_callback_parse_error(body: str) -> None:
    parsing_is_total(body)


@given(documents)
def test_any_decoded_json_parses_or_raises_callback_parse_error(document: object) -> None:
    parsing_is_total(json.dumps(document))


@given(mutated_bodies())
def test_any_damaged_body_parses_or_raises_callback_parse_error(body: bytes) -> None:
    parsing_is_total(body)


# Promise 2: nothing lost.


@given(st.lists(events))
def test_encoded_events_parse_to_equal_events(documents: list[dict[str, Any]]) -> None:
    parsed = parse_callback(documents)
    assert parse_callback(encode_callback(parsed)) == parsed


@given(unknown_events)
def test_an_event_of_unknown_type_survives_a_round_trip_unchanged(document: dict[str, Any]) -> None:
    assert json.loads(encode_callback(parse_callback(document))) == [document]


@given(typed_events)
def test_every_key_of_a_typed_event_survives_a_round_trip(document: dict[str, Any]) -> None:
    def comparable(body: dict[str, Any]) -> dict[str, Any]:
        """Normalise what the encoder writes differently: fractions of a second, and null for []."""
        message = {**body["message"], "time": ..., "media": body["message"].get("media") or ...}
        event_time = ... if body.get("eventTime") else None
        return {**body, "time": ..., "eventTime": event_time, "message": message}

    (encoded,) = json.loads(encode_callback(parse_callback(document)))
    assert comparable(encoded) == comparable(document)
    assert ("media" in encoded["message"]) == ("media" in document["message"])


@pytest.mark.parametrize("size", [0, 100_000])
def test_a_python_name_on_the_wire_is_an_unknown_key(size: int) -> None:
    padding = "x" * size
    parsed = only([event(carrier_name="ACME", message__from_="+15555550111", padding=padding)])
    assert parsed.carrier_name is None
    assert parsed.model_extra == {"carrier_name": "ACME", "padding": padding}
    assert parsed.message.from_ == "+15555550199"
    assert parsed.message.model_extra == {"from_": "+15555550111"}
    assert parse_callback(encode_callback(parse_callback([event(carrier_name="ACME")]))) == (
        parse_callback([event(carrier_name="ACME")])
    )


@given(st.lists(st.tuples(events, st.booleans())))
def test_malformed_events_do_not_affect_the_others(
    marked: list[tuple[dict[str, Any], bool]],
) -> None:
    def parse(body: object) -> tuple[list[Event], set[int | None]]:
        try:
            return parse_callback(dump(body)), set()
        except CallbackParseError as error:
            return error.events, {each.index for each in error.errors}

    body = [document if good else {**document, "type": None} for document, good in marked]
    parsed, malformed = parse(body)
    assert parsed == parse_callback([document for document, good in marked if good])
    assert malformed == {index for index, (_, good) in enumerate(marked) if not good}


@given(bodies | mutated_bodies())
@example(b"0")
@example(b"[")
@example(b"\xff")
def test_text_bytes_and_decoded_json_have_the_same_result(body: bytes) -> None:
    text_bytes_and_decoded_json_agree(body)


@given(
    typed_events,
    st.sampled_from(["type", "time", "to", "errorCode", "message", "carrier_name"])
    | st.sampled_from(
        ["time", "segmentCount", "to", "media", "text", "priority", "content", "from_"]
    ).map("message__".__add__),
    documents | st.sampled_from(["7", "7.0", "true", "2026-07-06", "1783339200", 1783339200.5]),
)
def test_both_paths_of_the_parser_have_the_same_result(
    document: dict[str, Any], path: str, value: object
) -> None:
    """A malformed event must not change the result of the other events in the array."""
    *parents, key = path.split("__")
    (document[parents[0]] if parents else document)[key] = value
    try:
        alone = parse_callback(dump([document]))
    except CallbackParseError as error:
        assert error.events == []
        alone = []
    with pytest.raises(CallbackParseError) as caught:
        parse_callback(dump([document, 5]))
    assert caught.value.events == alone


def test_encoding_anything_except_events_raises_a_type_error() -> None:
    (parsed,) = parse_callback([event()])
    with pytest.raises(TypeError, match="expected an iterable of events, found tuple in it"):
        encode_callback(parsed)  # type: ignore[arg-type]  # an easy slip: a model iterates
    with pytest.raises(TypeError, match="expected an iterable of events, found dict in it"):
        encode_callback([event()])  # type: ignore[list-item]


def test_absent_fields_stay_absent_when_encoded() -> None:
    body = SAMPLES["inbound-no-text"]
    assert set(json.loads(encode_callback(parse_callback(body)))[0]["message"]) == set(
        json.loads(body)[0]["message"]
    )


def test_a_number_too_large_for_a_float_survives_a_round_trip() -> None:
    (parsed,) = parse_callback(b'{"type": "x", "much": 1e999}')
    assert parse_callback(encode_callback([parsed])) == [parsed]
