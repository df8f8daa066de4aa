"""Build events from the command line's types and fields."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, get_args, get_origin, get_type_hints

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from bandwidth_events._diagnosis import reason
from bandwidth_events._events import EVENT_CLASSES, BaseMessageEvent, Event
from bandwidth_events.testing import (
    EVENT_FACTORIES,
    EventFields,
    MessageFields,
    inbound_message,
    unknown_event,
)

from ._command import CommandError


def check_types(types: Iterable[str]) -> None:
    """Check that Bandwidth documents every type.

    Raises:
        CommandError: A type is not documented. The message suggests the closest one.
    """
    for type_ in types:
        if type_ not in EVENT_CLASSES:
            close = get_close_matches(type_, EVENT_CLASSES, n=1)
            hint = f"did you mean {close[0]}?" if close else f"expected {', '.join(EVENT_CLASSES)}."
            raise CommandError(
                f"--event: unknown type {type_}; {hint} Add --unknown-type to send it anyway."
            )


def read_fields(type_: str, fields: Sequence[str]) -> dict[str, object]:
    """Read the fields of an event.

    Args:
        type_: Bandwidth's name of the type. Unknown types have no fields.
        fields: Each as ``name=value``. The name is that on the wire, such as ``errorCode``,
            ``from`` or ``message.time``, or a keyword of the factories. An object's value is
            JSON. A repeated name builds a list.

    Returns:
        Keywords for the factory of the type.

    Raises:
        CommandError: The event has no such field, or a value is invalid.
    """
    known = get_type_hints(EventFields)
    if type_ in EVENT_CLASSES:
        own = EVENT_CLASSES[type_].model_fields.keys() - BaseMessageEvent.model_fields
        hints = get_type_hints(EVENT_CLASSES[type_])
        known |= {name: hints[name] for name in own}
    keywords = {name: keyword for keyword in known for name in _names(keyword)}
    given: dict[str, list[str]] = {}
    for field in fields:
        name, equals, text = field.partition("=")
        if not equals:
            raise CommandError("--field: expected NAME=VALUE")
        if type_ not in EVENT_CLASSES:
            raise CommandError(f"--field: {type_} is an unknown type, which has no fields")
        if name not in keywords:
            names = ", ".join(sorted(_names(keyword)[0] for keyword in known))
            raise CommandError(f"--field: {type_} has no field {name}; it has {names}")
        given.setdefault(keywords[name], []).append(text)
    return {keyword: _read(keyword, known[keyword], texts) for keyword, texts in given.items()}


def _names(keyword: str) -> tuple[str, ...]:
    """Return the names that `--field` accepts for a keyword; the first is the wire's."""
    wire = to_camel(keyword.rstrip("_"))
    if keyword not in MessageFields.__annotations__:
        return wire, keyword
    of_message = "message." + to_camel(keyword.removeprefix("message_").rstrip("_"))
    if keyword.startswith("message_"):  # the event has a field of this name too
        return of_message, keyword
    return wire, of_message, keyword


def _read(keyword: str, hint: Any, texts: list[str]) -> object:  # noqa: ANN401  # a type or a union
    name = _names(keyword)[0]
    adapter: TypeAdapter[object] = TypeAdapter(hint)
    is_list = get_origin(hint) is tuple
    if len(texts) > 1 and not is_list:
        raise CommandError(f"--field: {name} is given twice")
    is_object = any(
        isinstance(member, type) and issubclass(member, BaseModel)
        for member in (hint, *get_args(hint))
    )
    try:
        if is_object:
            return adapter.validate_json(texts[0])
        return adapter.validate_python(texts if is_list else texts[0])
    except ValidationError as error:
        raise CommandError(f"--field: {name}: {_reason(error)}") from None


def make_event(type_: str, fields: Mapping[str, object], message_id: str) -> Event:
    """Build an event of a type.

    Args:
        type_: Bandwidth's name of the type.
        fields: Keywords for the factory, from `read_fields`.
        message_id: The `id` of its message, unless the fields have one.

    Raises:
        CommandError: The fields contradict each other.
    """
    if type_ not in EVENT_CLASSES:
        message = inbound_message(id=message_id).message
        return unknown_event(
            raw_type=type_, message=message.model_dump(mode="json", exclude_unset=True)
        )
    of_message = {} if "message" in fields else {"id": message_id}
    try:
        return EVENT_FACTORIES[EVENT_CLASSES[type_]](**of_message | dict(fields))
    except ValidationError as error:
        raise CommandError(f"--field: {_reason(error)}") from None


def _reason(error: ValidationError) -> str:
    """Return the reason without the value, because the value may come from a real message."""
    (first, *_) = error.errors(include_input=False, include_url=False)
    _, text = reason(first)
    return ": ".join(filter(None, [".".join(map(str, first["loc"])), text]))
