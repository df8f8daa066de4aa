"""A hand-written parser with `json` and dataclasses. It validates only times."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Message:
    """The message that an event is about."""

    id: str
    owner: str
    application_id: str
    time: datetime
    segment_count: int
    direction: str
    to: tuple[str, ...]
    from_: str
    text: str | None
    tag: str | None
    media: tuple[str, ...]
    priority: str | None
    channel: str | None
    content: Mapping[str, Any] | None
    suggestion_response: Mapping[str, Any] | None
    location_response: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Event:
    """An event of any type."""

    type: str
    time: datetime
    to: str
    description: str
    message: Message
    carrier_name: str | None
    error_code: int | None
    event_time: datetime | None


def _time(text: str) -> datetime:
    # In a form that Python 3.10 parses: without "Z" and nanoseconds.
    seconds, _, fraction = text.removesuffix("Z").partition(".")
    return datetime.fromisoformat(f"{seconds}.{fraction[:6]:0<6}+00:00")


def _message(data: Mapping[str, Any]) -> Message:
    return Message(
        data["id"],
        data["owner"],
        data["applicationId"],
        _time(data["time"]),
        data["segmentCount"],
        data["direction"],
        tuple(data["to"]),
        data["from"],
        data.get("text"),
        data.get("tag"),
        tuple(data.get("media") or ()),
        data.get("priority"),
        data.get("channel"),
        data.get("content"),
        data.get("suggestionResponse"),
        data.get("locationResponse"),
    )


def _event(data: Mapping[str, Any]) -> Event:
    event_time = data.get("eventTime")
    return Event(
        data["type"],
        _time(data["time"]),
        data["to"],
        data["description"],
        _message(data["message"]),
        data.get("carrierName"),
        data.get("errorCode"),
        None if event_time is None else _time(event_time),
    )


def parse(body: bytes) -> list[Event]:
    """Parse the body of a callback."""
    return [_event(event) for event in json.loads(body)]
