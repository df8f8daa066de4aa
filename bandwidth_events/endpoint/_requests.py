"""Build the requests of the scenarios."""

import json
from base64 import b64encode
from random import Random
from typing import Any, Final
from uuid import UUID

from bandwidth_events._auth import BasicCredentials
from bandwidth_events._events import EVENT_CLASSES, Event, MessageEvent
from bandwidth_events._parse import encode_callback
from bandwidth_events.testing import (
    EVENT_FACTORIES,
    callback_request,
    inbound_message,
    message_delivered,
    unknown_event,
)

from ._exchange import Framing, Request
from ._scenario import Rounds

BODY_BYTES: Final = 1_048_576
"""The size of the largest body."""

CONCURRENT: Final = 50
_TIMED_ROUNDS: Final = 12


def message_id(random: Random) -> str:
    """Return a new message id, so that the endpoint does not detect a duplicate."""
    return str(UUID(int=random.getrandbits(128), version=4))


def every_event(random: Random) -> list[MessageEvent]:
    """Build one event of every type that this version models."""
    return [
        EVENT_FACTORIES[event_class](id=message_id(random))
        for event_class in EVENT_CLASSES.values()
    ]


def post(  # noqa: PLR0913  # most callers pass one or two
    label: str,
    credentials: BasicCredentials | None,
    *events: Event,
    body: bytes | None = None,
    authorization: str | None = None,
    framing: Framing = "length",
    private: tuple[str, ...] = (),
) -> Request:
    """Build the request that Bandwidth would make; keywords change single parts of it."""
    headers, encoded = callback_request(*events, credentials=credentials)
    if authorization is not None:
        headers["Authorization"] = authorization
    return Request(label, headers, encoded if body is None else body, framing, private)


def rewritten(body: bytes) -> bytes:
    """Write JSON in different bytes, because a redelivery may differ; return other bodies as is."""
    try:
        document = json.loads(body, object_pairs_hook=_reversed)
        return json.dumps(document, indent=1).encode()
    except (ValueError, RecursionError):
        return body


def _reversed(pairs: list[tuple[str, object]]) -> dict[str, object]:
    return dict(reversed(pairs))


def first_without_body(_: BasicCredentials, __: Random) -> Rounds:
    return [[post("no credentials, no body", None, body=b"")]]


def first_with_body(_: BasicCredentials, random: Random) -> Rounds:
    return [[post("no credentials", None, inbound_message(id=message_id(random)))]]


def wrong_username(credentials: BasicCredentials, random: Random) -> Rounds:
    wrong = BasicCredentials(f"{credentials.username}x", credentials.password)
    return [[post("wrong user name", wrong, inbound_message(id=message_id(random)))]]


def wrong_password(credentials: BasicCredentials, random: Random) -> Rounds:
    wrong = BasicCredentials(credentials.username, f"{credentials.password}x")
    return [[post("wrong password", wrong, inbound_message(id=message_id(random)))]]


def colon_in_password(credentials: BasicCredentials, random: Random) -> Rounds:
    """Send wrong passwords that match the right one up to a colon."""
    username, password = credentials.username, credentials.password
    wrong = {"the password with a colon and more appended": f"{password}:x"}
    before, colon, _ = password.partition(":")
    if colon and before:
        wrong["the password up to its colon"] = before
    return [
        [
            post(label, BasicCredentials(username, cut), inbound_message(id=message_id(random)))
            for label, cut in wrong.items()
        ]
    ]


def non_ascii_password(credentials: BasicCredentials, random: Random) -> Rounds:
    wrong = BasicCredentials(credentials.username, f"{credentials.password}ö🛶")
    return [[post("a non-ASCII password", wrong, inbound_message(id=message_id(random)))]]


