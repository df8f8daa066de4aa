"""The requests that the scenarios make."""

import json
from base64 import b64encode
from collections.abc import Iterable
from random import Random
from typing import Any, Final, TypeAlias
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

from ._exchange import Request

Rounds: TypeAlias = Iterable[list[Request]]
"""Requests, of which those in one list are made at the same time."""

BODY_BYTES: Final = 1_048_576
"""The size of the largest body."""

CONCURRENT: Final = 50
_TIMED_ROUNDS: Final = 12


def message_id(random: Random) -> str:
    """Give an id that no message had before, or it would be a duplicate."""
    return str(UUID(int=random.getrandbits(128), version=4))


def every_event(random: Random) -> list[MessageEvent]:
    """Give one event of every type that this version models."""
    return [
        EVENT_FACTORIES[event_class](id=message_id(random))
        for event_class in EVENT_CLASSES.values()
    ]


def post(
    label: str,
    credentials: BasicCredentials | None,
    *events: Event,
    body: bytes | None = None,
    authorization: str | None = None,
) -> Request:
    """Make the request that Bandwidth would, but for what an argument says."""
    headers, encoded = callback_request(*events, credentials=credentials)
    if authorization is not None:
        headers["Authorization"] = authorization
    return Request(label, headers, encoded if body is None else body)


def rewritten(body: bytes) -> bytes:
    """Write a body in other bytes: nothing says that a redelivery has the same."""
    events: list[dict[str, object]] = json.loads(body)
    return json.dumps([dict(reversed(event.items())) for event in events], indent=1).encode()


def first_without_body(_: BasicCredentials, __: Random) -> Rounds:
    return [[post("no credentials, no body", None, body=b"")]]


def first_with_body(_: BasicCredentials, random: Random) -> Rounds:
    return [[post("no credentials", None, inbound_message(id=message_id(random)))]]


def wrong_username(credentials: BasicCredentials, random: Random) -> Rounds:
    wrong = BasicCredentials(f"{credentials.username}x", credentials.password)
    return [[post("another user name", wrong, inbound_message(id=message_id(random)))]]


def wrong_password(credentials: BasicCredentials, random: Random) -> Rounds:
    wrong = BasicCredentials(credentials.username, f"{credentials.password}x")
    return [[post("another password", wrong, inbound_message(id=message_id(random)))]]


def colon_in_password(credentials: BasicCredentials, random: Random) -> Rounds:
    """Give passwords that are right up to a colon, and wrong."""
    username, password = credentials.username, credentials.password
    wrong = {"a password with a colon and more": f"{password}:x"}
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
    return [[post("a password beyond ASCII", wrong, inbound_message(id=message_id(random)))]]


def hostile_authorization(_: BasicCredentials, random: Random) -> Rounds:
    def basic(decoded: bytes) -> str:
        return f"Basic {b64encode(decoded).decode()}"

    headers = {
        "an empty header": "",
        "a scheme alone": "Basic",
        "another scheme": "Bearer abc.def.ghi",
        "not base64": "Basic %%%",
        "base64 cut short": "Basic YWJjZ",
        "bytes beyond ASCII": "Basic \xff\xfe\xe9",
        "base64 of no UTF-8": basic(b"\xff:\xfe"),
        "base64 of no colon": basic(b"nocolon"),
        "base64 of a colon alone": basic(b":"),
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
            post("a short code's empty text", credentials, from_short_code),
            post("a name's empty text", credentials, from_name),
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
            post("keys that are new", credentials, body=_array(more_keys)),
            post("values that are new", credentials, body=_array(new_values)),
        ]
    ]


def several_events(credentials: BasicCredentials, random: Random) -> Rounds:
    events = every_event(random)
    return [[post(f"{len(events)} events in one body", credentials, *events)]]


def duplicate(credentials: BasicCredentials, random: Random) -> Rounds:
    """Repeat events, in the same bytes and in others, later and at the same time."""
    requests: list[Request] = []
    for event in every_event(random):
        requests += [
            post(event.type, credentials, event),
            post(
                f"{event.type}, in other bytes",
                credentials,
                body=rewritten(encode_callback([event])),
            ),
        ]
    return [[request] for request in requests] + [requests]


def malformed_json(credentials: BasicCredentials, random: Random) -> Rounds:
    valid = _array(_wire(random))
    bodies = {
        "half a body": valid[: len(valid) // 2],
        "no body": b"",
        "HTML": b"<html></html>",
        "no UTF-8": valid.replace(b"kayak", b"kay\xff\xfe"),
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
    """Give many requests, with what handlers like to take their time for."""
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
    """Give an inbound text as decoded JSON."""
    decoded: list[dict[str, Any]] = json.loads(
        encode_callback([inbound_message(id=message_id(random))])
    )
    return decoded[0]


def _array(event: dict[str, Any]) -> bytes:
    return json.dumps([event]).encode()
