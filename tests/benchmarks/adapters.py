"""`parse_callback`, and alternatives that use pydantic directly."""

import json
from collections.abc import Sequence
from typing import Annotated, Any, Final

from bodies import TYPES
from pydantic import Discriminator, Tag, TypeAdapter

from bandwidth_events import (
    InboundMessageEvent,
    LocationResponseEvent,
    MessageDeliveredEvent,
    MessageEvent,
    MessageFailedEvent,
    MessageReadEvent,
    MessageSendingEvent,
    MessageSentEvent,
    SuggestionResponseEvent,
    UnknownEvent,
    parse_callback,
)


def parse(body: bytes) -> Sequence[object]:
    """Parse with this library. Only the largest arrays need another `max_bytes`."""
    return parse_callback(body) if len(body) <= 1_048_576 else parse_callback(body, max_bytes=None)


_BARE: Final = TypeAdapter(list[MessageEvent])


def bare(body: bytes) -> Sequence[object]:
    """Parse with pydantic and the same models, without unknown types and limits."""
    return _BARE.validate_json(body)


def loads(body: bytes) -> Sequence[object]:
    """Decode with `json`, and validate the result with pydantic."""
    return _BARE.validate_python(json.loads(body))


def _tag(event: Any) -> str:  # noqa: ANN401  # any JSON
    type_: object = event.get("type") if isinstance(event, dict) else None
    return type_ if isinstance(type_, str) and type_ in TYPES else "unknown"


_CALLABLE: Final = TypeAdapter(
    list[
        Annotated[
            Annotated[InboundMessageEvent, Tag("message-received")]
            | Annotated[SuggestionResponseEvent, Tag("suggestion-response")]
            | Annotated[LocationResponseEvent, Tag("requested-location-response")]
            | Annotated[MessageSendingEvent, Tag("message-sending")]
            | Annotated[MessageSentEvent, Tag("message-sent")]
            | Annotated[MessageDeliveredEvent, Tag("message-delivered")]
            | Annotated[MessageFailedEvent, Tag("message-failed")]
            | Annotated[MessageReadEvent, Tag("message-read")]
            | Annotated[UnknownEvent, Tag("unknown")],
            Discriminator(_tag),
        ]
    ]
)


def callable_discriminator(body: bytes) -> Sequence[object]:
    """Distinguish unknown types with a discriminator function in Python."""
    return _CALLABLE.validate_json(body)