def hostile_authorization(_: BasicCredentials, random: Random) -> Rounds:
    def basic(decoded: bytes) -> str:
        return f"Basic {b64encode(decoded).decode()}"

    headers = {
        "an empty header": "",
        "only a scheme": "Basic",
        "another scheme": "Bearer abc.def.ghi",
        "not base64": "Basic %%%",
        "truncated base64": "Basic YWJjZ",
        "non-ASCII bytes": "Basic \xff\xfe\xe9",
        "base64 of invalid UTF-8": basic(b"\xff:\xfe"),
        "base64 without a colon": basic(b"nocolon"),
        "base64 of only a colon": basic(b":"),
        "base64 of control characters": basic(b"\x00\r\n:\x00"),
        "4 KiB": basic(b"a:" + b"b" * 3000),
    }
    return [
        [
            post(label, None, inbound_message(id=message_id(random)), authorization=value)
            for label, value in headers.items()
        ]
    ]


def every_type(credentials: BasicCredentials, random: Random) -> Rounds:
    return [[post(event.type, credentials, event) for event in every_event(random)]]


def sparse_event(credentials: BasicCredentials, random: Random) -> Rounds:
    without_text = _wire(random)
    del without_text["message"]["text"]
    from_short_code, from_name = (
        inbound_message(id=message_id(random), from_=sender, text="")
        for sender in ("55512", "KAYAKS")
    )
    return [
        [
            post("no text", credentials, body=_array(without_text)),
            post("an empty text from a short code", credentials, from_short_code),
            post("an empty text from a name", credentials, from_name),
        ]
    ]


def group_message(credentials: BasicCredentials, random: Random) -> Rounds:
    recipients = tuple(f"+155555501{number}" for number in range(97, 100))
    message = message_delivered(id=message_id(random), message_to=recipients).message
    return [
        [post(f"recipient {number}", credentials, message_delivered(message=message, to=recipient))]
        for number, recipient in enumerate(recipients, start=1)
    ]


def unknown_type(credentials: BasicCredentials, random: Random) -> Rounds:
    message = _wire(random)["message"]
    return [
        [
            post("a new type", credentials, unknown_event(message=message)),
            post("a new type without a message", credentials, body=b'[{"type":"account-moved"}]'),
        ]
    ]


def unknown_keys(credentials: BasicCredentials, random: Random) -> Rounds:
    more_keys, new_values = _wire(random), _wire(random)
    more_keys |= {"language": {"from": "en", "confidence": [0.75]}}
    more_keys["message"] |= {"isEncrypted": True, "replyTo": None}
    new_values["message"] |= {"priority": "urgent", "channel": "FAX"}
    return [
        [
            post("new keys", credentials, body=_array(more_keys)),
            post("new values", credentials, body=_array(new_values)),
        ]
    ]


def several_events(credentials: BasicCredentials, random: Random) -> Rounds:
    events = every_event(random)
    return [[post(f"{len(events)} events in one body", credentials, *events)]]


def duplicate(credentials: BasicCredentials, random: Random) -> Rounds:
    """Repeat events in the same bytes and in different bytes, one by one and simultaneously."""
    requests: list[Request] = []
    for event in every_event(random):
        requests += [
            post(event.type, credentials, event),
            post(
                f"{event.type}, in different bytes",
                credentials,
                body=rewritten(encode_callback([event])),
            ),
        ]
    return [[request] for request in requests] + [requests]


def simultaneous_duplicate(credentials: BasicCredentials, random: Random) -> Rounds:
    """Send pairs of events: each type, and ten more texts, because a race needs several tries."""
    more = [inbound_message(id=message_id(random)) for _ in range(10)]
    for event in every_event(random) + more:
        body = encode_callback([event])
        yield [
            post(event.type, credentials, body=body),
            post(f"{event.type}, at the same time", credentials, body=rewritten(body)),
        ]


def control_characters(credentials: BasicCredentials, random: Random) -> Rounds:
    # C0, delete, C1, and the two separators that end a line in JavaScript and Python.
    others = "".join(map(chr, [*range(1, 32), *range(127, 160), 0x2028, 0x2029]))
    texts = {"U+0000": "Is it\0 blue?", "the other control characters": f"Is it{others} blue?"}
    return [
        [
            post(label, credentials, inbound_message(id=message_id(random), text=text))
            for label, text in texts.items()
        ]
    ]


def long_text(credentials: BasicCredentials, random: Random) -> Rounds:
    text = ("Is the blue kayak still for rent? " * 300)[:10_000]
    event = inbound_message(id=message_id(random), text=text, segment_count=66)
    return [[post("a text of 10,000 characters", credentials, event)]]


