"""The events of a callback, as immutable pydantic models."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    Final,
    Literal,
    TypeAlias,
    cast,
    get_args,
)

from pydantic import AfterValidator, AwareDatetime, Field, model_validator
from typing_extensions import Self

from ._message import Message
from ._model import Model, malformed_places, unknown_keys, wire_names

if TYPE_CHECKING:
    from .error_codes import ErrorCode


def _present(**fields: str | int | None) -> dict[str, str | int]:
    """Leave out absent values."""
    return {name: value for name, value in fields.items() if value is not None}


class BaseMessageEvent(Model, frozen=True):
    """The fields that every typed event has. Unknown keys are kept in ``model_extra``."""

    type: str
    """The type of the event."""

    time: AwareDatetime
    """When the event happened."""

    to: str
    """On status events, the one recipient that the event is about; on inbound events, the
    receiver."""

    description: str
    """A text for people. Never let logic depend on it."""

    message: Message
    """The message that the event is about."""

    carrier_name: str | None = None
    """The recipient's carrier, if the account has that feature."""

    @property
    def raw_type(self) -> str:
        """The type as Bandwidth sent it. Every event has it, `UnknownEvent` included."""
        return self.type

    @property
    def dedupe_key(self) -> str:
        """A key that identifies this event: redeliveries share it, other events do not.

        Bandwidth delivers at least once, and reports each recipient of a group
        message under one ``message.id``. An event's identity is therefore its type,
        its message's id, its recipient and its channel. Store the key for longer than
        Bandwidth retries (24 hours).

        The key has 64 hexadecimal digits and reveals no personal data. It is the SHA-256
        of the netstrings ``<length>:<string>,`` of `raw_type`, ``message.id``, `to`
        and, unless it is absent or malformed, ``message.channel``. Lengths count bytes
        of UTF-8. Later versions will not change the key.
        """
        from ._identity import digest

        return digest(self.type, self.message.id, self.to, self.message.channel)

    @property
    def malformed_fields(self) -> tuple[str, ...]:
        """The optional fields whose values on the wire were malformed.

        Each is a place in the wire's names, such as ``message.tag``. A malformed field counts
        as absent. Its value is in the ``model_extra`` of the model that has the field, under
        the field's name on the wire.
        """
        return tuple(malformed_places(self))

    @property
    @abstractmethod
    def our_number(self) -> str:
        """The account's number. Use it instead of `message.owner`, which is unreliable."""

    @property
    @abstractmethod
    def counterparty(self) -> str:
        """The other party: a number, a short code or a name."""

    def log_fields(self) -> dict[str, str | int]:
        """Return fields for structured logs, without phone numbers or message texts.

        Type, id and channel are as Bandwidth sent them, of any length.

        Returns:
            A flat dictionary with ``type``, ``message_id``, ``segment_count``, ``channel`` and
            ``dedupe_key``; with ``stage`` on status events; and with ``error_code`` and
            ``cause`` on failures. Absent values are left out.
        """
        return _present(
            type=self.type,
            message_id=self.message.id,
            segment_count=self.message.segment_count,
            channel=self.message.channel,
            dedupe_key=self.dedupe_key,
        )


class InboundEvent(BaseMessageEvent, frozen=True):
    """The base class of inbound events: a person sent a message or a response to the account."""

    @property
    def our_number(self) -> str:
        """The account's number that received the message. Use it instead of `message.owner`."""
        return self.to

    @property
    def counterparty(self) -> str:
        """The sender: a number, a short code or a name."""
        return self.message.from_


class InboundMessageEvent(InboundEvent, frozen=True):
    """Somebody sent a message to one of the account's numbers."""

    type: Literal["message-received"]
    """Always message-received."""

    @property
    def text(self) -> str:
        """The text that the person wrote, on any channel. Empty if the message has no text.

        The text of an SMS or MMS is in `message.text`, that of an RBM message in
        `message.content`.
        """
        content = self.message.content
        return self.message.text or (content.text if content else None) or ""

    @property
    def keyword(self) -> Literal["stop", "start", "help"] | None:
        """What the text asks for, if it is a keyword such as STOP: see `keywords.keyword`."""
        from .keywords import keyword

        return keyword(self.text)


class SuggestionResponseEvent(InboundEvent, frozen=True):
    """A recipient of an RBM message tapped a suggestion: see `message.suggestion_response`."""

    type: Literal["suggestion-response"]
    """Always suggestion-response."""


