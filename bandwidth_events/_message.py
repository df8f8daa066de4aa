"""The message inside an event."""

from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import AwareDatetime, BeforeValidator, FailFast, Field, JsonValue

from ._model import Model


def _null_as_empty(value: object) -> object:
    return () if value is None else value


def _nullable(schema: dict[str, Any]) -> None:
    """Add null to a JSON schema, because `_null_as_empty` accepts it."""
    schema["anyOf"] = [
        {"type": schema.pop("type"), "items": schema.pop("items")},
        {"type": "null"},
    ]


# `FailFast`, here and in the parser's adapter, protects against attacks: without it, each wrong
# item of a hostile 1 MiB array costs its own error object.
_Strings: TypeAlias = Annotated[tuple[str, ...], FailFast()]
# Not pydantic's URL types, because Bandwidth's own examples contain a literal "{accountId}".
_URI: Final[dict[str, JsonValue]] = {"format": "uri"}
_Urls: TypeAlias = Annotated[
    tuple[Annotated[str, Field(json_schema_extra=_URI)], ...],
    FailFast(),
    BeforeValidator(_null_as_empty),
    Field(json_schema_extra=_nullable),
]


_Priority: TypeAlias = Literal["default", "high"]
_Channel: TypeAlias = Literal["SMS", "MMS", "RBM"]

_MAX_LATITUDE: Final = 90
_MAX_LONGITUDE: Final = 180


# A `repr` masks the fields with `repr=False`: what people write or choose, and where they are.
class MediaFile(Model, frozen=True):
    """A file of a multi-channel message."""

    file_url: str = Field(repr=False, json_schema_extra=_URI)
    """The URL of the file."""

    thumbnail_url: str | None = Field(default=None, repr=False, json_schema_extra=_URI)
    """The URL of a video's thumbnail."""


class Content(Model, frozen=True):
    """The content of a multi-channel message."""

    text: str | None = Field(default=None, repr=False)
    """The text."""

    media: MediaFile | None = None
    """The file."""


class SuggestionResponse(Model, frozen=True):
    """The suggestion that a recipient tapped."""

    text: str | None = Field(default=None, repr=False)
    """The text of the suggestion."""

    postback_data: str | None = Field(default=None, repr=False)
    """The data that you attached to the suggestion, in base64."""

    paired_message_id: str | None = None
    """The id of the message that offered the suggestion."""


class LocationResponse(Model, frozen=True):
    """The place that a recipient shared, as the device sent it: see `coordinates`."""

    latitude: str | None = Field(default=None, repr=False)
    """Degrees north of the equator, in decimal notation."""

    longitude: str | None = Field(default=None, repr=False)
    """Degrees east of Greenwich, in decimal notation."""

    @property
    def coordinates(self) -> tuple[Decimal, Decimal] | None:
        """Latitude and longitude in degrees, or `None` if they are invalid or out of range."""
        try:
            latitude, longitude = Decimal(self.latitude or ""), Decimal(self.longitude or "")
            # Without `abs`, which raises on large exponents.
            is_place = (
                -_MAX_LATITUDE <= latitude <= _MAX_LATITUDE
                and -_MAX_LONGITUDE <= longitude <= _MAX_LONGITUDE
            )
        except InvalidOperation:  # not a number, or NaN
            return None
        return (latitude, longitude) if is_place else None


class Message(Model, frozen=True):
    """The message that an event is about.

    Phone numbers, ids and URLs are plain strings, because Bandwidth's vary: a sender
    can be a short code or a name, an id can be a UUID, and a media URL can contain a
    placeholder. Unknown keys are kept in ``model_extra``.
    """

    id: str
    """The id of the message. It is opaque: its format depends on the direction."""

    owner: str
    """The account's number; some of Bandwidth's events contain the recipient's instead. Use the
    event's `our_number`."""

    application_id: str
    """The Bandwidth application that the number belongs to."""

    time: AwareDatetime
    """When the message was created."""

    segment_count: int
    """The number of segments that Bandwidth bills; 1 for MMS."""

    direction: Literal["in", "out"]
    """The direction, from the account's point of view: in is received, out is sent."""

    to: _Strings
    """Every recipient; a list even for a single one."""

    from_: str
    """The sender: an E.164 number, a short code or a name."""

    text: str | None = Field(default=None, repr=False)
    """The text. Empty on status events, absent on some media messages."""

    tag: str | None = Field(default=None, repr=False)
    """The tag that you set on an outbound message; empty or absent if unset."""

    media: _Urls = Field(default=(), repr=False)
    """The media URLs: Bandwidth's on inbound messages, your own on outbound messages."""

    # Type checkers treat these as `str`; the known values are for editors and the JSON schema.
    priority: _Priority | str | None = None
    """The priority of the message; new values may appear."""

    channel: _Channel | str | None = None
    """The channel of the message; new values may appear."""

    content: Content | None = None
    """The content of an inbound multi-channel message."""

    suggestion_response: SuggestionResponse | None = None
    """The suggestion that the recipient tapped, on a suggestion-response."""

    location_response: LocationResponse | None = None
    """The place that the recipient shared, on a requested-location-response."""

    @property
    def is_group(self) -> bool:
        """Whether the message has several recipients."""
        return len(self.to) > 1