def chunked_body(credentials: BasicCredentials, random: Random) -> Rounds:
    event = inbound_message(id=message_id(random))
    return [[post("a text in chunks", credentials, event, framing="chunked")]]


def expect_continue(credentials: BasicCredentials, random: Random) -> Rounds:
    event = inbound_message(id=message_id(random))
    return [[post("a text after 100 Continue", credentials, event, framing="expect-continue")]]


def quoted_answer(credentials: BasicCredentials, random: Random) -> Rounds:
    # No string that an answer could contain by chance, and none that JSON or HTML would escape.
    text, password = (f"{random.getrandbits(64):016x}" for _ in range(2))
    number = f"+1555555{random.randrange(200, 10_000):04}"
    event = inbound_message(id=message_id(random), text=text, from_=number)
    (malformed,) = json.loads(encode_callback([event]))
    malformed["message"]["segmentCount"] = text
    whole = encode_callback([event])
    wrong = BasicCredentials(credentials.username, password)
    private = (text, password, number[1:], wrong.authorization.split()[1])
    return [
        [
            post("wrong password", wrong, event, private=private),
            post("half a body", credentials, body=whole[:-9], private=private),
            post("a malformed event", credentials, body=_array(malformed), private=private),
            post("an object", credentials, body=whole[1:-1], private=private),
            post("a new type", credentials, unknown_event(text=text), private=private),
            post("a text", credentials, event, private=private),
        ]
    ]


def malformed_json(credentials: BasicCredentials, random: Random) -> Rounds:
    valid = _array(_wire(random))
    bodies = {
        "half a body": valid[: len(valid) // 2],
        "an empty body": b"",
        "HTML": b"<html></html>",
        "invalid UTF-8": valid.replace(b"kayak", b"kay\xff\xfe"),
        "deep nesting": b"[" * 5_000,
        "a huge number": b"[1" + b"0" * 5_000 + b"]",
        "half an emoji": valid.replace(b"kayak", b"kay\\ud83d"),
    }
    return [[post(label, credentials, body=body) for label, body in bodies.items()]]


def malformed_event(credentials: BasicCredentials, random: Random) -> Rounds:
    no_message, no_object, no_number = _wire(random), _wire(random), _wire(random)
    del no_message["message"]
    no_object["message"] = "hello"
    no_number["message"]["segmentCount"] = "one"
    bodies: dict[str, object] = {
        "an event without a message": [no_message],
        "a message that is a string": [no_object],
        "a count that is a word": [no_number],
        "an event without a type": [{}],
        "null in place of an event": [None],
        "a string in place of the array": "message-received",
        "null in place of the array": None,
    }
    return [
        [
            post(label, credentials, body=json.dumps(document).encode())
            for label, document in bodies.items()
        ]
    ]


def large_body(credentials: BasicCredentials, random: Random) -> Rounds:
    event = _wire(random)
    event["message"]["text"] += "." * (BODY_BYTES - len(_array(event)))
    return [[post("a body of 1 MiB", credentials, body=_array(event))]]


def timed(credentials: BasicCredentials, random: Random) -> Rounds:
    """Send many requests, some with pictures, which slow handlers download before they answer."""
    media = tuple(
        f"https://messaging.bandwidth.com/api/v2/users/5500000/media/{number}/dock.jpg"
        for number in range(10)
    )
    for _ in range(_TIMED_ROUNDS):
        picture = inbound_message(id=message_id(random), media=media)
        yield [
            post("a text with 10 pictures", credentials, picture),
            *(post(event.type, credentials, event) for event in every_event(random)),
        ]


def concurrent(credentials: BasicCredentials, random: Random) -> Rounds:
    return [
        [
            post("a text", credentials, inbound_message(id=message_id(random)))
            for _ in range(CONCURRENT)
        ]
    ]


def _wire(random: Random) -> dict[str, Any]:
    """Build an inbound text as decoded JSON."""
    decoded: list[dict[str, Any]] = json.loads(
        encode_callback([inbound_message(id=message_id(random))])
    )
    return decoded[0]


def _array(event: dict[str, Any]) -> bytes:
    return json.dumps([event]).encode()
