"""The identity of events: `dedupe_key`, equality and hashes."""

import copy
import hashlib
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from bodies import TYPES, dump, event, events, unknown_events
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from bandwidth_events import Event, Message, UnknownEvent, parse_callback, testing
from bandwidth_events._identity import canonical


def parse_one(document: dict[str, Any]) -> Event:
    (parsed,) = parse_callback([document])
    return parsed


# `dedupe_key`

# Computed once and then fixed. No later version may change a key, because users store keys.
KEYS: dict[str, tuple[dict[str, Any], str]] = {
    "inbound": (event(), "145cb635ab842c8dfbad28a0b4d7ebe1b076ec6648cbaabbdaf3526cb9aef02a"),
    "delivered": (
        event("message-delivered", to="+15555550199"),
        "a4ffe61bb476284f952d81e6c2693fefaa4ea91230496751abdf265ba56ec375",
    ),
    "failed over SMS": (
        event("message-failed", message__channel="SMS"),
        "a39c302bd3f45de9f49cfb3972aac9e26673d025f0135ff6334e86eef81e702c",
    ),
    "failed over RBM": (
        event("message-failed", message__channel="RBM"),
        "e199f71b69d4257011f7412f8d3c1e9c139c164df9c5b7a19b313a0eac663ebd",
    ),
    "a malformed channel": (
        event("message-failed", message__channel=5),
        "de5b8989cd5863cda99dd5c32435876c15f77fda4770f4812ccc8d10fdc81a1a",
    ),
    "an empty channel": (
        event("message-failed", message__channel=""),
        "ff9673893c36504dca849126897a60b117528623ee257f1f7c36fea20cdd9713",
    ),
    "non-ASCII": (
        event(to="Zoë's 🛶", message__id=","),
        "bfd03c74bc640bfd06b122a71fd39e35babd123d7dbf649939b6edf6773c0458",
    ),
    "unknown": (
        event("message-sung"),
        "d449d33487c89ae281a7b7dcfb6db05f44dd74de5f4ea5a189f3ab1d99431ce5",
    ),
    "unknown, without an id": (
        {"type": "message-sung", "time": "2026-07-06T12:00:00Z", "ü": [1, 0.5, None, "🛶"]},
        "3ccc0f6351fadc1366469db5cdef4bbcd853a26cc0378a26b4d2b92d3d535e74",
    ),
}


@pytest.mark.parametrize("name", KEYS)
def test_a_key_never_changes(name: str) -> None:
    document, expected = KEYS[name]
    assert parse_one(document).dedupe_key == expected


RECIPE = """
WITH event AS (SELECT
    body ->> '$.type' AS type,
    body ->> '$.message.id' AS id,
    body ->> '$.to' AS recipient,
    CASE json_type(body, '$.message.channel') WHEN 'text'
        THEN body ->> '$.message.channel' END AS channel
FROM callback)
SELECT sha256(
    length(CAST(type AS BLOB)) || ':' || type || ','
    || length(CAST(id AS BLOB)) || ':' || id || ','
    || length(CAST(recipient AS BLOB)) || ':' || recipient || ','
    || coalesce(length(CAST(channel AS BLOB)) || ':' || channel || ',', '')
) FROM event
"""


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("name", [name for name in KEYS if name != "unknown, without an id"])
def test_sql_can_compute_the_key(name: str) -> None:
    """SQLite has everything except SHA-256, which PostgreSQL has."""
    document, expected = KEYS[name]
    with closing(sqlite3.connect(":memory:")) as database:
        database.create_function("sha256", 1, sha256)
        database.execute("CREATE TABLE callback (body TEXT)")
        database.execute("INSERT INTO callback VALUES (?)", [json.dumps(document)])
        assert database.execute(RECIPE).fetchone() == (expected,)


def test_the_key_of_an_event_without_an_id_is_the_digest_of_its_canonical_json() -> None:
    document, expected = KEYS["unknown, without an id"]
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    assert text.isascii()
    assert hashlib.sha256(f"{len(text)}:{text},".encode()).hexdigest() == expected


@given(events)
def test_a_key_has_64_hexadecimal_digits(document: dict[str, Any]) -> None:
    key = parse_one(document).dedupe_key
    assert len(key) == 64
    assert set(key) <= set("0123456789abcdef")


def test_redeliveries_in_different_bytes_share_a_key() -> None:
    for type_ in (*TYPES, "message-sung"):
        document = event(type_)
        again = dict(reversed(event(type_, description="OK", carrierName="ACME").items()))
        assert parse_one(document).dedupe_key == parse_one(again).dedupe_key


@given(unknown_events, st.randoms())
def test_key_order_does_not_affect_the_dedupe_key(
    document: dict[str, Any],
    random: Any,  # noqa: ANN401
) -> None:
    members = [*document.items()]
    random.shuffle(members)
    (parsed,) = parse_callback(json.dumps([dict(members)], indent=2))
    assert parsed.dedupe_key == parse_one(document).dedupe_key


_parts = st.text(st.sampled_from('ab",\\ []:1')) | st.text()
_identities = st.tuples(
    st.sampled_from([*TYPES[:2], "message-sung"]), _parts, _parts, st.none() | _parts
)


@given(_identities, _identities)
def test_keys_are_equal_exactly_if_type_id_recipient_and_channel_are_equal(
    first: tuple[str, str, str, str | None], second: tuple[str, str, str, str | None]
) -> None:
    def key(identity: tuple[str, str, str, str | None]) -> str:
        type_, message_id, to, channel = identity
        return parse_one(
            event(type_, message__id=message_id, to=to, message__channel=channel)
        ).dedupe_key

    assert (key(first) == key(second)) == (first == second)


