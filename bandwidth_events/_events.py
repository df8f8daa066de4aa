"""The events of a callback, as immutable pydantic models."""

from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Literal, TypeAlias, get_args

from pydantic import AfterValidator, AwareDatetime, Field

from ._message import Message, Model

if TYPE_CHECKING:
    from .error_codes import ErrorCode


class BaseMessageEvent(Model, frozen=True):
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
        (`type`, ``message.id``, `to`). Store the key for longer than Bandwidth
        retries (24 hours); its format will not change.
        """
        import json

        # JSON, because plain joining would let two different triples collide.
        return json.dumps([self.type, self.message.id, self.to])


class InboundEvent(BaseMessageEvent, frozen=True):
    """What somebody sent to the account: the base of every inbound event."""

    @property
    def our_number(self) -> str:
        """The account's number that received it; `message.owner` is unreliable."""
        return self.to

    @property
    def counterparty(self) -> str:
        """Who sent it: a number, a short code or a name."""
        return self.message.from_


class InboundMessageEvent(InboundEvent, frozen=True):
    """Somebody sent a message to one of the account's numbers."""

    type: Literal["message-received"] = Field(description="Always message-received.")


class SuggestionResponseEvent(InboundEvent, frozen=True):
    """A recipient of an RBM message tapped a suggestion: see `message.suggestion_response`."""

    type: Literal["suggestion-response"] = Field(description="Always suggestion-response.")


class LocationResponseEvent(InboundEvent, frozen=True):
    """A recipient of an RBM message shared a place: see `message.location_response`."""

    type: Literal["requested-location-response"] = Field(
        description="Always requested-location-response."
    )


class DeliveryStage(IntEnum):
    """How far an outbound message has come on its way to one recipient.

    The status of a message to a recipient is the **maximum** of the stages seen,
    in whatever order and however often their events arrive: Bandwidth promises
    neither order nor uniqueness.
    """

    # With room between: numbers that users have stored must stay when a stage is added.
    SENDING = 10
    SENT = 20
    FAILED = 30
    DELIVERED = 40
    READ = 50

    @property
    def is_final(self) -> bool:
        """Whether Bandwidth has reported an outcome: delivered, or failed.

        A failure may say that the outcome is unknown (code 9902), so delivered
        counts for more.
        """
        return self >= DeliveryStage.FAILED


class StatusEvent(BaseMessageEvent, frozen=True):
    """What became of an outbound message on its way to the recipient in `to`.

    The base of every outbound event. Never reply to one with a message: its
    message is your own, and the reply would cause the next event.
    """

    stage: ClassVar[DeliveryStage]
    """How far the message has come."""

    @property
    def our_number(self) -> str:
        """The account's number that sent it; `message.owner` is unreliable."""
        return self.message.from_

    @property
    def counterparty(self) -> str:
        """The one recipient that this event is about."""
        return self.to


class MessageSendingEvent(StatusEvent, frozen=True):
    """An MMS was handed to the carrier. Bandwidth replaces it by `MessageSentEvent`."""

    type: Literal["message-sending"] = Field(description="Always message-sending.")
    stage = DeliveryStage.SENDING


class MessageSentEvent(StatusEvent, frozen=True):
    """A message left Bandwidth's network."""

    type: Literal["message-sent"] = Field(description="Always message-sent.")
    stage = DeliveryStage.SENT


class MessageDeliveredEvent(StatusEvent, frozen=True):
    """A message reached the recipient. Final."""

    type: Literal["message-delivered"] = Field(description="Always message-delivered.")
    stage = DeliveryStage.DELIVERED


class MessageFailedEvent(StatusEvent, frozen=True):
    """A message did not reach the recipient, as far as anybody knows. Final."""

    type: Literal["message-failed"] = Field(description="Always message-failed.")
    error_code: int | None = Field(default=None, description="Bandwidth's code for the reason.")
    stage = DeliveryStage.FAILED

    @property
    def error(self) -> "ErrorCode | None":
        """What is known about `error_code`; `None` if the event has none."""
        from .error_codes import lookup

        return None if self.error_code is None else lookup(self.error_code)


class MessageReadEvent(StatusEvent, frozen=True):
    """The recipient read an RBM message."""

    type: Literal["message-read"] = Field(description="Always message-read.")
    event_time: AwareDatetime | None = Field(default=None, description="When it was read.")
    stage = DeliveryStage.READ


MessageEvent: TypeAlias = Annotated[
    InboundMessageEvent
    | SuggestionResponseEvent
    | LocationResponseEvent
    | MessageSendingEvent
    | MessageSentEvent
    | MessageDeliveredEvent
    | MessageFailedEvent
    | MessageReadEvent,
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


class UnknownEvent(Model, frozen=True):
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


def _models(base: type[Model]) -> Iterator[type[Model]]:
    for model in base.__subclasses__():
        yield model
        yield from _models(model)


WIRE_NAMES: Final = frozenset(
    field.serialization_alias
    for model in _models(Model)
    for field in model.model_fields.values()
    if field.serialization_alias is not None  # it never is
)
"""Every key that a model knows."""
