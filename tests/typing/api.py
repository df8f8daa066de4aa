"""The code that type checkers must accept and reject. Never executed: `make check` checks it.

Each comment that ignores an error marks a line that must be an error, because all four checkers
report unused comments. Pyrefly reports only its own unused comments.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Literal

from hypothesis.strategies import SearchStrategy, just
from typing_extensions import assert_never, assert_type

from bandwidth_events import (
    BaseMessageEvent,
    BasicAuthError,
    BasicCredentials,
    CallbackError,
    CallbackParseError,
    DeliveryStage,
    Event,
    EventError,
    InboundEvent,
    InboundMessageEvent,
    LocationResponse,
    LocationResponseEvent,
    Message,
    MessageDeliveredEvent,
    MessageEvent,
    MessageFailedEvent,
    MessageReadEvent,
    MessageSendingEvent,
    MessageSentEvent,
    StatusEvent,
    SuggestionResponse,
    SuggestionResponseEvent,
    UnknownEvent,
    encode_callback,
    parse_callback,
    verify_basic_auth,
)
from bandwidth_events.endpoint import (
    SCENARIOS,
    Attempt,
    Scenario,
    ScenarioResult,
    Simulation,
    check,
    simulate,
)
from bandwidth_events.error_codes import CATALOGUE, Cause, ErrorCode, lookup
from bandwidth_events.keywords import keyword
from bandwidth_events.media import attachments, is_bandwidth_media
from bandwidth_events.strategies import (
    authorization_headers,
    callback_bodies,
    events,
    histories,
    inbound_message_events,
    redeliveries,
)
from bandwidth_events.testing import (
    callback_request,
    inbound_message,
    message_failed,
    message_read,
    message_sent,
    unknown_event,
)


def parsing(body: bytes, decoded: list[dict[str, object]], one: dict[str, object]) -> None:
    assert_type(parse_callback(body), list[Event])
    parse_callback(body.decode(), max_bytes=None)
    parse_callback(bytearray(body))
    parse_callback(decoded)
    parse_callback(one)
    assert_type(encode_callback(parse_callback(body)), bytes)
    parse_callback(None)  # type: ignore  # pyrefly: ignore
    parse_callback(body, 1024)  # type: ignore  # pyrefly: ignore


def authentication(authorization: str | bytes | None, pair: BasicCredentials) -> None:
    assert_type(pair.authorization, str)
    verify_basic_auth(authorization, pair)
    verify_basic_auth(authorization, [pair, pair])
    verify_basic_auth(authorization, {pair})
    verify_basic_auth(authorization, ("user", "password"))  # type: ignore  # pyrefly: ignore
    pair.password = "new"  # type: ignore  # pyrefly: ignore


def errors(error: CallbackError) -> None:
    assert_type(error.status_code, int)
    assert_type(error.headers, Mapping[str, str])
    if isinstance(error, BasicAuthError):
        assert_type(error.reason, Literal["missing", "malformed", "rejected"])
    if isinstance(error, CallbackParseError):
        assert_type(error.events, list[Event])
        assert_type(error.errors, tuple[EventError, ...])
        assert_type(error.errors[0].index, int | None)
        code_of(error.errors[0])
    error.errors  # type: ignore  # pyrefly: ignore


def code_of(error: EventError) -> str:
    match error.code:
        case "empty" | "too-large" | "compressed" | "not-utf-8" | "not-json" | "too-deep":
            return "body"
        case "not-an-array" | "wrapped" | "other-product":
            return "shape"
        case "missing" | "wrong-type" | "invalid-value":
            return "event"
        case _:
            assert_never(error.code)


def identity(event: Event) -> None:
    assert_type(event.raw_type, str)
    assert_type(event.dedupe_key, str)
    assert_type(event.log_fields(), dict[str, str | int])
    event.malformed_fields  # type: ignore  # pyrefly: ignore


def of_every_typed_event(event: MessageEvent) -> None:
    assert_type(event.malformed_fields, tuple[str, ...])
    assert_type(event.our_number, str)
    assert_type(event.counterparty, str)


def what_the_person_wrote(event: InboundMessageEvent, inbound: InboundEvent) -> None:
    assert_type(event.text, str)
    assert_type(event.keyword, Literal["stop", "start", "help"] | None)
    assert_type(keyword(event.message.text), Literal["stop", "start", "help"] | None)
    keyword(b"STOP")  # type: ignore  # pyrefly: ignore
    inbound.text  # type: ignore  # pyrefly: ignore


def places(place: LocationResponse) -> None:
    assert_type(place.latitude, str | None)
    assert_type(place.coordinates, tuple[Decimal, Decimal] | None)


def a_base_is_abstract(now: datetime, message: Message) -> None:
    StatusEvent(type="x", time=now, to="", description="", message=message)  # type: ignore  # pyrefly: ignore


def by_type(event: Event) -> str:
    if event.type == "message-received":
        assert_type(event, InboundMessageEvent)
        return event.message.from_
    if event.type == "message-failed":
        assert_type(event, MessageFailedEvent)
        assert_type(event.error_code, int | None)
        return event.to
    if event.type == "unknown":
        assert_type(event, UnknownEvent)
        return event.raw_type
    if event.type in ("suggestion-response", "requested-location-response"):
        return event.counterparty
    assert_type(event.to, str)
    return event.to


def by_isinstance(event: Event) -> BaseMessageEvent | None:
    if isinstance(event, MessageFailedEvent):
        assert_type(event.error_code, int | None)
    if isinstance(event, UnknownEvent):
        return None
    return event


def by_match_on_class(event: Event) -> str:
    match event:
        case InboundMessageEvent():
            assert_type(event, InboundMessageEvent)
            return event.message.from_
        case SuggestionResponseEvent():
            assert_type(event.message.suggestion_response, SuggestionResponse | None)
            return event.counterparty
        case LocationResponseEvent():
            assert_type(event.message.location_response, LocationResponse | None)
            return event.counterparty
        case MessageSendingEvent() | MessageSentEvent() | MessageDeliveredEvent():
            return event.to
        case MessageReadEvent():
            assert_type(event.event_time, datetime | None)
            return event.to
        case MessageFailedEvent(error_code=code):
            assert_type(code, int | None)
            return event.to
        case UnknownEvent(raw_type=raw_type):
            assert_type(raw_type, str)
            return raw_type
        case _:
            assert_never(event)


def by_match_on_type(event: Event) -> str:
    match event.type:
        case "message-received":
            assert_type(event, InboundMessageEvent)
            return event.message.from_
        case "suggestion-response":
            assert_type(event, SuggestionResponseEvent)
            return event.to
        case "requested-location-response":
            assert_type(event, LocationResponseEvent)
            return event.to
        case "message-sending" | "message-sent" | "message-delivered":
            return event.to
        case "message-failed":
            assert_type(event, MessageFailedEvent)
            return event.to
        case "message-read":
            assert_type(event, MessageReadEvent)
            return event.to
        case "unknown":
            assert_type(event, UnknownEvent)
            return event.raw_type
        case _:
            assert_never(event.type)


def by_match_on_base(event: Event) -> DeliveryStage | None:
    match event:
        case StatusEvent():
            assert_type(event.stage, DeliveryStage)
            return event.stage
        case InboundEvent():
            assert_type(event.counterparty, str)
            return None
        case UnknownEvent():
            return None
        case _:
            assert_never(event)


def a_missing_class(event: MessageEvent) -> None:
    match event:
        case StatusEvent() | InboundMessageEvent() | LocationResponseEvent():
            pass
        case _:
            assert_never(event)  # type: ignore  # pyrefly: ignore


def a_missing_type(event: Event) -> None:
    match event.type:
        case "message-received" | "suggestion-response" | "requested-location-response":
            pass
        case "message-sending" | "message-sent" | "message-delivered" | "message-failed":
            pass
        case "unknown":
            pass
        case _:
            assert_never(event.type)  # type: ignore  # pyrefly: ignore


def members(event: InboundMessageEvent, delivered: MessageDeliveredEvent) -> None:
    assert_type(event.type, Literal["message-received"])
    assert_type(event.time, datetime)
    assert_type(event.carrier_name, str | None)
    assert_type(event.dedupe_key, str)
    assert_type(event.message.to, tuple[str, ...])
    assert_type(event.message.media, tuple[str, ...])
    assert_type(event.message.text, str | None)
    assert_type(event.message.direction, Literal["in", "out"])
    delivered.error_code  # type: ignore  # pyrefly: ignore


def error_codes(event: MessageFailedEvent) -> None:
    assert_type(event.error, ErrorCode | None)
    assert_type(lookup(4720).retry, Literal["never", "once", "later", "yes", "unknown"])
    assert_type(lookup(4720).name, str | None)
    assert_type(lookup(4720).cause, Cause)
    assert_type(lookup(4720).billable, bool | None)
    assert_type(CATALOGUE[4720], ErrorCode)
    CATALOGUE[4720] = lookup(4001)  # type: ignore  # pyrefly: ignore
    event.error.retry  # type: ignore  # pyrefly: ignore


def media(event: InboundMessageEvent) -> None:
    assert_type(attachments(event.message), tuple[str, ...])
    attachments(event)  # type: ignore  # pyrefly: ignore


def no_stage_on_what_came_in(event: InboundMessageEvent) -> None:
    event.stage  # type: ignore  # pyrefly: ignore


def events_cannot_be_changed(event: InboundMessageEvent) -> None:
    event.to = "+15555550100"  # type: ignore  # pyrefly: ignore
    event.type = "message-received"  # type: ignore  # pyrefly: ignore
    event.message.text = ""  # type: ignore  # pyrefly: ignore
    event.message.to[0] = ""  # type: ignore  # pyrefly: ignore


def construction(now: datetime) -> None:
    message = Message(
        id="3ee4f5a4-2a8c-4f0b-8f5c-3f6f2b9d8f11",
        owner="+15555550100",
        application_id="93de2206-9669-4e07-948d-329f4b722ee2",
        time=now,
        segment_count=1,
        direction="out",
        to=("+15555550199",),
        from_="+15555550100",
        media=("https://cdn.kayaks.example/dock.jpg",),
        priority="high",
        channel="CARRIER-PIGEON",
    )
    MessageFailedEvent(
        type="message-failed",
        time=now,
        to="+15555550199",
        description="rejected-unallocated-to-number",
        message=message,
        error_code=4406,
    )
    UnknownEvent(raw_type="message-sung")
    UnknownEvent()  # type: ignore  # pyrefly: ignore
    MessageFailedEvent(  # type: ignore  # pyrefly: ignore
        type="message-failed", time=now, to="+15555550199", description="ok"
    )
    MessageFailedEvent(
        type="message-delivered",  # type: ignore  # pyrefly: ignore
        time=now,
        to="+15555550199",
        description="ok",
        message=message,
    )


def factories(now: datetime, pair: BasicCredentials) -> None:
    assert_type(inbound_message(text="STOP", to="55501", message_time=now), InboundMessageEvent)
    assert_type(message_failed(error_code=None, tag="4711"), MessageFailedEvent)
    assert_type(message_read(message=message_sent().message), MessageReadEvent)
    assert_type(unknown_event(raw_type="message-sung", pitch=440), UnknownEvent)
    assert_type(
        callback_request(message_sent(), unknown_event(), credentials=pair),
        tuple[dict[str, str], bytes],
    )
    inbound_message(txt="STOP")  # type: ignore  # pyrefly: ignore
    inbound_message("STOP")  # type: ignore  # pyrefly: ignore
    inbound_message(text=b"STOP")  # type: ignore  # pyrefly: ignore
    inbound_message(error_code=4720)  # type: ignore  # pyrefly: ignore
    inbound_message(direction="sideways")  # type: ignore  # pyrefly: ignore
    message_sent(message_to="+15555550199")  # type: ignore  # pyrefly: ignore
    callback_request([message_sent()])  # type: ignore  # pyrefly: ignore


def strategies(history: list[Event], pair: BasicCredentials) -> None:
    stop = inbound_message_events(text=just("STOP"))
    assert_type(stop, SearchStrategy[InboundMessageEvent])
    assert_type(callback_bodies(events=stop), SearchStrategy[bytes])
    assert_type(events(), SearchStrategy[Event])
    assert_type(histories(), SearchStrategy[list[Event]])
    assert_type(redeliveries(history), SearchStrategy[list[bytes]])
    assert_type(authorization_headers(pair), SearchStrategy[str | None])
    inbound_message_events(text="STOP")  # type: ignore  # pyrefly: ignore
    inbound_message_events(txt=just("STOP"))  # type: ignore  # pyrefly: ignore
    redeliveries(histories())  # type: ignore  # pyrefly: ignore


def endpoint(url: str, history: list[Event], pair: BasicCredentials) -> None:
    assert_type(SCENARIOS, tuple[Scenario, ...])
    assert_type(SCENARIOS[0].run(url, pair), ScenarioResult)
    results = check(url, pair, scenarios=SCENARIOS[:2], time_limit=3)
    assert_type(results, tuple[ScenarioResult, ...])
    assert_type([result.passed for result in results], list[bool])
    simulation = simulate(url, history, credentials=pair, handshake="with-body")
    assert_type(simulation, Simulation)
    assert_type([d.attempts for d in simulation.deliveries], list[tuple[Attempt, ...]])
    check(url, "bandwidth:battery staple")  # type: ignore  # pyrefly: ignore
    check(url, pair, scenarios="unknown-type")  # type: ignore  # pyrefly: ignore
    simulate(url, history, credentials=pair, handshake="none")  # type: ignore  # pyrefly: ignore


# Bugs in `docs/mistakes.md` that a type checker finds


def reply(to: InboundMessageEvent) -> str:
    return to.counterparty


def text_taken_for_granted(event: InboundMessageEvent) -> str:
    return event.message.text  # type: ignore  # pyrefly: ignore  # bug 3


def reply_to_itself(event: MessageEvent) -> None:
    reply(event)  # type: ignore  # pyrefly: ignore  # bug 10


def tag_in_the_envelope(event: MessageDeliveredEvent) -> str | None:
    return event.tag  # type: ignore  # pyrefly: ignore  # bug 16


def every_url_at_once(event: MessageSendingEvent) -> bool:
    # Check each URL: only Bandwidth's may receive credentials.
    return is_bandwidth_media(event.message.media)  # type: ignore  # pyrefly: ignore


def file(text: str) -> None:
    del text


def text_of_sms_only(event: InboundMessageEvent) -> None:
    file(event.text)
    file(event.message.text)  # type: ignore  # pyrefly: ignore  # bug 27


def expired_receipt_forgotten(stage: DeliveryStage) -> bool:
    """Whether to send again."""
    match stage:
        case DeliveryStage.FAILED:
            return True
        case DeliveryStage.SENDING | DeliveryStage.SENT:
            return False
        case DeliveryStage.DELIVERED | DeliveryStage.READ:
            return False
        case _:
            assert_never(stage)  # type: ignore  # pyrefly: ignore  # bug 28
