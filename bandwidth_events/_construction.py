"""Build an event from some of its fields, and derive the others."""

from collections.abc import Container, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from ._events import (
    EVENT_CLASSES,
    BaseMessageEvent,
    InboundEvent,
    InboundMessageEvent,
    LocationResponseEvent,
    MessageDeliveredEvent,
    MessageReadEvent,
    MessageSendingEvent,
    MessageSentEvent,
    SuggestionResponseEvent,
)
from ._message import Message
from ._model import is_set, unknown_keys
from .error_codes import lookup

_EventT = TypeVar("_EventT", bound=BaseMessageEvent)

MESSAGE_KEYWORDS: Final[Mapping[str, str]] = {
    f"message_{name}" if name in BaseMessageEvent.model_fields else name: name
    for name in Message.model_fields
}
"""Maps keywords to the fields of a message. Some keywords have a prefix, because the event has a
field of the same name."""

_TYPES: Final[Mapping[type[BaseMessageEvent], str]] = {
    event_class: type_ for type_, event_class in EVENT_CLASSES.items()
}
_DESCRIPTIONS: Final[Mapping[type[BaseMessageEvent], str]] = {
    InboundMessageEvent: "Incoming message received",
    SuggestionResponseEvent: "Suggestion response received",
    LocationResponseEvent: "Location response received",
    MessageSendingEvent: "Message is sending to carrier",
    MessageSentEvent: "Message has been sent to carrier",
    MessageDeliveredEvent: "ok",
    MessageReadEvent: "Message was read",
}


class Choices:
    """Decide what the given fields leave open. This class makes the simplest choices."""

    def recipient(self, recipients: Sequence[str]) -> str:
        """Choose the recipient that an event is about."""
        return recipients[0]

    def delay(self) -> timedelta:
        """Choose the time from the message to the event."""
        return timedelta()

    def moment_of_reading(self, time: datetime, earliest: datetime) -> datetime | None:
        """Choose when a message was read, between two times; `None` to leave the field out."""
        del earliest
        return time

    def owner(self, event_class: type[BaseMessageEvent], ours: str, theirs: str) -> str:
        """Choose the owner of the message: `ours` is correct, but Bandwidth may send another."""
        del event_class, theirs
        return ours


_PLAINEST: Final = Choices()


def build_event(
    event_class: type[_EventT],
    usual_event: Mapping[str, object],
    usual_message: Mapping[str, object],
    given: Mapping[str, Any],
    choices: Choices = _PLAINEST,
) -> _EventT:
    """Build an event from its fields.

    Args:
        event_class: The class of the event.
        usual_event: Default fields of the event.
        usual_message: Default fields of its message; unused if `given` contains a message.
            Recipients and times that follow from `given` replace the defaults.
        given: Fields of the event and its message, by keyword. `None` leaves a field out.
        choices: Decides what these fields leave open.

    Raises:
        TypeError: A keyword does not exist, or `message` is not a `Message`.
        ValueError: `message_to` is empty, and `to` is missing.
        pydantic.ValidationError: The model rejects a value.
    """
    whole = given.get("message")
    if not isinstance(whole, Message | None):
        raise TypeError("message: expected a Message")
    changes = {name: given[key] for key, name in MESSAGE_KEYWORDS.items() if key in given}
    of_event = {name: value for name, value in given.items() if name not in MESSAGE_KEYWORDS}
    event: dict[str, Any] = {**usual_event, **of_event, "type": _TYPES[event_class]}
    unexpected = of_event.keys() - (event_class.model_fields.keys() - {"type"})
    if unexpected:
        # The model would keep a misspelt keyword as an unknown key, and the user's test would pass.
        raise TypeError(f"unexpected keyword argument: {', '.join(sorted(unexpected))}")

    message = {**_message_fields(whole, usual_message, given, choices), **changes}
    if "to" not in event:
        if not message["to"]:
            raise ValueError("message_to: expected at least one recipient, unless `to` is given")
        event["to"] = choices.recipient(message["to"])
    _set_times(event_class, event, message, choices)
    if "description" not in event:
        event["description"] = _describe(event_class, event.get("error_code"))
    if "owner" not in message:
        ours, theirs = message["from_"], event["to"]
        if issubclass(event_class, InboundEvent):
            ours, theirs = theirs, ours
        message["owner"] = choices.owner(event_class, ours, theirs)
    event["message"] = _present(message, changes)
    made = event_class(**_present(event, given))
    if whole:
        unknown_keys(made.message).update(unknown_keys(whole))
    return made


def _message_fields(
    whole: Message | None,
    usual: Mapping[str, object],
    given: Mapping[str, Any],
    choices: Choices,
) -> dict[str, Any]:
    """Return the fields of the given message, or the defaults adapted to the event."""
    if whole:
        return {name: getattr(whole, name) for name in Message.model_fields if is_set(whole, name)}
    fields = dict(usual)
    if "to" in given:
        fields["to"] = (given["to"],)
    moment = given.get("time") or given.get("event_time")
    if moment:
        fields["time"] = moment - choices.delay()
    return fields


def _set_times(
    event_class: type[BaseMessageEvent],
    event: dict[str, Any],
    message: Mapping[str, Any],
    choices: Choices,
) -> None:
    """Set the time of an event and, for a read event, the time of reading."""
    created = message["time"]
    if "time" not in event:
        event["time"] = event.get("event_time") or (created and created + choices.delay())
    if event_class is MessageReadEvent and "event_time" not in event:
        read = choices.moment_of_reading(event["time"], created)
        event |= {} if read is None else {"event_time": read}


def _describe(event_class: type[BaseMessageEvent], error_code: object) -> str:
    """Describe an event as Bandwidth does. The description of a failure is its code's name."""
    name = lookup(error_code).name if isinstance(error_code, int) else None
    return _DESCRIPTIONS.get(event_class) or name or "unknown-error"


def _present(fields: Mapping[str, object], given: Container[str]) -> dict[str, Any]:
    """Leave out the fields that were given as `None`."""
    return {name: value for name, value in fields.items() if value is not None or name not in given}
