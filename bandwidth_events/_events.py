"""The events of a callback, as immutable pydantic models."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, ClassVar, Final, Literal, TypeAlias, get_args

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    FailFast,
    Field,
)
from pydantic.alias_generators import to_camel


def _wire_name(name: str) -> str:
    """Give a field's name on the wire: camelCase, without the underscore of ``from_``."""
    # No field has an alias of its own: type checkers would demand, or allow, it as an argument.
    return "type" if name == "raw_type" else to_camel(name.rstrip("_"))


class _Mask(str):
    """Stands in a `repr` for a value that must not be shown."""

    __slots__ = ()

    __repr__ = str.__str__


# The configuration is class keywords, and every model below repeats `frozen`, because that is
# what type checkers read: without it, pyright and ty reject a `Literal` in place of `type: str`.
class _Model(
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
        for name in type(self).model_fields:
            yield name, getattr(self, name)
        # What this version does not know may well hold a text.
        for key, value in (self.model_extra or {}).items():
            yield key, _Mask(f"<{type(value).__name__}>")


def _null_as_empty(value: object) -> object:
    return () if value is None else value


# `FailFast` here and in the parser's adapter is a security matter: without it, each wrong item of
# a hostile 1 MiB array costs an error object of its own.
_Strings: TypeAlias = Annotated[tuple[str, ...], FailFast()]
# Not pydantic's URL types: Bandwidth's own examples contain a literal "{accountId}".
_Urls: TypeAlias = Annotated[
    tuple[Annotated[str, Field(json_schema_extra={"format": "uri"})], ...],
    FailFast(),
    BeforeValidator(_null_as_empty),
]


class Message(_Model, frozen=True):
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
        description="Media URLs; inbound ones need API credentials, outbound ones are your own.",
    )
    # To a type checker these are `str`; the known values are for editors and the JSON schema.
    priority: Literal["default", "high"] | str | None = Field(  # noqa: PYI051
        default=None, description="The priority it was sent with; new values may appear."
    )
    channel: Literal["SMS", "MMS", "RBM"] | str | None = Field(  # noqa: PYI051
        default=None, description="The channel it travelled on; new values may appear."
    )

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        for name, value in super().__repr_args__():
            if name == "text" and value is not None:
                yield name, _Mask(f"<{len(value)} characters>")
            else:
                yield name, value


class BaseMessageEvent(_Model, frozen=True):
    """What all typed events share. Unknown keys are kept in ``model_extra``."""

    type: str = Field(description="The type of the event.")
    time: AwareDatetime = Field(description="When the event happened.")
    to: str = Field(
        description="Status events: the one recipient it is about. Inbound: who received it."
    )
    description: str = Field(description="Prose for people. Never let logic depend on it.")
    message: Message = Field(description="The message that the event is about.")
    carrier_name: str | None = Field(
        default=None, description="The recipient's carrier, if the account has that feature."
    )

    @property
    def dedupe_key(self) -> str:
        """A key that redeliveries of this event share and no other event has.

        Bandwidth delivers at least once, and reports each recipient of a group
        message under one ``message.id``, so an event's identity is
        (`type`, ``message.id``, `to`). Store the key for as long as Bandwidth
        retries (24 hours); its format will not change.
        """
        # JSON, because plain joining would let two different triples collide.
        return json.dumps([self.type, self.message.id, self.to])


class InboundMessageEvent(BaseMessageEvent, frozen=True):
    """Somebody sent a message to one of the account's numbers."""

    type: Literal["message-received"] = Field(description="Always message-received.")


class MessageSendingEvent(BaseMessageEvent, frozen=True):
    """An outbound MMS was handed towards the carrier."""

    type: Literal["message-sending"] = Field(description="Always message-sending.")


class MessageDeliveredEvent(BaseMessageEvent, frozen=True):
    """An outbound message reached the recipient in `to`. Final."""

    type: Literal["message-delivered"] = Field(description="Always message-delivered.")


class MessageFailedEvent(BaseMessageEvent, frozen=True):
    """An outbound message did not reach the recipient in `to`. Final."""

    type: Literal["message-failed"] = Field(description="Always message-failed.")
    error_code: int | None = Field(default=None, description="Bandwidth's code for the reason.")


MessageEvent: TypeAlias = Annotated[
    InboundMessageEvent | MessageSendingEvent | MessageDeliveredEvent | MessageFailedEvent,
    Field(discriminator="type"),
]
"""Every event that this version models, told apart by `type`."""

EVENT_CLASSES: Final[Mapping[str, type[MessageEvent]]] = {
    type_: event_class
    for event_class in get_args(get_args(MessageEvent)[0])
    for type_ in get_args(event_class.model_fields["type"].annotation)
}
"""The class of each modelled type."""


def _refuse_modelled(type_: str) -> str:
    if type_ in EVENT_CLASSES:
        raise ValueError("this type has a class of its own")
    return type_


class UnknownEvent(_Model, frozen=True):
    """An event of a type that this version does not model: acknowledge it, and go on.

    Bandwidth adds types, so this is normal and never an error. Everything but
    the type is in ``model_extra``, as decoded JSON.
    """

    # A value no union member shares is what lets `event.type == "message-received"` narrow.
    type: ClassVar[Literal["unknown"]] = "unknown"
    raw_type: Annotated[str, AfterValidator(_refuse_modelled)] = Field(
        description="The type as Bandwidth sent it."
    )


Event: TypeAlias = Annotated[
    MessageEvent | UnknownEvent,
    Field(union_mode="left_to_right"),
]
"""Whatever a callback can hold."""


def _models(base: type[_Model]) -> Iterator[type[_Model]]:
    for model in base.__subclasses__():
        yield model
        yield from _models(model)


WIRE_NAMES: Final = frozenset(
    field.serialization_alias for model in _models(_Model) for field in model.model_fields.values()
)
"""Every key that a model knows."""
