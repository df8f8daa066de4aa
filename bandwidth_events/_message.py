"""The message inside an event, and what all models share."""

from collections.abc import Generator, Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Final,
    Literal,
    NoReturn,
    TypeAlias,
    TypeVar,
    cast,
    get_args,
)

from pydantic import (
    VERSION,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    FailFast,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    JsonValue,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema
from pydantic_core.core_schema import SerializationInfo, SerializerFunctionWrapHandler
from typing_extensions import Self

from ._docstrings import DocumentedClass, field_docstrings, own_docstring


def _wire_name(name: str) -> str:
    """Translate a field's name to the wire's: camelCase, without the underscore of ``from_``."""
    # No field has an alias of its own: type checkers would demand, or allow, it as an argument.
    if name == "raw_type":
        return "type"
    first, *others = name.rstrip("_").split("_")  # pydantic's `to_camel` compiles four patterns
    return first + "".join(map(str.capitalize, others))


# Fields that a `repr` masks: what somebody wrote or chose, and where somebody is.
_PRIVATE: Final = frozenset(
    {
        "text",
        "tag",
        "media",
        "file_url",
        "thumbnail_url",
        "postback_data",
        "latitude",
        "longitude",
    }
)


_Priority: TypeAlias = Literal["default", "high"]
_Channel: TypeAlias = Literal["SMS", "MMS", "RBM"]
# Fields that it masks unless their value is known.
_OPEN: Final = {"priority": get_args(_Priority), "channel": get_args(_Channel)}


class _Mask(str):
    """Stands in a `repr` for a value that must not be shown."""

    __slots__ = ()

    __repr__ = str.__str__


def _mask(value: object) -> object:
    if isinstance(value, str):
        return _Mask(f"<{len(value)} characters>")
    if isinstance(value, BaseModel) or not value:
        return value  # a model that masks its own, or nothing
    return _Mask(f"<{len(cast('tuple[object, ...]', value))} items>")  # no field is anything else


def _serialize(
    model: "Model", handler: SerializerFunctionWrapHandler, info: SerializationInfo
) -> Any:  # noqa: ANN401  # whatever the handler returns
    """Leave out unknown keys that pydantic, which writes them last, would write over fields."""
    return handler(unshadowed(model, by_name=info.by_alias is False))


_SERIALIZATION: Final = core_schema.wrap_serializer_function_ser_schema(_serialize, info_arg=True)


def _without_serializer(schema: Any) -> Any:  # noqa: ANN401  # one of a hundred dictionaries
    """Remove the serializer of a model from its schema: a JSON schema would not show the fields."""
    inner = {"schema": _without_serializer(schema["schema"])} if "schema" in schema else {}
    return {**{key: schema[key] for key in schema if key != "serialization"}, **inner}


# The parser has a validator of its own, and few processes need those of all models. Older versions
# of pydantic build them unsafely: meanwhile, another thread validates with those of the base class.
_DEFERS: Final = tuple(map(int, VERSION.split(".")[:2])) >= (2, 14)


# The configuration is class keywords, and every model below repeats `frozen`, because that is
# what type checkers read: without it, pyright and ty reject a `Literal` in place of `type: str`.
class Model(
    BaseModel,
    metaclass=DocumentedClass,
    frozen=True,
    extra="allow",
    serialize_by_alias=True,
    alias_generator=_wire_name,
    defer_build=_DEFERS,
    ser_json_inf_nan="constants",  # 1e999 is valid JSON; the default would write it as null
):
    """What the models share: immutable, tolerant of what is unknown, discreet.

    A key of the wire that spells the Python name of a field (`error_code`) is an unknown key.
    So validation takes the names of the wire, and the constructor those of Python.
    """

    def __init__(self, /, **data: Any) -> None:  # noqa: ANN401  # as in pydantic
        validator = self.__pydantic_validator__
        validator.validate_python(data, self_instance=self, by_alias=False, by_name=True)

    # Without this mark, pydantic calls the constructor for every event that it validates.
    vars(__init__)["__pydantic_base_init__"] = True

    # To type checkers, there is no such attribute anyway.
    if not TYPE_CHECKING:  # pragma: no branch

        def __getattr__(self, name: str) -> object:
            # Pydantic's answers with the value of an unknown key: of a key named `stage`, say.
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Copy the model, as pydantic does: without validation.

        Raises:
            ValueError: `update` has the key of a field on the wire in place of its name.
        """
        names = wire_names(type(self))
        for key in update or ():
            if names.get(key, key) != key:
                raise ValueError(f"{key}: expected the name of the field, {names[key]}")
        return super().model_copy(update=update, deep=deep)

    def copy(self, **_: object) -> NoReturn:
        """Refuse: pydantic 1's copy lets unknown keys become fields.

        Raises:
            TypeError: Always.
        """
        raise TypeError("use model_copy")

    @classmethod
    def __get_pydantic_core_schema__(
        cls,
        source: Any,  # noqa: ANN401  # as in pydantic
        handler: GetCoreSchemaHandler,
        /,
    ) -> CoreSchema:
        # What the decorator `model_serializer` does, without the time to import it.
        reference = handler(source)
        schema = cast("dict[str, object]", handler.resolve_ref_schema(reference))
        schema.setdefault("serialization", _SERIALIZATION)  # a subclass may have its own
        return reference

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler, /
    ) -> JsonSchemaValue:
        reference = handler(_without_serializer(schema))
        described = handler.resolve_ref_schema(reference)
        summary, _, _ = own_docstring(cls).partition("\n\n")
        described["description"] = " ".join(summary.split())
        names = wire_names(cls)
        texts = field_docstrings(cls)
        for key, member in described["properties"].items():
            name = names.get(key, key)  # the key may be the name
            member["title"] = name.strip("_").replace("_", " ").capitalize()
            if name in texts:
                member["description"] = texts[name]
        return reference

    def __iter__(self) -> Generator[tuple[str, Any], None, None]:  # noqa: PYI058  # as in pydantic
        yield from super(Model, unshadowed(self, by_name=True)).__iter__()

    def __hash__(self) -> int:
        from ._identity import canonical

        # Pydantic's leaves out what is unknown, so that a set of such events takes quadratic time.
        return hash((type(self), canonical(self.__dict__), canonical(unknown_keys(self))))

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        for name, value in self.__dict__.items():
            is_private = name in _PRIVATE or value not in _OPEN.get(name, (value,))
            yield name, _mask(value) if is_private else value
        # What this version does not know may well be private too. Its key may be any text, and
        # must forge neither a field nor a line of a log.
        for key, value in unknown_keys(self).items():
            yield repr(key), _Mask(f"<{type(value).__name__}>")


_ModelT = TypeVar("_ModelT", bound=Model)


def unknown_keys(model: Model) -> dict[str, Any]:
    """Return the dictionary of a model's unknown keys, not a copy."""
    return cast("dict[str, Any]", model.__pydantic_extra__)  # never None, as extra="allow"


def unshadowed(model: _ModelT, *, by_name: bool) -> _ModelT:
    """Copy a model without what would be written over a field, or for one that is absent.

    Args:
        model: The model; returned as it is if it has no such key.
        by_name: Whether fields are written under their names in Python.
    """
    unknown = unknown_keys(model)
    if not unknown:
        return model
    names = wire_names(type(model))
    # Under the names of the wire, the value of a malformed field is its value on the wire.
    known = {*names, *names.values()} if by_name else {k for k in names if is_set(model, names[k])}
    absent = {name for name in names.values() if name in unknown and not is_set(model, name)}
    if not absent and known.isdisjoint(unknown):
        return model
    twin = model.model_copy()
    twin.__pydantic_fields_set__ -= absent
    for key in known & unknown.keys():
        del unknown_keys(twin)[key]
    return twin


def is_set(model: Model, name: str) -> bool:
    """Check whether a field was there, and not only an unknown key with its Python name.

    Pydantic counts both as set.
    """
    if name not in model.model_fields_set:
        return False
    is_key_alone = name in unknown_keys(model) and name not in wire_names(type(model))
    default = type(model).model_fields[name].default
    return not (is_key_alone and getattr(model, name) == default)


@cache
def wire_names(model: type[BaseModel]) -> Mapping[str, str]:
    """Map the keys that a model has on the wire to the names of its fields."""
    return {field.serialization_alias or name: name for name, field in model.model_fields.items()}


def malformed_places(model: Model, prefix: str = "") -> Iterator[str]:
    """List the places of optional fields whose value on the wire was malformed.

    Such a value is among the unknown keys, under the key of the field.
    """
    names = wire_names(type(model))
    for key in unknown_keys(model):
        if key in names and not is_set(model, names[key]):
            yield f"{prefix}{key}"
    for key, name in names.items():
        value = getattr(model, name, None)
        if isinstance(value, Model):
            yield from malformed_places(value, f"{prefix}{key}.")


def _null_as_empty(value: object) -> object:
    return () if value is None else value


def _nullable(schema: dict[str, Any]) -> None:
    """Say in a JSON schema that `_null_as_empty` accepts null."""
    schema["anyOf"] = [
        {"type": schema.pop("type"), "items": schema.pop("items")},
        {"type": "null"},
    ]


# `FailFast` here and in the parser's adapter is a security matter: without it, each wrong item of
# a hostile 1 MiB array costs an error object of its own.
_Strings: TypeAlias = Annotated[tuple[str, ...], FailFast()]
# Not pydantic's URL types: Bandwidth's own examples contain a literal "{accountId}".
_URI: Final[dict[str, JsonValue]] = {"format": "uri"}
_Urls: TypeAlias = Annotated[
    tuple[Annotated[str, Field(json_schema_extra=_URI)], ...],
    FailFast(),
    BeforeValidator(_null_as_empty),
    Field(json_schema_extra=_nullable),
]


_MAX_LATITUDE: Final = 90
_MAX_LONGITUDE: Final = 180


class MediaFile(Model, frozen=True):
    """A file of a multi-channel message."""

    file_url: str = Field(json_schema_extra=_URI)
    """Where the file is."""

    thumbnail_url: str | None = Field(default=None, json_schema_extra=_URI)
    """Where a small picture of a video is."""


class Content(Model, frozen=True):
    """The content of a multi-channel message."""

    text: str | None = None
    """The text."""

    media: MediaFile | None = None
    """The file."""


class SuggestionResponse(Model, frozen=True):
    """The suggestion that a recipient tapped."""

    text: str | None = None
    """The text of the suggestion."""

    postback_data: str | None = None
    """Your own data for this suggestion, in base64."""

    paired_message_id: str | None = None
    """The id of the message that offered the suggestion."""


class LocationResponse(Model, frozen=True):
    """The place that a recipient shared, as the device wrote it: see `coordinates`."""

    latitude: str | None = None
    """Degrees north of the equator, in decimal notation."""

    longitude: str | None = None
    """Degrees east of Greenwich, in decimal notation."""

    @property
    def coordinates(self) -> tuple[Decimal, Decimal] | None:
        """Latitude and longitude in degrees, or `None` if they are not a place on Earth."""
        try:
            latitude, longitude = Decimal(self.latitude or ""), Decimal(self.longitude or "")
            # Not by `abs`, which raises on large exponents.
            is_place = (
                -_MAX_LATITUDE <= latitude <= _MAX_LATITUDE
                and -_MAX_LONGITUDE <= longitude <= _MAX_LONGITUDE
            )
        except InvalidOperation:  # no number, or NaN
            return None
        return (latitude, longitude) if is_place else None


class Message(Model, frozen=True):
    """The message that an event is about.

    Phone numbers, ids and URLs are plain strings, because the wire's are: a
    sender may be a short code or a name, an id may be a UUID, a media URL may
    hold a placeholder. Unknown keys are kept in ``model_extra``.
    """

    id: str
    """Identifies the message. Opaque: its shape differs by direction."""

    owner: str
    """The account's number. Unreliable on delivered events."""

    application_id: str
    """The Bandwidth application that the number belongs to."""

    time: AwareDatetime
    """When the message was created."""

    segment_count: int
    """The number of segments that Bandwidth bills; 1 for MMS."""

    direction: Literal["in", "out"]
    """Seen from the account: in is received, out is sent."""

    to: _Strings
    """Every recipient, as a list even for one."""

    from_: str
    """The sender: an E.164 number, a short code or a name."""

    text: str | None = None
    """The text. Empty on status events, absent on some media messages."""

    tag: str | None = None
    """Your own tag of an outbound message; empty or absent if unset."""

    media: _Urls = ()
    """Media URLs: Bandwidth's on inbound messages, the ones that you sent on outbound messages."""

    # To a type checker these are `str`; the known values are for editors and the JSON schema.
    priority: _Priority | str | None = None
    """The priority of the message; new values may appear."""

    channel: _Channel | str | None = None
    """The channel that the message travelled on; new values may appear."""

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