class LocationResponseEvent(InboundEvent, frozen=True):
    """A recipient of an RBM message shared a place: see `message.location_response`."""

    type: Literal["requested-location-response"]
    """Always requested-location-response."""


class DeliveryStage(IntEnum):
    """The progress of an outbound message to one recipient.

    The status of a message to a recipient is the **maximum** of the stages seen.
    The maximum depends neither on the order of the events nor on duplicates, and
    Bandwidth guarantees neither order nor uniqueness.
    """

    # With gaps, because users store the numbers: a new stage must not change them.
    SENDING = 10
    SENT = 20
    UNCONFIRMED = 25
    """Bandwidth stopped waiting for a receipt (error code 9902). The message may have arrived."""

    FAILED = 30
    DELIVERED = 40
    READ = 50

    @property
    def is_final(self) -> bool:
        """Whether Bandwidth has reported an outcome.

        Keep the maximum after a final stage too. Bandwidth does not document whether a
        receipt can follow `UNCONFIRMED`; if one does, `DELIVERED` outranks it.
        """
        return self >= DeliveryStage.UNCONFIRMED


class StatusEvent(BaseMessageEvent, frozen=True):
    """The status of an outbound message to the recipient in `to`.

    The base class of outbound events. Never reply to a status event with a message: its
    message is your own, and the reply would cause the next event.
    """

    @property
    @abstractmethod
    def stage(self) -> DeliveryStage:
        """The progress of the message that this event reports."""

    @property
    def our_number(self) -> str:
        """The account's number that sent the message. Use it instead of `message.owner`."""
        return self.message.from_

    @property
    def counterparty(self) -> str:
        """The one recipient that this event is about."""
        return self.to

    def log_fields(self) -> dict[str, str | int]:
        return {**super().log_fields(), "stage": self.stage.name}


class MessageSendingEvent(StatusEvent, frozen=True):
    """Bandwidth handed an MMS to the carrier. `MessageSentEvent` is replacing this event."""

    type: Literal["message-sending"]
    """Always message-sending."""

    @property
    def stage(self) -> DeliveryStage:
        """Always ``SENDING``."""
        return DeliveryStage.SENDING


class MessageSentEvent(StatusEvent, frozen=True):
    """A message left Bandwidth's network."""

    type: Literal["message-sent"]
    """Always message-sent."""

    @property
    def stage(self) -> DeliveryStage:
        """Always ``SENT``."""
        return DeliveryStage.SENT


class MessageDeliveredEvent(StatusEvent, frozen=True):
    """The recipient's carrier, or the handset, confirmed a message. Final.

    For local numbers, only carriers send receipts; for toll-free numbers and short codes,
    handsets do too.
    """

    type: Literal["message-delivered"]
    """Always message-delivered."""

    @property
    def stage(self) -> DeliveryStage:
        """Always ``DELIVERED``."""
        return DeliveryStage.DELIVERED


class MessageFailedEvent(StatusEvent, frozen=True):
    """A message failed, or its delivery could not be confirmed: see `stage`. Final."""

    type: Literal["message-failed"]
    """Always message-failed."""

    error_code: int | None = None
    """Bandwidth's error code, such as 4720: see `error`."""

    @property
    def stage(self) -> DeliveryStage:
        """``FAILED``, or ``UNCONFIRMED`` for error code 9902."""
        is_unconfirmed = self.error_code == RECEIPT_EXPIRED
        return DeliveryStage.UNCONFIRMED if is_unconfirmed else DeliveryStage.FAILED

    @property
    def error(self) -> "ErrorCode | None":
        """The meaning of `error_code`; `None` if the event has none."""
        from .error_codes import lookup

        return None if self.error_code is None else lookup(self.error_code)

    def log_fields(self) -> dict[str, str | int]:
        fields = super().log_fields()
        if self.error is not None:
            fields |= {"error_code": self.error.code, "cause": self.error.cause}
        return fields


RECEIPT_EXPIRED: Final = 9902


class MessageReadEvent(StatusEvent, frozen=True):
    """The recipient read an RBM message."""

    type: Literal["message-read"]
    """Always message-read."""

    event_time: AwareDatetime | None = None
    """When the recipient read the message."""

    @property
    def stage(self) -> DeliveryStage:
        """Always ``READ``."""
        return DeliveryStage.READ


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
"""Every event that this version models, discriminated by `type`."""

