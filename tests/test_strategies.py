"""The strategies are sound, and reach everything that Bandwidth can send."""

import datetime as dt
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from itertools import combinations, islice
from typing import Any, TypeVar, get_type_hints
from unicodedata import bidirectional, category, combining
from warnings import catch_warnings, filterwarnings

import pytest
from hypothesis import Phase, find, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import SearchStrategy
from hypothesis.vendor.pretty import pretty
from pages import DERANDOMISED
from pydantic import BaseModel
from test_auth import ACCENTED

import bandwidth_events
from bandwidth_events import (
    BaseMessageEvent,
    BasicAuthError,
    CallbackParseError,
    Content,
    DeliveryStage,
    Event,
    InboundEvent,
    InboundMessageEvent,
    LocationResponse,
    MediaFile,
    Message,
    MessageDeliveredEvent,
    MessageFailedEvent,
    MessageReadEvent,
    StatusEvent,
    SuggestionResponse,
    UnknownEvent,
    encode_callback,
    parse_callback,
    strategies,
    testing,
    verify_basic_auth,
)
from bandwidth_events._events import EVENT_CLASSES
from bandwidth_events._model import Model, unknown_keys
from bandwidth_events.keywords import WORDS, keyword
from bandwidth_events.media import attachments
from bandwidth_events.strategies._bodies import ODD, STYLES, Style
from bandwidth_events.strategies._events import EVENT_STRATEGIES
from bandwidth_events.strategies._values import KEYWORDS, NO_KEYWORDS, TIMES

_T = TypeVar("_T")
MEDIA_HOST = "messaging.bandwidth.com"

# Soundness


def test_every_class_of_event_has_a_strategy() -> None:
    assert set(EVENT_STRATEGIES) == {*EVENT_CLASSES.values(), UnknownEvent}


@pytest.mark.parametrize("event_class", EVENT_STRATEGIES, ids=lambda c: c.__name__)
@given(data=st.data())
def test_an_event_survives_encoding(event_class: type[Event], data: st.DataObject) -> None:
    event = data.draw(EVENT_STRATEGIES[event_class])
    assert type(event) is event_class
    assert parse_callback(encode_callback([event])) == [event]


@given(strategies.events())
def test_the_recipient_of_an_event_is_a_recipient_of_its_message(event: Event) -> None:
    if isinstance(event, BaseMessageEvent):  # pragma: no branch  # nearly always
        fits_its_message(event)


def fits_its_message(event: BaseMessageEvent) -> None:
    message = event.message
    assert event.to in message.to
    assert message.time <= moment_of_reading(event) <= event.time
    if isinstance(event, InboundEvent):
        assert message.direction == "in"
        assert message.owner in {event.our_number, event.counterparty}
    else:
        assert message.direction == "out"
        assert not message.text
        mislabelled = event.type == "message-delivered" and message.owner == event.to
        assert mislabelled or message.owner == message.from_


def moment_of_reading(event: BaseMessageEvent) -> datetime:
    """Return the event's time of reading, or its time if it has none."""
    return (isinstance(event, MessageReadEvent) and event.event_time) or event.time


@given(STYLES, st.lists(strategies.events(), min_size=1, max_size=4))
def test_a_body_contains_the_events_that_it_was_written_from(
    style: Style, events: list[Event]
) -> None:
    """The style does not change the meaning of the events."""
    assert without_malformed(parse_callback(style.write(events))) == events


def without_malformed(events: list[Event]) -> list[Event]:
    """Remove the malformed values of optional fields."""
    for event in events:
        for place in event.malformed_fields if isinstance(event, BaseMessageEvent) else ():
            assert isinstance(event, BaseMessageEvent)
            *parents, key = place.split(".")
            model: Model = event.message if parents else event
            del unknown_keys(model)[key]
    return events


@given(st.data())
def test_a_generated_body_contains_the_drawn_events(data: st.DataObject) -> None:
    drawn: list[Event] = []

    def note(event: Event) -> Event:
        drawn.append(event)
        return event

    body = data.draw(strategies.callback_bodies(events=strategies.events().map(note)))
    assert without_malformed(parse_callback(body)) == drawn != []


@given(STYLES, TIMES)
def test_written_times_have_zero_three_six_or_nine_digits(style: Style, time: datetime) -> None:
    written = style.document(testing.inbound_message(time=time))["time"]
    assert re.fullmatch(r"[\d-]+T[\d:]{8}(\.\d{3}|\.\d{6}|\.\d{9})?Z", written)


