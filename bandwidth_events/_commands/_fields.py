"""Events as the command line describes them: a type, and fields of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, get_args, get_origin, get_type_hints

from pydantic import BaseModel, TypeAdapter, ValidationError

from bandwidth_events._events import EVENT_CLASSES, Event
from bandwidth_events.testing import EVENT_FACTORIES, EventFields, unknown_event

from ._command import CommandError

_OWN_FIELDS: Final[Mapping[str, dict[str, Any]]] = {
    "message-failed": {"error_code": int},
    "message-read": {"event_time": datetime},
}


def read_fields(type_: str, fields: Sequence[str]) -> dict[str, object]:
    """Read the fields of an event.

    Args:
        type_: Bandwidth's name of its type. Those that this version does not model
            have no fields.
        fields: Each as ``name=value``, in the names of the factories; that of an object
            is JSON, and a list is made of all values of one name.

    Returns:
        Keywords for the factory of the type.

    Raises:
        CommandError: One is no field of it, or its value is not one for it.
    """
    known = get_type_hints(EventFields) | _OWN_FIELDS.get(type_, {})
    given: dict[str, list[str]] = {}
    for field in fields:
        name, equals, text = field.partition("=")
        if not equals:
            raise CommandError("--field: expected NAME=VALUE")
        name = "from_" if name == "from" else name
        if type_ not in EVENT_CLASSES or name not in known:
            raise CommandError(f"--field: {type_} has no field {name}")
        given.setdefault(name, []).append(text)
    return {name: _read(name, known[name], texts) for name, texts in given.items()}


def _read(name: str, hint: Any, texts: list[str]) -> object:  # noqa: ANN401  # a type or a union
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
    """Make an event of a type.

    Args:
        type_: Bandwidth's name of its type.
        fields: Keywords for the factory, from `read_fields`.
        message_id: The `id` of its message, unless there is one among the fields.

    Raises:
        CommandError: The fields do not go together.
    """
    if type_ not in EVENT_CLASSES:
        return unknown_event(raw_type=type_)
    of_message = {} if "message" in fields else {"id": message_id}
    try:
        return EVENT_FACTORIES[EVENT_CLASSES[type_]](**of_message | dict(fields))
    except ValidationError as error:
        raise CommandError(f"--field: {_reason(error)}") from None


def _reason(error: ValidationError) -> str:
    """Tell what is wrong, without the value, which may be out of a real message."""
    (first, *_) = error.errors(include_input=False, include_url=False, include_context=False)
    place = ".".join(map(str, first["loc"]))
    return f"{place}: {first['msg']}" if place else first["msg"]
