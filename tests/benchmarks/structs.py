"""The same models for msgspec, which drops unknown keys and rejects unknown types."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta, Struct, field
from msgspec.json import Decoder

Time = Annotated[datetime, Meta(tz=True)]


class _Model(Struct, frozen=True, rename="camel", forbid_unknown_fields=False):
    pass


class MediaFile(_Model, frozen=True):
    """A file of a multi-channel message."""

    file_url: str
    thumbnail_url: str | None = None


class Content(_Model, frozen=True):
    """The content of a multi-channel message."""

    text: str | None = None
    media: MediaFile | None = None


class SuggestionResponse(_Model, frozen=True):
    """The suggestion that a recipient tapped."""

    text: str | None = None
    postback_data: str | None = None
    paired_message_id: str | None = None


class LocationResponse(_Model, frozen=True):
    """The place that a recipient shared."""

    latitude: Decimal | None = None
    longitude: Decimal | None = None


class Message(_Model, frozen=True, kw_only=True):
    """The message that an event is about."""

    id: str
    owner: str
    application_id: str
    time: Time
    segment_count: int
    direction: Literal["in", "out"]
    to: tuple[str, ...]
    from_: str = field(name="from")
    text: str | None = None
    tag: str | None = None
    media: tuple[str, ...] | None = ()
    priority: str | None = None
    channel: str | None = None
    content: Content | None = None
    suggestion_response: SuggestionResponse | None = None
    location_response: LocationResponse | None = None


class BaseMessageEvent(_Model, frozen=True, kw_only=True, tag_field="type"):
    """The base class of all events."""

    time: Time
    to: str
    description: str
    message: Message
    carrier_name: str | None = None


class InboundMessageEvent(BaseMessageEvent, frozen=True, tag="message-received"):
    """Somebody sent a message."""


class SuggestionResponseEvent(BaseMessageEvent, frozen=True, tag="suggestion-response"):
    """A recipient tapped a suggestion."""


class LocationResponseEvent(BaseMessageEvent, frozen=True, tag="requested-location-response"):
    """A recipient shared a place."""


class MessageSendingEvent(BaseMessageEvent, frozen=True, tag="message-sending"):
    """An MMS was handed to the carrier."""


class MessageSentEvent(BaseMessageEvent, frozen=True, tag="message-sent"):
    """A message left Bandwidth's network."""


class MessageDeliveredEvent(BaseMessageEvent, frozen=True, tag="message-delivered"):
    """A message reached the recipient."""


class MessageFailedEvent(BaseMessageEvent, frozen=True, tag="message-failed"):
    """A message did not reach the recipient."""

    error_code: int | None = None


class MessageReadEvent(BaseMessageEvent, frozen=True, tag="message-read"):
    """The recipient read a message."""

    event_time: Time | None = None


Event = (
    InboundMessageEvent
    | SuggestionResponseEvent
    | LocationResponseEvent
    | MessageSendingEvent
    | MessageSentEvent
    | MessageDeliveredEvent
    | MessageFailedEvent
    | MessageReadEvent
)

parse = Decoder(list[Event]).decode
"""Parse the body of a callback."""