@given(strategies.malformed_bodies())
def test_a_malformed_body_raises(body: bytes) -> None:
    with pytest.raises(CallbackParseError) as raised:
        parse_callback(body)
    assert raised.value.status_code == 400


@given(strategies.histories())
def test_a_history_is_in_causal_order(history: list[Event]) -> None:
    known = [event for event in history if isinstance(event, BaseMessageEvent)]
    assert known == history != []
    assert len({event.dedupe_key for event in known}) == len(known)
    times = [event.time for event in known]
    assert times == sorted(times)
    lives: dict[tuple[str, str], list[StatusEvent]] = {}
    sent: dict[str, Message] = {}
    for event in known:
        fits_its_message(event)
        assert event.time - event.message.time <= timedelta(hours=73)
        if isinstance(event, StatusEvent):
            lives.setdefault((event.message.id, event.to), []).append(event)
            message = event.message.model_copy(update={"owner": event.our_number})
            assert message == sent.setdefault(message.id, message)
    for life in lives.values():
        stages = [event.stage for event in life]
        assert stages == sorted(set(stages))
        assert life[-2:][0].time <= moment_of_reading(life[-1])
        types = {event.type for event in life}
        assert not {"message-delivered", "message-failed"} <= types
        assert "message-read" not in types or "message-delivered" in types
        assert "message-sending" not in types or life[0].message.media


@given(strategies.histories())
def test_inbound_events_have_distinct_message_ids(history: list[Event]) -> None:
    ids = [event.message.id for event in history if isinstance(event, InboundEvent)]
    assert len(set(ids)) == len(ids)


@given(
    st.lists(strategies.events(), min_size=1, max_size=3).flatmap(
        lambda events: st.tuples(st.just(events), strategies.redeliveries(events))
    )
)
def test_every_event_is_delivered(example: tuple[list[Event], list[bytes]]) -> None:
    events, bodies = example
    arrived = [e for body in bodies for e in without_malformed(parse_callback(body))]
    assert all(event in arrived for event in events)
    assert all(event in events or isinstance(event, UnknownEvent) for event in arrived)


def test_without_events_there_are_no_bodies() -> None:
    assert find(strategies.redeliveries([]), lambda _: True, settings=BOUNDED) == []


@given(strategies.authorization_headers(ACCENTED))
def test_a_generated_header_can_be_sent_by_a_client(header: str | None) -> None:
    if header is not None:
        assert header == header.encode("iso-8859-1").decode("iso-8859-1").strip(" \t")
        assert not re.search(r"[\x00-\x1f\x7f]", header)


# Reach


def events_of(body: bytes) -> list[dict[str, Any]]:
    document: Any = json.loads(body)
    events: list[dict[str, Any]] = [document] if isinstance(document, dict) else document
    return events


def messages_of(body: bytes) -> list[dict[str, Any]]:
    messages = [event.get("message") for event in events_of(body)]
    # The message of an unknown event can be anything, or contain anything.
    return [message for message in messages if isinstance(message, dict) and "owner" in message]


def in_text(pattern: str) -> Callable[[bytes], bool]:
    return lambda body: re.search(pattern, body.decode(), re.DOTALL) is not None


def in_events(key: str, *values: object) -> Callable[[bytes], bool]:
    return lambda body: any(e.get(key, "absent") in values for e in events_of(body))


def in_message(key: str, *values: object) -> Callable[[bytes], bool]:
    return lambda body: any(m.get(key, "absent") in values for m in messages_of(body))


def in_addresses(pattern: str) -> Callable[[bytes], bool]:
    return lambda body: any(re.fullmatch(pattern, m.get("from", "")) for m in messages_of(body))


def in_media(pattern: str) -> Callable[[bytes], bool]:
    return lambda body: any(
        re.fullmatch(pattern, str(url)) for m in messages_of(body) for url in m.get("media") or ()
    )


