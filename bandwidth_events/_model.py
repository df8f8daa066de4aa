"""The base class of all models."""

from collections.abc import Generator, Iterable, Iterator, Mapping
from functools import cache
from typing import (
    TYPE_CHECKING,
    Any,
    Final,
    Literal,
    NoReturn,
    TypeVar,
    cast,
    get_args,
    get_origin,
)

from pydantic import (
    VERSION,
    BaseModel,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema
from pydantic_core.core_schema import SerializationInfo, SerializerFunctionWrapHandler
from typing_extensions import Self

from ._docstrings import DocumentedClass, field_docstrings, own_docstring


def _wire_name(name: str) -> str:
    """Translate a field's name to the wire's: camelCase, without the underscore of ``from_``."""
    # No field has its own alias, because type checkers would demand or allow the alias as an
    # argument.
    if name == "raw_type":
        return "type"
    first, *others = name.rstrip("_").split("_")  # pydantic's `to_camel` compiles four patterns
    return first + "".join(map(str.capitalize, others))


class _Mask(str):
    """Replaces a private value in a `repr`."""

    __slots__ = ()

    __repr__ = str.__str__


def _mask(value: object) -> object:
    if isinstance(value, str):
        return _Mask(f"<{len(value)} characters>")
    if isinstance(value, BaseModel) or not value:
        return value  # a model masks its own fields, and an empty value is not private
    return _Mask(f"<{len(cast('tuple[object, ...]', value))} items>")  # only tuples are left


@cache
def _masked(model: type[BaseModel]) -> Mapping[str, tuple[object, ...]]:
    """Map the fields that a `repr` masks to the values that it shows nevertheless.

    A private field has ``repr=False``. A field for more values than its literals shows only these.
    """
    masked: dict[str, tuple[object, ...]] = {}
    for name, field in model.model_fields.items():
        literals = [each for each in get_args(field.annotation) if get_origin(each) is Literal]
        if literals or not field.repr:
            masked[name] = tuple(value for each in literals for value in get_args(each))
    return masked


def _serialize(
    model: "Model", handler: SerializerFunctionWrapHandler, info: SerializationInfo
) -> Any:  # noqa: ANN401  # the result of the handler
    """Serialize without unknown keys that would overwrite fields: pydantic writes them last."""
    return handler(unshadowed(model, by_name=info.by_alias is False))


_SERIALIZATION: Final = core_schema.wrap_serializer_function_ser_schema(_serialize, info_arg=True)


def _without_serializer(schema: Any) -> Any:  # noqa: ANN401  # a core schema
    """Remove a model's serializer from its schema, because it hides the fields in JSON schemas."""
    inner = {"schema": _without_serializer(schema["schema"])} if "schema" in schema else {}
    return {**{key: schema[key] for key in schema if key != "serialization"}, **inner}


# Defer the validators of the models: the parser has its own, and few processes need the others.
# Older versions of pydantic do not defer safely: while one thread builds a validator, another one
# validates with that of the base class.
_DEFERS: Final = tuple(map(int, VERSION.split(".")[:2])) >= (2, 14)


# The configuration is class keywords, and every model below repeats `frozen`, because type checkers
# read these: without `frozen`, pyright and ty reject a `Literal` that overrides `type: str`.
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
    """The base class of all models: immutable, with unknown keys kept and private values masked.

    A key on the wire that equals the Python name of a field (`error_code`) is an unknown key.
    Therefore validation accepts only names on the wire, and the constructor only Python names.
    """

    def __init__(self, /, **data: Any) -> None:  # noqa: ANN401  # as in pydantic
        validator = self.__pydantic_validator__
        validator.validate_python(data, self_instance=self, by_alias=False, by_name=True)

    # Without this marker, pydantic calls the constructor for every event that it validates.
    vars(__init__)["__pydantic_base_init__"] = True

    # Hidden from type checkers, which would accept any attribute otherwise.
    if not TYPE_CHECKING:  # pragma: no branch

        def __getattr__(self, name: str) -> object:
            # Pydantic's own method returns the value of an unknown key, such as one named `stage`.
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Copy the model without validation, as pydantic does.

        Raises:
            ValueError: `update` contains a field's name on the wire instead of its Python
                name.
        """
        names = wire_names(type(self))
        for key in update or ():
            if names.get(key, key) != key:
                raise ValueError(f"{key}: expected the Python name of the field, {names[key]}")
        return super().model_copy(update=update, deep=deep)

    def copy(self, **_: object) -> NoReturn:
        """Reject the call, because pydantic 1's `copy` turns unknown keys into fields.

        Raises:
            TypeError: Always.
        """
        raise TypeError("use model_copy instead")

    @classmethod
    def __get_pydantic_core_schema__(
        cls,
        source: Any,  # noqa: ANN401  # as in pydantic
        handler: GetCoreSchemaHandler,
        /,
    ) -> CoreSchema:
        # The effect of the decorator `model_serializer`, without the cost of importing it.
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
            name = names.get(key, key)  # a schema by name has the names as keys
            member["title"] = name.strip("_").replace("_", " ").capitalize()
            if name in texts:
                member["description"] = texts[name]
        return reference

    def __iter__(self) -> Generator[tuple[str, Any], None, None]:  # noqa: PYI058  # as in pydantic
        yield from super(Model, unshadowed(self, by_name=True)).__iter__()

    def __hash__(self) -> int:
        from ._identity import canonical

        # Pydantic's own hash ignores unknown keys, so a set of such events would take quadratic
        # time.
        return hash((type(self), canonical(self.__dict__), canonical(unknown_keys(self))))

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        masked = _masked(type(self))
        for name, value in self.__dict__.items():
            is_masked = name in masked and value not in masked[name]
            yield name, _mask(value) if is_masked else value
        # Unknown values may be private too. An unknown key can be any text, so `repr` escapes it:
        # it must not forge a field or a log line.
        for key, value in unknown_keys(self).items():
            yield repr(key), _Mask(f"<{type(value).__name__}>")


_ModelT = TypeVar("_ModelT", bound=Model)


def unknown_keys(model: Model) -> dict[str, Any]:
    """Return the dictionary of a model's unknown keys, not a copy."""
    return cast("dict[str, Any]", model.__pydantic_extra__)  # never None, as extra="allow"


def unshadowed(model: _ModelT, *, by_name: bool) -> _ModelT:
    """Copy a model without the unknown keys that would overwrite a field or fill an absent one.

    Args:
        model: The model; returned unchanged if it has no such key.
        by_name: Whether fields are written under their Python names.
    """
    unknown = unknown_keys(model)
    if not unknown:
        return model
    names = wire_names(type(model))
    # Under the names on the wire, a malformed field keeps its value from the wire.
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
    """Check whether a field was present.

    Pydantic also counts a field as set if there is only an unknown key with its Python name.
    """
    if name not in model.model_fields_set:
        return False
    is_key_alone = name in unknown_keys(model) and name not in wire_names(type(model))
    default = type(model).model_fields[name].default
    return not (is_key_alone and getattr(model, name) == default)


@cache
def wire_names(model: type[BaseModel]) -> Mapping[str, str]:
    """Map a model's keys on the wire to the Python names of its fields."""
    return {field.serialization_alias or name: name for name, field in model.model_fields.items()}


def malformed_places(model: Model, prefix: str = "") -> Iterator[str]:
    """List the places of optional fields whose values on the wire were malformed.

    Such a value is among the unknown keys, under the field's key on the wire.
    """
    names = wire_names(type(model))
    for key in unknown_keys(model):
        if key in names and not is_set(model, names[key]):
            yield f"{prefix}{key}"
    for key, name in names.items():
        value = getattr(model, name, None)
        if isinstance(value, Model):
            yield from malformed_places(value, f"{prefix}{key}.")