EVENT_CLASSES: Final[Mapping[str, type[MessageEvent]]] = {
    type_: event_class
    for event_class in get_args(get_args(MessageEvent)[0])
    for type_ in get_args(event_class.model_fields["type"].annotation)
}
"""The class of each modelled type."""


def _refuse_modelled(type_: str) -> str:
    if type_ in EVENT_CLASSES:
        raise ValueError("this type has its own class")
    return type_


def _exclude_modelled(schema: dict[str, Any]) -> None:
    schema["not"] = {"enum": list(EVENT_CLASSES)}


class UnknownEvent(Model, frozen=True):
    """An event of a type that this version does not model. Store it and answer 2xx.

    Bandwidth adds types, so an unknown event is normal and never an error. Everything
    except the type is in ``model_extra``, as decoded JSON.
    """

    # No other member of the union has this value, so `event.type == "message-received"` narrows.
    type: ClassVar[Literal["unknown"]] = "unknown"

    raw_type: Annotated[str, AfterValidator(_refuse_modelled)] = Field(
        json_schema_extra=_exclude_modelled
    )
    """The type as Bandwidth sent it."""

    @model_validator(mode="after")
    def _refuse_webrtc(self) -> Self:
        if is_webrtc(unknown_keys(self)):
            raise ValueError("an event of another product")
        return self

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Copy the event without validation, as pydantic does.

        Raises:
            ValueError: `update` contains a field's name on the wire instead of its Python
                name, or the new ``raw_type`` has its own class.
        """
        # In a list, because the caller may pass an unhashable value.
        if (update or {}).get("raw_type") in list(EVENT_CLASSES):
            raise ValueError("raw_type: this type has its own class")
        return super().model_copy(update=update, deep=deep)

    @property
    def dedupe_key(self) -> str:
        """A key that identifies this event: redeliveries share it, other events do not.

        The key is computed like that of a typed event (see `BaseMessageEvent.dedupe_key`), so
        it stays the same when a later version models the type. If ``message.id`` or ``to`` is
        missing or not a string, the key is the SHA-256 of one netstring: the whole event as
        JSON in ASCII, with sorted keys and no white space, as Python's `json.dumps` writes
        it. The order of keys does not matter.
        """
        from ._identity import digest

        message_id, to, channel = self._identity()
        if message_id is not None and to is not None:
            return digest(self.raw_type, message_id, to, channel)
        import json

        document = self.model_dump(mode="json", by_alias=True)
        return digest(json.dumps(document, sort_keys=True, separators=(",", ":")))

    def log_fields(self) -> dict[str, str | int]:
        """Return fields for structured logs, without phone numbers or message texts.

        Type, id and channel are as Bandwidth sent them, of any length.

        Returns:
            A flat dictionary with ``type`` and ``dedupe_key`` and, if the event has them,
            ``message_id`` and ``channel``.
        """
        message_id, _, channel = self._identity()
        return _present(
            type=self.raw_type,
            message_id=message_id,
            channel=channel,
            dedupe_key=self.dedupe_key,
        )

    def _identity(self) -> tuple[str | None, str | None, str | None]:
        """Return the message's id, the recipient and the channel, each if it is a string."""
        extra = unknown_keys(self)
        message: object = extra.get("message")
        # The keys of JSON objects are strings, but type checkers cannot infer that.
        inner = cast("dict[str, object]", message) if isinstance(message, dict) else {}
        found = (inner.get("id"), extra.get("to"), inner.get("channel"))
        message_id, to, channel = (each if isinstance(each, str) else None for each in found)
        return message_id, to, channel


def is_webrtc(event: Mapping[str, object]) -> bool:
    """Check for an event of Bandwidth WebRTC, the only other product whose events have a type."""
    ids = (event.get("endpointId"), event.get("participantId"))
    return "message" not in event and any(isinstance(each, str) for each in ids)


Event: TypeAlias = Annotated[
    MessageEvent | UnknownEvent,
    Field(union_mode="left_to_right"),
]
"""Every event that a callback can contain."""


def wire_keys() -> frozenset[str]:
    """Return every key on the wire that a model has a field for."""
    return frozenset(key for model in _models(Model) for key in wire_names(model))


def _models(base: type[Model]) -> Iterator[type[Model]]:
    for model in base.__subclasses__():
        yield model
        yield from _models(model)