BODIES: dict[str, Callable[[bytes], bool]] = {
    "a bare object": in_text(r"^\s*\{"),
    "several events": lambda body: len(events_of(body)) > 1,
    "another order of keys": lambda body: next(iter(events_of(body)[0])) != "type",
    "white space": in_text(r"^\[\n"),
    "escaped characters": in_text(r"\\u[0-9a-f]{4}"),
    "raw characters": in_text(r"[^\x00-\x7f]"),
    "escaped slashes": in_text(r"\\/"),
    "no digits": in_text(r'T\d\d:\d\d:\d\dZ"'),
    "3 digits": in_text(r'\.\d{3}Z"'),
    "6 digits": in_text(r'\.\d{6}Z"'),
    "9 digits": in_text(r'\.\d{9}Z"'),
    "text absent": in_message("text", "absent"),
    "text empty": in_message("text", ""),
    "text null": in_message("text", None),
    "tag absent": in_message("tag", "absent"),
    "tag empty": in_message("tag", ""),
    "media absent": in_message("media", "absent"),
    "media empty": in_message("media", []),
    "media null": in_message("media", None),
    "an unknown key": lambda body: any("region" in event for event in events_of(body)),
    "an unknown key of a message": lambda body: any("sentiment" in m for m in messages_of(body)),
    "an unknown channel": in_message("channel", "RCS"),
    "an unknown priority": in_message("priority", "urgent"),
    "a renamed type": in_text('"request-location-response"'),
    "an E.164 number": in_addresses(r"\+1919555\d{4}"),
    "a short code": in_addresses(r"\d{5,6}"),
    "a name": in_addresses(r"[A-Za-z].*"),
    "a large group": lambda body: any(len(m.get("to", ())) > 10 for m in messages_of(body)),
    "the recipient as owner": lambda body: any(
        m["direction"] == "out" and m["owner"] != m["from"] for m in messages_of(body)
    ),
    "no carrier": in_events("carrierName", None),
    "a time of reading": lambda body: any("eventTime" in event for event in events_of(body)),
    "no time of reading": lambda body: any(
        event["type"] == "message-read" and "eventTime" not in event for event in events_of(body)
    ),
    "a layout": in_media(rf"https://{MEDIA_HOST}/.*\.smil"),
    "a layout in XML": in_media(rf"https://{MEDIA_HOST}/.*\.xml"),
    "a literal {accountId}": in_media(r".*/\{accountId\}/.*"),
    "a file name with path traversal": in_media(r".*/\.\.%2F.*"),
    "a foreign host": in_media(r"https://cdn\.kayaks\.example/.*"),
    "Bandwidth's host with a suffix": in_media(rf"https://{MEDIA_HOST}\.kayaks\.example/.*"),
    "Bandwidth's host with a dash instead of a dot": in_media(
        r"https://messaging-bandwidth\.com/.*"
    ),
    "another host that ends like Bandwidth's": in_media(r"https://kayaks-bandwidth\.com/.*"),
    "a user that looks like Bandwidth's host": in_media(rf"https://{MEDIA_HOST}@.*"),
    "a port of Bandwidth's host": in_media(rf"https://{MEDIA_HOST}:8443/.*"),
    "Bandwidth's host without encryption": in_media(rf"http://{MEDIA_HOST}/.*"),
    "a path that looks like Bandwidth's host": in_media(rf"https://[^/]*/{MEDIA_HOST}/.*"),
    "a query that looks like Bandwidth's host": in_media(rf"https://[^/]*\?{MEDIA_HOST}/.*"),
    "content": lambda body: any(m.get("content") for m in messages_of(body)),
    "a thumbnail": in_text('"thumbnailUrl"'),
}

# The first example is enough; it need not be shrunk.
BOUNDED = settings(DERANDOMISED, max_examples=1_000, phases={Phase.generate})
LIMIT = 100  # runs
CALLBACK_BODIES = strategies.callback_bodies()
HISTORIES = strategies.histories()
DELIVERIES = strategies.deliveries()


@cache
def run_of(strategy: SearchStrategy[_T], number: int) -> list[_T]:
    """Generate a hundred examples from a seed."""
    examples: list[_T] = []

    @seed(number)
    @settings(DERANDOMISED, max_examples=100, phases={Phase.generate})
    @given(strategy)
    def keep(example: _T) -> None:
        examples.append(example)

    with catch_warnings():
        filterwarnings("ignore", message="Generating overly large repr")
        keep()
    return examples


def reached(
    strategy: SearchStrategy[_T], conditions: Mapping[str, Callable[[_T], bool]]
) -> set[str]:
    """Return the conditions that an example meets, in at most `LIMIT` runs.

    The runs are short, because the examples of one run are similar.
    """
    missing = set(conditions)
    for number in range(LIMIT):
        for example in run_of(strategy, number):
            missing.difference_update([name for name in missing if conditions[name](example)])
        if not missing:
            break
    return set(conditions) - missing


