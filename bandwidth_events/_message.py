"""The message inside an event, and what all models share."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import AwareDatetime, BaseModel, BeforeValidator, FailFast, Field, JsonValue
from pydantic.alias_generators import to_camel


def _wire_name(name: str) -> str:
    """Give a field's name on the wire: camelCase, without the underscore of ``from_``."""
    # No field has an alias of its own: type checkers would demand, or allow, it as an argument.
    return "type" if name == "raw_type" else to_camel(name.rstrip("_"))


# Fields whose values no `repr` shows: what somebody wrote, and where somebody is.
_PRIVATE: Final = frozenset({"text", "postback_data", "latitude", "longitude"})


class _Mask(str):
    """Stands in a `repr` for a value that must not be shown."""

    __slots__ = ()

    __repr__ = str.__str__


# The configuration is class keywords, and every model below repeats `frozen`, because that is
# what type checkers read: without it, pyright and ty reject a `Literal` in place of `type: str`.
class Model(
    BaseModel,
    frozen=True,
    extra="allow",
    validate_by_name=True,
    validate_by_alias=True,
    serialize_by_alias=True,
    alias_generator=_wire_name,
    ser_json_inf_nan="constants",  # 1e999 is valid JSON; the default would write it as null
):
    """What the models share: immutable, tolerant of what is unknown, discreet."""

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        for name, value in self.__dict__.items():
            if name in _PRIVATE and value is not None:
                yield name, _Mask(f"<{len(str(value))} characters>")
            else:
                yield name, value
        # What this version does not know may well be private too. Its key may be any text, and
        # must forge neither a field nor a line of a log.
        for key, value in (self.model_extra or {}).items():
            yield repr(key), _Mask(f"<{type(value).__name__}>")


def _null_as_empty(value: object) -> object:
    return () if value is None else value


# `FailFast` here and in the parser's adapter is a security matter: without it, each wrong item of
# a hostile 1 MiB array costs an error object of its own.
_Strings: TypeAlias = Annotated[tuple[str, ...], FailFast()]
# Not pydantic's URL types: Bandwidth's own examples contain a literal "{accountId}".
_URI: Final[dict[str, JsonValue]] = {"format": "uri"}
_Urls: TypeAlias = Annotated[
    tuple[Annotated[str, Field(json_schema_extra=_URI)], ...],
    FailFast(),
    BeforeValidator(_null_as_empty),
]


class MediaFile(Model, frozen=True):
    """A file of a multi-channel message."""

    file_url: str = Field(description="Where the file is.", json_schema_extra=_URI)
    thumbnail_url: str | None = Field(
        default=None, description="Where a small picture of a video is.", json_schema_extra=_URI
    )


class Content(Model, frozen=True):
    """What a multi-channel message holds."""

    text: str | None = Field(default=None, description="The text.")
    media: MediaFile | None = Field(default=None, description="The file.")


class SuggestionResponse(Model, frozen=True):
    """The suggestion that a recipient tapped."""

    text: str | None = Field(default=None, description="The text of the suggestion.")
    postback_data: str | None = Field(
        default=None, description="Your own data for this suggestion, in base64."
    )
    paired_message_id: str | None = Field(
        default=None, description="The id of the message that offered the suggestion."
    )


class LocationResponse(Model, frozen=True):
    """The place that a recipient shared.

    Decimals, because the wire has strings: these keep every digit.
    """

    latitude: Decimal | None = Field(default=None, description="Degrees north of the equator.")
    longitude: Decimal | None = Field(default=None, description="Degrees east of Greenwich.")


class Message(Model, frozen=True):
    """The message that an event is about.

    Phone numbers, ids and URLs are plain strings, because the wire's are: a
    sender may be a short code or a name, an id may be a UUID, a media URL may
    hold a placeholder. Unknown keys are kept in ``model_extra``.
    """

    id: str = Field(description="Identifies the message. Opaque: its shape differs by direction.")
    owner: str = Field(description="The account's number. Unreliable on delivered events.")
    application_id: str = Field(description="The Bandwidth application the number belongs to.")
    time: AwareDatetime = Field(description="When the message was created.")
    segment_count: int = Field(description="Number of segments it is billed as; 1 for MMS.")
    direction: Literal["in", "out"] = Field(
        description="Seen from the account: in is received, out is sent."
    )
    to: _Strings = Field(description="Every recipient, as a list even for one.")
    from_: str = Field(description="Sender: an E.164 number, a short code or a name.")
    text: str | None = Field(
        default=None, description="The text. Empty on status events, absent on some media messages."
    )
    tag: str | None = Field(
        default=None, description="Your own tag of an outbound message; empty or absent if unset."
    )
    media: _Urls = Field(
        default=(),
        description="Media URLs: Bandwidth's if it is inbound, those you sent if it is outbound.",
    )
    # To a type checker these are `str`; the known values are for editors and the JSON schema.
    priority: Literal["default", "high"] | str | None = Field(  # noqa: PYI051
        default=None, description="The priority it was sent with; new values may appear."
    )
    channel: Literal["SMS", "MMS", "RBM"] | str | None = Field(  # noqa: PYI051
        default=None, description="The channel it travelled on; new values may appear."
    )
    content: Content | None = Field(
        default=None, description="What was sent, on inbound messages of a multi-channel sender."
    )
    suggestion_response: SuggestionResponse | None = Field(
        default=None, description="The suggestion that was tapped, on a suggestion-response."
    )
    location_response: LocationResponse | None = Field(
        default=None, description="The place that was shared, on a requested-location-response."
    )

    @property
    def is_group(self) -> bool:
        """Whether it has several recipients."""
        return len(self.to) > 1
