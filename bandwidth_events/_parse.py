"""Parse the body of a callback into events, and encode events as a body."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Final, TypeAlias, cast, get_args

from pydantic import VERSION, FailFast, JsonValue, TypeAdapter, ValidationError
from typing_extensions import TypeIs

from ._errors import CallbackParseError, EventError, without_trail
from ._events import EVENT_CLASSES, BaseMessageEvent, Event, UnknownEvent
from ._model import Model, unknown_keys, wire_names

_MAX_MALFORMED: Final = 100
# When pydantic validates JSON text, it copies the whole event into the error of each missing field:
# seconds, and hundreds of mebibytes, for one event of 1 MiB. Decoded events are not copied.
_MAX_FAST_BYTES: Final = (
    # When these versions of pydantic validate JSON text, they lose an unknown key that equals the
    # Python name of a field. With decoded JSON, they keep it.
    -1 if VERSION.startswith("2.13.") or VERSION in {"2.14.0", "2.14.1"} else 65_536
)

# Built once, because building costs a hundred times as much as parsing. `FailFast`: see `_message`.
# Call the validator directly, because the extra call of `TypeAdapter.validate_json` takes a
# twentieth of the time.
_EVENTS: Final = TypeAdapter[list[Event]](Annotated[list[Event], FailFast()]).validator
_validate_json: Final[Callable[[bytes], list[Event]]] = _EVENTS.validate_json
_validate_python: Final[Callable[[object], list[Event]]] = _EVENTS.validate_python


def parse_callback(
    body: str | bytes | bytearray | memoryview | Sequence[object] | Mapping[str, object],
    *,
    max_bytes: int | None = 1_048_576,
) -> list[Event]:
    """Parse the body of a messaging callback into events.

    Call `verify_basic_auth` first. Without credentials, a request may come from anybody,
    and the body of Bandwidth's own first request may be empty.

    Args:
        body: The raw request body, or the array or object that it decodes to. Prefer
            the raw body. Bandwidth sends an array of events; a single object, as mock
            servers send it, counts as an array of one. A string is always parsed as JSON
            text. The body is untrusted.
        max_bytes: The maximum size of `bytes` or `str`, in bytes of UTF-8. Decoded JSON
            has no maximum size. Pass `None` only for a trusted body, such as your own
            capture: it lifts every limit of this library. Two limits of the JSON parser
            remain: 200 levels of nesting, and 4,300 digits in an integer.

    Returns:
        The events in the order of the body; an empty list for an empty array. An event
        of a type that this version does not model becomes an `UnknownEvent`. Unknown keys
        and new values are kept. An optional field with a malformed value counts as
        absent, and the event lists it in ``malformed_fields``. Times keep microseconds.
        Lone surrogates become U+FFFD. Pydantic converts compatible values: a number in a
        string becomes a number.

    Raises:
        CallbackParseError: The body is too large (more than `max_bytes`, 10,000 events,
            or 100,000 arrays and objects), is not JSON, or contains a malformed event.
            The error's `events` are the ones that parsed. Parsing stops at the hundredth
            malformed event.
        TypeError: `body` is neither text, nor bytes, nor a decoded array or object.
    """
    if isinstance(body, bytes):
        size = len(body)
        if size <= _MAX_FAST_BYTES and (max_bytes is None or size <= max_bytes):
            try:
                return _validate_json(body)
            except ValidationError:
                pass  # Raise later: an error that is chained to this one could leak the body.
    try:
        return _parse_carefully(body, max_bytes)
    except (CallbackParseError, TypeError) as error:
        raise without_trail(error) from None


def encode_callback(events: Iterable[Event]) -> bytes:
    """Encode events as the body of a callback, the inverse of `parse_callback`.

    Args:
        events: Events of any kind. Keys that were absent on the wire stay absent.

    Returns:
        A JSON array in UTF-8, which `parse_callback` parses to equal events. As in
        Python's `json`, a number too large for a float becomes ``Infinity``. ``NaN``
        is kept, but is not equal to itself.

    Raises:
        TypeError: An item is not an event.
        pydantic_core.PydanticSerializationError: An event was constructed with a
            value that JSON cannot represent. Parsed events never contain one.
    """
    events = tuple(events)  # outside `try`, so that errors of the caller's iterator pass through
    try:
        return f"[{','.join(map(_encode, events))}]".encode()
    except (TypeError, ValueError) as error:
        raise without_trail(error) from None


def _encode(event: object) -> str:
    if not isinstance(event, (BaseMessageEvent, UnknownEvent)):
        raise TypeError(f"expected an iterable of events, found {type(event).__name__} in it")
    return event.model_dump_json(exclude_unset=True)


def _parse_carefully(
    body: str | bytes | bytearray | memoryview | Sequence[object] | Mapping[str, object],
    max_bytes: int | None,
) -> list[Event]:
    """Parse a body that is large, not `bytes`, or malformed."""
    from ._body import decode, read

    data = read(body, max_bytes)
    if data is not body and len(data) <= _MAX_FAST_BYTES:
        try:
            return _validate_json(data)
        except ValidationError:
            pass
    limited = max_bytes is not None
    items = decode(data, limited=limited)
    if len(data) > _MAX_FAST_BYTES:
        try:
            # One call for all events, because one call for each is slower by a fifth.
            return _validate_python(items)
        except ValidationError:
            pass
    return _parse_one_by_one(items, limited=limited)


def _parse_one_by_one(items: Iterable[JsonValue], *, limited: bool) -> list[Event]:
    """Parse each event separately, to find the malformed ones and keep the others."""
    events: list[Event] = []
    malformed: list[list[EventError]] = []
    for index, item in enumerate(items):
        parsed = _parse_event(item, index)
        if not isinstance(parsed, list):
            events.append(parsed)
            continue
        malformed.append(parsed)
        if limited and len(malformed) == _MAX_MALFORMED:
            break
    if malformed:
        raise CallbackParseError([error for each in malformed for error in each], events=events)
    return events


_Place: TypeAlias = tuple[str, ...]


def _parse_event(item: JsonValue, index: int) -> Event | list[EventError]:
    """Parse one event without its malformed optional fields, or explain why parsing failed."""
    from ._diagnosis import explain, product

    if not isinstance(item, dict):
        return [EventError(index, None, "", "expected an object", "wrong-type")]
    type_ = item.get("type")
    event_type = type_ if isinstance(type_, str) and type_ in EVENT_CLASSES else None
    event_class = UnknownEvent if event_type is None else EVENT_CLASSES[event_type]
    left_out: dict[_Place, JsonValue] = {}
    while True:
        try:
            event = event_class.model_validate(item)
            break
        except ValidationError as error:
            details = error.errors(include_url=False, include_input=False)
        located = [(detail, *_locate(event_class, detail["loc"])) for detail in details]
        required = [(detail, place) for detail, place, optional in located if not optional]
        if required:
            name = product(item)
            if name:
                reason = f"this is {name}: point its callback URL at another route"
                return [EventError(index, event_type, "", reason, "other-product")]
            return explain(required, index, event_type)
        # The outermost first, so that its contents stay inside.
        for place in sorted({optional for *_, optional in located}):
            if not any(place[:depth] in left_out for depth in range(1, len(place))):
                left_out[place] = _take_out(item, place)
    for place, value in left_out.items():
        _keep(event, place, value)
    return event


def _take_out(item: dict[str, JsonValue], place: _Place) -> JsonValue:
    """Remove a value from the JSON of an event."""
    *parents, key = place
    for parent in parents:
        item = cast("dict[str, JsonValue]", item[parent])
    return item.pop(key)


def _keep(model: Model, place: _Place, value: JsonValue) -> None:
    """Add a value to the unknown keys of a new event, which nothing else refers to yet."""
    *parents, key = place
    for parent in parents:
        model = getattr(model, wire_names(type(model))[parent])
    unknown_keys(model)[key] = value


@lru_cache(maxsize=1024)  # a hostile body has thousands of errors in the same few places
def _locate(model: type[Model], loc: tuple[str | int, ...]) -> tuple[str, _Place]:
    """Translate pydantic's place of an error, and find the innermost optional field around it.

    Returns:
        The place for people to read, and the keys that lead to the optional field. There are
        no keys if no optional field surrounds the error.
    """
    place: list[str] = []
    optional: _Place = ()
    inner: type[Model] | None = model
    for part in loc:
        name = wire_names(inner).get(str(part)) if inner else None
        place.append(str(part))
        if inner is None or name is None:
            continue  # an item of a list
        field = inner.model_fields[name]
        if not field.is_required():
            optional = tuple(place)
        inner = next(filter(_is_model, (field.annotation, *get_args(field.annotation))), None)
    return ".".join(place), optional


def _is_model(annotation: object) -> TypeIs[type[Model]]:
    return isinstance(annotation, type) and issubclass(annotation, Model)