@pytest.fixture(scope="module")
def reached_bodies() -> set[str]:
    return reached(CALLBACK_BODIES, BODIES)


@pytest.mark.parametrize("quirk", BODIES)
def test_every_quirk_of_bodies_is_generated(quirk: str, reached_bodies: set[str]) -> None:
    assert quirk in reached_bodies


def in_error(pattern: str) -> Callable[[bytes], bool]:
    return lambda body: re.search(pattern, str(error_of(body))) is not None


def error_of(body: bytes) -> CallbackParseError:
    with pytest.raises(CallbackParseError) as raised:
        parse_callback(body)
    return raised.value


DEFECTS: dict[str, Callable[[bytes], bool]] = {
    "nothing": lambda body: body == b"",
    "not an array of events": lambda body: body == b"null",
    "a field is missing": in_error("required, but missing"),
    "a field is null": lambda body: bool(
        re.search(rb'"(owner|from|to|id|applicationId|description)": ?null', body)
    ),
    "a field has the wrong type": in_error("message.id: expected a string"),
    "a number is a string": in_error("segmentCount: expected an integer"),
    "a time has no time zone": in_error("time: expected an offset"),
    "an unknown direction": in_error("direction: "),
    "truncated text": in_error("truncated"),
    "not UTF-8": in_error("not UTF-8"),
    "UTF-16": lambda body: body[:2] == b"\xff\xfe",
    "two bodies": in_error("trailing characters"),
    "a trailing comma": in_error("trailing comma"),
    "single quotation marks": lambda body: body.startswith(b"[{'"),
    "encoded twice": lambda body: body.startswith(b'"'),
    "an extra array": lambda body: body.startswith(b"[["),
    "well-formed events too": lambda body: len(error_of(body).events) > 0,
}


TEXTS: dict[str, Callable[[InboundMessageEvent], bool]] = {
    "an emoji": lambda event: max(event.text, default="") > "\uffff",
    "right to left": lambda event: "\u05e7" in event.text,
    "a lone combining mark": lambda event: event.text[:1] == "\u0301",
    "GSM-7": lambda event: not set("ΔΦΓΛΩΠΨΣΘΞ").isdisjoint(event.text),
    "10,000 characters": lambda event: len(event.text) == 10_000,
}


def test_every_quirk_of_texts_is_generated() -> None:
    assert reached(strategies.inbound_message_events(), TEXTS) == set(TEXTS)


def test_a_failure_without_a_code_is_generated() -> None:
    without: dict[str, Callable[[MessageFailedEvent], bool]] = {
        "no code": lambda event: event.error_code is None
    }
    assert reached(strategies.message_failed_events(), without) == set(without)


@pytest.fixture(scope="module")
def reached_defects() -> set[str]:
    return reached(strategies.malformed_bodies(), DEFECTS)


@pytest.mark.parametrize("defect", DEFECTS)
def test_every_defect_of_malformed_bodies_is_generated(
    defect: str, reached_defects: set[str]
) -> None:
    assert defect in reached_defects


HEADERS: dict[str, Callable[[str | None], bool]] = {
    "accepted": lambda header: outcome(header) == "accepted",
    "accepted with another spelling of Basic": lambda header: (
        outcome(header) == "accepted" and not str(header).startswith("Basic ")
    ),
    "missing": lambda header: header is None,
    "malformed": lambda header: outcome(header) == "malformed",
    "rejected": lambda header: outcome(header) == "rejected",
    "not ASCII": lambda header: not str(header).isascii(),
    "another scheme": lambda header: str(header).startswith("Bearer "),
    "too long": lambda header: len(str(header)) > 8192,
}


def outcome(header: str | None) -> str:
    try:
        verify_basic_auth(header, ACCENTED)
    except BasicAuthError as error:
        return error.reason
    return "accepted"


@pytest.fixture(scope="module")
def reached_headers() -> set[str]:
    return reached(strategies.authorization_headers(ACCENTED), HEADERS)


@pytest.mark.parametrize("kind", HEADERS)
def test_every_kind_of_header_is_generated(kind: str, reached_headers: set[str]) -> None:
    assert kind in reached_headers


def known(bodies: list[bytes]) -> list[Event]:
    return [e for body in bodies for e in parse_callback(body) if not isinstance(e, UnknownEvent)]