@pytest.mark.parametrize(
    "changes",
    [{"message": ...}, {"message": "text"}, {"message__id": 5}, {"message__id": ...}, {"to": 5}],
    ids=str,
)
def test_the_key_of_an_unknown_event_without_an_id_covers_all_of_its_content(
    changes: dict[str, Any],
) -> None:
    first = parse_one(event("message-sung", **changes))
    other = parse_one(event("message-sung", **changes, pitch=440))
    assert first.dedupe_key != other.dedupe_key
    assert first.dedupe_key != parse_one(event("message-sung")).dedupe_key


def test_an_unknown_event_keeps_its_key_when_a_version_models_its_type() -> None:
    """The test pretends that `message-sent` was unknown once."""
    known = parse_one(event("message-sent", message__channel="RBM"))
    unknown = UnknownEvent.model_construct(
        raw_type="message-sent", **{k: v for k, v in event().items() if k != "type"}
    ).model_copy(update={"message": event(message__channel="RBM")["message"]})
    assert unknown.dedupe_key == known.dedupe_key


def test_keys_are_the_same_in_every_process() -> None:
    code = (
        "import sys; from bandwidth_events import parse_callback;"
        "print([event.dedupe_key for event in parse_callback(sys.stdin.buffer.read())])"
    )
    body = dump([document for document, _ in KEYS.values()])
    done = subprocess.run([sys.executable, "-c", code], input=body, capture_output=True, check=True)
    assert done.stdout.decode().strip() == str([key for _, key in KEYS.values()])


def test_an_event_with_a_lone_surrogate_has_a_key() -> None:
    """Parsed strings have no lone surrogates, but constructed ones can."""
    first, second = (testing.inbound_message(id=each) for each in ("\ud83d", "\ude00"))
    assert first.dedupe_key != second.dedupe_key


def test_an_event_with_a_number_too_large_for_a_float_has_a_key() -> None:
    (infinite, other) = parse_callback(b'[{"type": "x", "a": 1e999}, {"type": "x", "a": -1e999}]')
    assert infinite.dedupe_key != other.dedupe_key


# Equality and hashes


@given(events)
def test_events_compare_by_value(document: dict[str, Any]) -> None:
    first, second = parse_one(document), parse_one(document)
    assert first is not second
    assert first == second
    assert hash(first) == hash(second)
    assert hash(copy.deepcopy(first)) == hash(first)


def test_the_hash_covers_unknown_keys() -> None:
    hashes = {hash(parse_one({"type": "x", "n": n, "m": [{"a": n}]})) for n in range(1000)}
    assert len(hashes) == 1000


def holding(value: object) -> UnknownEvent:
    return UnknownEvent.model_validate({"type": "x", "value": value})


EQUAL: list[tuple[JsonValue, JsonValue]] = [
    (1, 1.0),
    (1, True),
    (0, -0.0),
    (10**22, 1e22),
    ({"a": 1, "b": 2}, {"b": 2.0, "a": True}),
    ([1, [2]], [1.0, [2.0]]),
]


@pytest.mark.parametrize(("first", "second"), EQUAL, ids=str)
def test_equal_events_have_equal_hashes(first: JsonValue, second: JsonValue) -> None:
    one, other = holding(first), holding(second)
    assert one == other
    assert hash(one) == hash(other)


def test_the_same_time_in_another_zone_is_equal() -> None:
    noon = datetime(2026, 7, 6, 12, tzinfo=timezone.utc)
    first = testing.inbound_message(time=noon)
    second = testing.inbound_message(time=noon.astimezone(timezone(timedelta(hours=2))))
    assert first == second
    assert hash(first) == hash(second)


def test_different_times_have_different_hashes() -> None:
    noon = datetime(2026, 7, 6, 12, tzinfo=timezone.utc)
    message = testing.inbound_message().message
    times = [noon + timedelta(microseconds=n) for n in range(300)]
    assert len({hash(message.model_copy(update={"time": time})) for time in times}) == 300


# In each list, all values have the same hash in Python, or would have with a naive implementation.
COLLISIONS: dict[str, list[object]] = {
    "integers": [1 + n * (2**61 - 1) for n in range(300)],
    "floats": [2.0 ** (-1 - 61 * n) for n in range(17)],
    "a number, a string and lists": [
        1,
        "1",
        ["number", "1"],
        ["1"],
        [1],
        "number",
        [["number", 1]],
    ],
    "NaN": [float(text) for text in ["nan"] * 300],  # separate objects
    "empty": [None, {}, [], "", [None], [[]], [{}], {"": None}],
    "nested": [{"a": []}, {"a": {}}, {"a": [[]]}, {"a": "a"}, {"a": ["a"]}],
}


@pytest.mark.parametrize("name", COLLISIONS)
def test_an_attacker_cannot_choose_values_that_share_a_hash(name: str) -> None:
    chosen = COLLISIONS[name]
    assert len({hash(holding(value)) for value in chosen}) == len(chosen)


def test_an_attacker_cannot_choose_fields_that_share_a_hash() -> None:
    message = testing.inbound_message().message
    chosen = [message.model_copy(update={"segment_count": 1 + n * (2**61 - 1)}) for n in range(300)]
    assert len({hash(each) for each in chosen}) == len(chosen)


def test_naive_times_and_values_that_json_lacks_can_be_hashed() -> None:
    naive = datetime(2026, 7, 6)  # noqa: DTZ001  # a naive time on purpose
    assert canonical(naive) is naive
    first = Message.model_construct(time=naive)
    assert hash(first) == hash(Message.model_construct(time=naive))
    assert hash(holding(b"b")) != hash(holding(b"c"))
    with pytest.raises(TypeError, match="unhashable"):
        hash(holding({1, 2}))
