"""Callbacks of some hundred messages as Bandwidth might deliver them, from a seed."""

import gzip
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from random import Random
from typing import TypeAlias

from bandwidth_events import Event, MessageEvent, encode_callback
from bandwidth_events.testing import (
    inbound_message,
    location_response,
    message_delivered,
    message_failed,
    message_read,
    message_sending,
    message_sent,
    suggestion_response,
    unknown_event,
)

_Step: TypeAlias = Callable[..., MessageEvent]

TOO_LARGE = 10**30  # for a column of any database
_NOON = datetime(2026, 7, 6, 12, tzinfo=timezone.utc)
_OURS = ("+15555550100", "+15555550101")
_TEXTS = (
    *("Is the blue kayak still for rent?", "STOP", "stop!", "Start", "UNSTOP", "help", ""),
    *("Grüße, 12 Uhr? 🛶", "nul\0nul", "line\nline", "x" * 5_000, "'; DROP TABLE texts; --"),
)
_CODES = (4406, 4720, 4775, 9902, 5799, None)
_ODD: tuple[tuple[str, object], ...] = (
    *(("tag", 5), ("media", "no array"), ("priority", []), ("channel", 7), ("content", "text")),
)
_DELAY = 60  # places by which a callback comes late, at most


def bodies(number: int, seed: int) -> list[bytes]:
    """Return bodies in the order in which they are sent.

    A tenth is sent twice: in the same bytes or in others, at the same moment or later. One in
    fifty is malformed, and one has an event that no database can store.
    """
    random = Random(seed)
    events = _events(random)
    sent: list[tuple[float, bytes]] = []
    place = 0.0
    while len(sent) < number - 1:
        place += 1
        body = _body(random, events)
        late = place + random.choice([0, 0, 0, random.uniform(0, _DELAY)])
        sent.append((late, body))
        if random.random() < 0.1:
            again = random.choice([body, _rewritten(body)])
            sent.append((late + random.choice([0, random.uniform(0, _DELAY)]), again))
    unstorable = message_failed(id="unstorable", error_code=TOO_LARGE)
    sent[number - 1 :] = [(random.uniform(0, place), encode_callback([unstorable, next(events)]))]
    return [body for _, body in sorted(sent, key=lambda each: each[0])]


def _body(random: Random, events: Iterator[Event]) -> bytes:
    if random.random() < 0.02:
        return _malformed(random, events)
    together = [next(events) for _ in range(random.choice([1, 1, 1, 1, 3]))]
    body = encode_callback(together)
    return _odd(random, body) if random.random() < 0.05 else body


def _events(random: Random) -> Iterator[Event]:
    """Yield what happens to one message after another, without end."""
    number = 0
    while True:
        number += 1
        yield from _lives(random, number, _NOON + timedelta(seconds=number))


def _lives(random: Random, number: int, time: datetime) -> list[Event]:
    people = [f"+1555555{place:04}" for place in random.sample(range(200, 400), 3)]
    ours = random.choice(_OURS)
    kind = random.choice(["text", "text", "out", "out", "out", "rbm", "unknown"])
    if kind == "text":
        text = random.choice(_TEXTS)
        name = f"in-{number}"
        return [inbound_message(id=name, from_=people[0], to=ours, text=text, time=time)]
    if kind == "rbm":
        tapped: list[_Step] = [suggestion_response, location_response]
        return [random.choice(tapped)(id=f"rbm-{number}", from_=people[0], time=time)]
    if kind == "unknown":
        return [unknown_event(raw_type="message-translated", to=people[0], number=number)]
    recipients = tuple(people[: random.choice([1, 1, 3])])
    return [
        event
        for recipient in recipients
        for event in _way(random, f"out-{number}", ours, recipient, recipients, time)
    ]


def _way(  # noqa: PLR0913, PLR0917  # what the events of one recipient share
    random: Random,
    name: str,
    ours: str,
    recipient: str,
    recipients: tuple[str, ...],
    time: datetime,
) -> list[Event]:
    steps: list[_Step] = [
        factory for factory in (message_sending, message_sent) if random.random() < 0.7
    ]
    outcomes: list[list[_Step]] = [
        [message_delivered],
        [message_delivered, message_read],
        [message_failed],
        [],
    ]
    steps += random.choice(outcomes)
    events: list[Event] = []
    for step in steps:
        time += timedelta(seconds=1)
        own = {"error_code": random.choice(_CODES)} if step is message_failed else {}
        events.append(
            step(id=name, from_=ours, to=recipient, message_to=recipients, time=time, **own)
        )
    return events


def _malformed(random: Random, events: Iterator[Event]) -> bytes:
    body = encode_callback([next(events), next(events), next(events)])
    match random.randrange(6):
        case 0:
            return body[: len(body) // 2]
        case 1:
            return gzip.compress(body, mtime=0)
        case 2:
            return b"\xff" + body
        case 3:
            return b" "
        case 4:
            documents = json.loads(body)
            del documents[1]["message"]["segmentCount"]
            return json.dumps(documents).encode()
        case _:
            documents = json.loads(body)
            documents[0]["time"] = "noon"
            return json.dumps(documents).encode()


def _odd(random: Random, body: bytes) -> bytes:
    """Let an optional field have a value that it cannot have."""
    documents = json.loads(body)
    key, value = random.choice(_ODD)
    if isinstance(documents[0].get("message"), dict):
        documents[0]["message"][key] = value
    return json.dumps(documents).encode()


def _rewritten(body: bytes) -> bytes:
    """Write JSON in other bytes, with the keys in another order."""
    try:
        documents = json.loads(body)
    except ValueError:
        return body
    return json.dumps(documents, sort_keys=True, indent=1, ensure_ascii=False).encode()