def of_each_message(history: list[Event]) -> Iterable[list[BaseMessageEvent]]:
    """Group events by message."""
    found: dict[str, list[BaseMessageEvent]] = {}
    for event in history:
        assert isinstance(event, BaseMessageEvent)
        found.setdefault(event.message.id, []).append(event)
    return found.values()


LIVES: dict[str, Callable[[list[Event], list[bytes]], bool]] = {
    "neither delivered nor failed": lambda history, _: (
        {e.type for e in history} == {"message-sent"}
    ),
    "delivered": lambda history, _: any(e.type == "message-delivered" for e in history),
    "failed": lambda history, _: any(e.type == "message-failed" for e in history),
    "delivered to only one of a group": lambda history, _: any(
        {MessageDeliveredEvent, MessageFailedEvent} <= set(map(type, events))
        for events in of_each_message(history)
    ),
    "delivered to a whole group": lambda history, _: any(
        {e.to for e in events if isinstance(e, MessageDeliveredEvent)} == set(events[0].message.to)
        and len(events[0].message.to) > 1
        for events in of_each_message(history)
    ),
    "a group with two of our numbers": lambda history, _: any(
        isinstance(first, InboundEvent)
        and isinstance(second, InboundEvent)
        and first.to != second.to
        and first.message.model_copy(update={"id": "", "owner": ""})
        == second.message.model_copy(update={"id": "", "owner": ""})
        for first, second in combinations(history, 2)
    ),
    "read": lambda history, _: any(e.type == "message-read" for e in history),
    "a carrier": lambda history, _: any(
        isinstance(e, BaseMessageEvent) and e.carrier_name for e in history
    ),
    "sending": lambda history, _: any(e.type == "message-sending" for e in history),
    "a suggestion": lambda history, _: any(e.type == "suggestion-response" for e in history),
    "a location": lambda history, _: any(e.type == "requested-location-response" for e in history),
    "the same bytes again": lambda _, bodies: len(set(bodies)) < len(bodies),
    "an event in different bytes": lambda history, bodies: (
        len(known(bodies)) > len(history) and len(set(bodies)) == len(bodies)
    ),
    "another order": lambda history, bodies: known(bodies) == history[::-1] != history,
    "several events in one": lambda _, bodies: any(len(parse_callback(b)) > 1 for b in bodies),
    "an unknown type": lambda _, bodies: any(
        isinstance(event, UnknownEvent) for body in bodies for event in parse_callback(body)
    ),
}


@pytest.fixture(scope="module")
def reached_lives() -> set[str]:
    def of_delivery(
        shows: Callable[[list[Event], list[bytes]], bool],
    ) -> Callable[[strategies.Delivery], bool]:
        return lambda delivery: shows(delivery.history, delivery.bodies)

    return reached(DELIVERIES, {kind: of_delivery(shows) for kind, shows in LIVES.items()})


@pytest.mark.parametrize("kind", LIVES)
def test_every_kind_of_delivery_is_generated(kind: str, reached_lives: set[str]) -> None:
    assert kind in reached_lives


def test_the_search_for_quirks_can_fail() -> None:
    conditions: dict[str, Callable[[int], bool]] = {
        "met": lambda n: n > 1,
        "unmet": lambda n: n > 3,
    }
    assert reached(st.integers(0, 3), conditions) == {"met"}


# How often a hundred examples contain a condition


RUNS = 10


def most_runs_have(strategy: SearchStrategy[_T], shows: Callable[[_T], bool]) -> bool:
    """Check whether an example meets a condition in more than half of the runs."""
    runs = (run_of(strategy, number) for number in range(RUNS))
    having = (run for run in runs if any(map(shows, run)))
    return len(list(islice(having, RUNS // 2 + 1))) > RUNS // 2


def in_history(condition: Callable[[Event], bool]) -> Callable[[list[Event]], bool]:
    return lambda history: any(map(condition, history))


def in_inbound_text(condition: Callable[[str], bool]) -> Callable[[list[Event]], bool]:
    return in_history(lambda e: isinstance(e, InboundMessageEvent) and condition(e.text))


def longer_than(length: int) -> Callable[[str], bool]:
    return lambda text: len(text) > length


COMMON: dict[str, Callable[[list[Event]], bool]] = {
    "U+0000": in_inbound_text(lambda text: "\0" in text),
    "another control character": in_inbound_text(
        lambda text: any(category(c) == "Cc" and c not in "\0\n\r" for c in text)
    ),
    **{
        f"more than {length} characters": in_inbound_text(longer_than(length))
        for length in (160, 1600, 2048)
    },
    "right to left": in_inbound_text(lambda text: any(bidirectional(c) == "R" for c in text)),
    "a combining character": in_inbound_text(lambda text: any(map(combining, text))),
    "joined emoji": in_inbound_text(lambda text: "🏽\u200d" in text),
    "a keyword": in_inbound_text(lambda text: keyword(text) is not None),
    "a keyword in lower case": in_inbound_text(
        lambda text: keyword(text) is not None and text.islower()
    ),
    "a keyword with punctuation": in_inbound_text(
        lambda text: keyword(text) is not None and not text.replace(" ", "").isalpha()
    ),
    "an RBM text": in_history(
        lambda e: isinstance(e, InboundMessageEvent) and bool(e.text) and not e.message.text
    ),
    "three attachments": in_history(
        lambda e: isinstance(e, InboundEvent) and len(attachments(e.message)) > 2
    ),
    "an expired receipt": lambda history: any(map(is_expired, history)),
    "each opt-out code": lambda history: any(
        isinstance(e, MessageFailedEvent) and e.error_code == 4475 for e in history
    ),
    "a wrong owner": in_history(
        lambda e: isinstance(e, InboundEvent) and e.message.owner != e.our_number
    ),
}


@pytest.mark.parametrize("kind", COMMON)
def test_most_runs_of_a_hundred_histories_contain(kind: str) -> None:
    assert most_runs_have(HISTORIES, COMMON[kind])


def receipt_comes_first(delivery: strategies.Delivery) -> bool:
    """Check for a callback about a message before the API's answer with its id."""
    named: set[str] = set()
    for step in delivery.steps:
        if isinstance(step, Message):
            named.add(step.id)
        elif any(isinstance(e, StatusEvent) and e.message.id not in named for e in known([step])):
            return True
    return False


def test_most_runs_of_a_hundred_deliveries_contain_an_early_receipt() -> None:
    assert most_runs_have(DELIVERIES, receipt_comes_first)


def has_malformed_field(body: bytes) -> bool:
    return any(e.malformed_fields for e in known([body]))  # type: ignore[union-attr]


def test_most_runs_of_a_hundred_bodies_contain_a_malformed_optional_value() -> None:
    assert most_runs_have(CALLBACK_BODIES, has_malformed_field)


def has_malformed(place: str) -> Callable[[bytes], bool]:
    return lambda body: any(place in e.malformed_fields for e in known([body]))  # type: ignore[union-attr]


@pytest.fixture(scope="module")
def reached_places() -> set[str]:
    # Also events that lack their own fields.
    events = st.one_of(
        strategies.events(),
        strategies.message_failed_events(error_code=st.none()),
        strategies.message_read_events(event_time=st.none()),
    )
    bodies = strategies.callback_bodies(events=events)
    return reached(bodies, {place: has_malformed(place) for place in ODD})


@pytest.mark.parametrize("place", ODD)
def test_every_optional_field_can_have_a_malformed_value(
    place: str, reached_places: set[str]
) -> None:
    assert place in reached_places


def test_every_generated_spelling_of_a_keyword_is_recognised() -> None:
    assert set(map(keyword, KEYWORDS)) == {"stop", "start", "help"}
    assert {" ".join(text.casefold().split()) for text in KEYWORDS} >= set(WORDS)
    assert set(map(keyword, NO_KEYWORDS)) == {None}


def delivered_after_failing(history: list[Event]) -> bool:
    return any(
        isinstance(first, MessageFailedEvent)
        and isinstance(second, MessageDeliveredEvent)
        and (first.message.id, first.to) == (second.message.id, second.to)
        for first, second in combinations(history, 2)
    )


@given(strategies.histories())
def test_nothing_is_delivered_after_it_failed(history: list[Event]) -> None:
    """According to the contract, each message is either delivered or fails."""
    assert not delivered_after_failing(history)


def test_a_receipt_can_follow_error_code_9902_if_requested() -> None:
    late = strategies.histories(late_receipts=True)
    assert reached(late, {"late": delivered_after_failing}) == {"late"}


@given(strategies.histories(late_receipts=True))
def test_a_receipt_can_follow_only_error_code_9902(history: list[Event]) -> None:
    assert not delivered_after_failing([event for event in history if not is_expired(event)])


def is_expired(event: Event) -> bool:
    return isinstance(event, StatusEvent) and event.stage is DeliveryStage.UNCONFIRMED


@given(
    strategies.deliveries(
        our_numbers=st.just("+15555550100"),
        counterparties=st.sampled_from(["+15555550198", "+15555550199"]),
        application_ids=st.just("kayaks"),
    )
)
def test_a_delivery_has_the_given_numbers(delivery: strategies.Delivery) -> None:
    for event in delivery.history:
        assert isinstance(event, BaseMessageEvent)
        assert event.our_number == "+15555550100"
        assert event.counterparty in {"+15555550198", "+15555550199"}
        assert event.message.application_id == "kayaks"


@given(strategies.deliveries())
def test_every_outbound_message_is_accepted_once(delivery: strategies.Delivery) -> None:
    messages = [step for step in delivery.steps if isinstance(step, Message)]
    assert sorted(message.id for message in messages) == sorted(
        {event.message.id for event in delivery.history if isinstance(event, StatusEvent)}
    )
    assert all(message.owner == message.from_ for message in messages)
    assert delivery.bodies == [step for step in delivery.steps if not isinstance(step, Message)]


@given(strategies.outages())
def test_an_outage_fails_the_statements_in_its_repr(outage: strategies.Outage) -> None:
    failing = [number for number in range(1, 50) if outage.next_fails()]
    assert repr(outage) == f"Outage({failing})"
    assert set(failing) == outage.failing
    assert 1 <= len(failing) <= 4
    assert outage.statements == 49


def test_an_outage_can_hit_any_early_statement() -> None:
    for number in (1, 2, 5, 20, 40):
        find(strategies.outages(), hits(number), settings=BOUNDED)


def hits(number: int) -> Callable[[strategies.Outage], bool]:
    return lambda outage: number in outage.failing


# What a user sees


@given(strategies.events())
def test_hypothesis_prints_an_event_as_code(event: Event) -> None:
    assert eval(pretty(event), vars(bandwidth_events) | {"datetime": dt}) == event  # noqa: S307  # the library's own output


def test_importing_the_strategies_registers_only_this_librarys_types() -> None:
    report = (
        "import pydantic, hypothesis.strategies as st\n"
        "before = repr(st.from_type(pydantic.AwareDatetime))\n"
        "import bandwidth_events.strategies\n"
        "assert repr(st.from_type(pydantic.AwareDatetime)) == before, before\n"
    )
    subprocess.run([sys.executable, "-c", report], check=True)


@pytest.mark.parametrize("name", [name for name in strategies.__all__ if name.islower()])
def test_the_repr_of_a_strategy_shows_its_call(name: str) -> None:
    arguments: dict[str, tuple[object, ...]] = {
        "authorization_headers": (ACCENTED,),
        "redeliveries": ([],),
    }
    strategy = getattr(strategies, name)(*arguments.get(name, ()))
    assert repr(strategy).startswith(f"{name}(")


@pytest.mark.parametrize(
    ("of_strategies", "of_values"),
    [
        (strategies.MessageStrategies, testing.MessageFields),
        (strategies.EventStrategies, testing.EventFields),
    ],
)
def test_strategies_take_the_keywords_of_the_factories(
    of_strategies: type, of_values: type
) -> None:
    hints = get_type_hints(of_strategies)
    assert hints.keys() == get_type_hints(of_values).keys()
    assert all(hint.__origin__ is SearchStrategy for hint in hints.values())


TEXT = st.just("STOP")
SENT = strategies.messages(text=TEXT, direction=st.just("out"))
TO = st.just("+15555550123")
MOMENT = testing.inbound_message().time


@given(strategies.inbound_message_events(text=TEXT, to=TO, time=st.just(MOMENT)))
def test_a_field_can_be_given_a_strategy(event: Event) -> None:
    assert isinstance(event, InboundEvent)
    assert (event.message.text, event.to, event.time) == ("STOP", "+15555550123", MOMENT)
    assert event.message.to == ("+15555550123",)
    assert event.message.time <= MOMENT


@given(strategies.message_read_events(time=st.just(MOMENT), event_time=st.none()))
def test_a_field_of_one_class_can_be_given_a_strategy(event: MessageReadEvent) -> None:
    assert (event.time, event.event_time) == (MOMENT, None)


@given(strategies.message_sent_events(message=SENT, tag=st.just("1")))
def test_a_given_message_can_be_changed(event: Event) -> None:
    assert isinstance(event, StatusEvent)
    assert (event.message.text, event.message.tag) == ("STOP", "1")


@given(strategies.messages(direction=st.just("out"), owner=st.just("55501")))
def test_messages_accepts_strategies(message: Message) -> None:
    assert (message.direction, message.owner) == ("out", "55501")


@pytest.mark.parametrize(
    ("strategy", "name"),
    [
        (strategies.messages, "text"),
        (strategies.message_sent_events, "to"),
        (strategies.message_failed_events, "error_code"),
        (strategies.message_read_events, "event_time"),
        (strategies.unknown_events, "raw_type"),
    ],
)
def test_a_value_instead_of_a_strategy_raises(
    strategy: Callable[..., SearchStrategy[object]], name: str
) -> None:
    message = rf"^{name}: expected a strategy, such as {name}=st\.just\(\.\.\.\)"
    with pytest.raises(InvalidArgument, match=message):
        strategy(**{name: None})


@pytest.mark.parametrize(
    "events", [strategies.histories(), [strategies.events()], testing.inbound_message(), [b"[]"]]
)
def test_redeliveries_of_anything_except_events_raises(events: Any) -> None:  # noqa: ANN401  # wrong on purpose
    with pytest.raises(InvalidArgument, match=r"^events: expected the events of a drawn history"):
        strategies.redeliveries(events)


AWARE = r"expected times with a time zone, such as {}=st\.datetimes\(timezones="


def of_any(value: Any) -> SearchStrategy[Any]:  # noqa: ANN401  # wrong on purpose
    """Build a strategy without a static type."""
    return st.just(value)


WRONG: list[tuple[SearchStrategy[Any], str]] = [
    (
        strategies.inbound_message_events(time=st.datetimes()),
        "^time: " + AWARE.format("time"),
    ),
    (
        strategies.messages(message_time=st.datetimes()),
        "^message_time: " + AWARE.format("message_time"),
    ),
    (
        strategies.message_read_events(event_time=st.datetimes()),
        "^event_time: " + AWARE.format("event_time"),
    ),
    (
        strategies.message_sent_events(message_to=st.just(())),
        "^message_to: expected at least one recipient",
    ),
    (
        strategies.inbound_message_events(direction=st.just("out")),
        "^direction: expected the direction in, to match the event",
    ),
    (
        strategies.message_sent_events(message=strategies.messages(direction=st.just("in"))),
        "^message: expected the direction out, to match the event",
    ),
    (strategies.message_sent_events(to=of_any(1)), "^to: Input should be a valid string"),
    (strategies.message_sent_events(tag=of_any(1)), "^tag: Input should be a valid string"),
    (
        strategies.message_sent_events(message_to=of_any("+15555550100")),
        "^message_to: Input should be a valid tuple",
    ),
]


@pytest.mark.parametrize(("strategy", "message"), WRONG, ids=lambda each: str(each)[:40])
def test_a_value_that_no_event_can_have_raises(
    strategy: SearchStrategy[object], message: str
) -> None:
    with pytest.raises(InvalidArgument, match=message):
        find(strategy, bool, settings=BOUNDED)


def test_a_flag_must_be_a_boolean() -> None:
    with pytest.raises(InvalidArgument, match=r"^late_receipts: expected True or False$"):
        strategies.deliveries(late_receipts=st.booleans())  # type: ignore[arg-type]


def test_headers_need_exactly_one_pair_of_credentials() -> None:
    pairs: Any = [ACCENTED, ACCENTED]  # wrong on purpose, as `verify_basic_auth` takes several
    with pytest.raises(InvalidArgument, match=r"^credentials: expected a BasicCredentials"):
        strategies.authorization_headers(pairs)


def test_a_misspelt_keyword_raises() -> None:
    for strategy in (strategies.messages, strategies.inbound_message_events):
        with pytest.raises(TypeError, match=r"unexpected keyword argument: txt"):
            strategy(txt=TEXT)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    "model",
    [
        *EVENT_STRATEGIES,
        BaseMessageEvent,
        InboundEvent,
        StatusEvent,
        Message,
        Content,
        MediaFile,
        SuggestionResponse,
        LocationResponse,
    ],
    ids=lambda model: model.__name__,
)
def test_from_type_resolves_every_model(model: type[BaseModel]) -> None:
    assert isinstance(find(st.from_type(model), lambda _: True, settings=BOUNDED), model)


def test_from_type_resolves_the_union() -> None:
    union: Any = Event
    found = find(st.from_type(union), lambda e: e.type == "message-sent", settings=BOUNDED)
    assert isinstance(found, StatusEvent)
