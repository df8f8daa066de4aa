"""The models' JSON schemas, docstrings, signatures and type hints."""

import inspect
import json
import py_compile
import pydoc
import subprocess
import sys
import typing
import zipfile
from codecs import BOM_UTF8
from collections.abc import Iterator
from inspect import Parameter
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest
from bodies import SAMPLES, TYPES, event, typed_events, unknown_events
from hypothesis import given
from jsonschema import Draft202012Validator
from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import JsonSchemaMode

import bandwidth_events
from bandwidth_events import (
    BaseMessageEvent,
    Content,
    Event,
    InboundMessageEvent,
    LocationResponse,
    MediaFile,
    Message,
    MessageEvent,
    StatusEvent,
    SuggestionResponse,
    UnknownEvent,
    encode_callback,
    endpoint,
    error_codes,
    keywords,
    media,
    parse_callback,
    strategies,
    testing,
)
from bandwidth_events._docstrings import field_docstrings

if TYPE_CHECKING:
    from types import ModuleType

MODELS: list[type[BaseModel]] = [
    *(Message, Content, MediaFile, SuggestionResponse, LocationResponse),
    *(BaseMessageEvent, StatusEvent, UnknownEvent),
    *get_args(get_args(MessageEvent)[0]),
]
MODES: list[JsonSchemaMode] = ["validation", "serialization"]

every_model = pytest.mark.parametrize("model", MODELS)


@every_model
@pytest.mark.parametrize("by_alias", [True, False])
@pytest.mark.parametrize("mode", MODES)
def test_every_field_has_a_title_and_a_one_line_description(
    model: type[BaseModel], mode: JsonSchemaMode, *, by_alias: bool
) -> None:
    schema = model.model_json_schema(mode=mode, by_alias=by_alias)
    assert schema["description"].endswith(".")
    assert "Attributes" not in schema["description"]
    names = {
        (field.serialization_alias if by_alias else name): name
        for name, field in model.model_fields.items()
    }
    assert schema["properties"].keys() == names.keys()
    for key, member in schema["properties"].items():
        assert member["description"].endswith("."), key
        assert "\n" not in member["description"]
        words = names[key].strip("_").replace("_", " ")
        assert member["title"] == words[0].upper() + words[1:]


@every_model
def test_help_shows_the_fields_with_the_constructors_names(
    model: type[BaseModel],
) -> None:
    shown = pydoc.plain(pydoc.render_doc(model))
    for name, text in field_docstrings(model).items():
        assert f"{name}: {text}" in shown
    assert field_docstrings(model).keys() == model.model_fields.keys()
    *fields, extra = inspect.signature(model).parameters.values()
    assert [field.name for field in fields] == list(model.model_fields)
    assert {field.name for field in fields if field.default is Parameter.empty} == {
        name for name, field in model.model_fields.items() if field.is_required()
    }
    assert extra.kind is Parameter.VAR_KEYWORD


def test_a_users_subclass_is_described_too() -> None:
    class Extended(Message, frozen=True):
        """A message with a note."""

        note: str = ""
        """What we think of it."""

    class Undocumented(Extended, frozen=True):
        pass

    assert field_docstrings(Extended)["note"] == "What we think of it."
    assert field_docstrings(Extended)["from_"] == field_docstrings(Message)["from_"]
    assert (Extended.__doc__ or "").startswith("A message with a note.\n\nAttributes:\n    id: ")
    assert (Undocumented.__doc__ or "").startswith("Attributes:\n    id: ")
    schema = Undocumented.model_json_schema()
    assert schema["properties"]["note"]["description"] == "What we think of it."


def test_a_docstring_can_be_replaced() -> None:
    class Renamed(Message, frozen=True):
        pass

    Renamed.__doc__ = "Another text."
    assert Renamed.__doc__.startswith("Another text.\n\nAttributes:\n    id: ")


def test_a_model_without_source_keeps_its_own_docstring() -> None:
    namespace: dict[str, Any] = {"Message": Message}
    exec("class Typed(Message, frozen=True):\n    'Typed in.'\n    note: str = ''", namespace)  # noqa: S102
    typed: type[Message] = namespace["Typed"]
    assert (typed.__doc__ or "").startswith("Typed in.\n\nAttributes:\n    id: ")
    assert "note" not in field_docstrings(typed)
    assert "description" not in typed.model_json_schema()["properties"]["note"]


@every_model
def test_the_source_of_a_model_is_found(model: type[BaseModel]) -> None:
    assert inspect.getsource(model).startswith(f"class {model.__name__}(")


def callables() -> Iterator[tuple[str, Any]]:
    modules: list[ModuleType] = [
        *(bandwidth_events, endpoint, error_codes, keywords, media, strategies, testing),
    ]
    for module in modules:
        for name in module.__all__:
            value = getattr(module, name)
            if inspect.isclass(value) or inspect.isfunction(value):
                yield f"{module.__name__}.{name}", value
            if not inspect.isclass(value) or not value.__module__.startswith("bandwidth_events"):
                continue
            for member, method in inspect.getmembers(value, inspect.isfunction):
                is_ours = method.__module__.startswith("bandwidth_events")
                if is_ours and (member == "__init__" or not member.startswith("_")):
                    yield f"{module.__name__}.{name}.{member}", method


CALLABLES = dict(callables())


@pytest.mark.parametrize("name", CALLABLES)
def test_the_type_hints_of_every_public_callable_can_be_resolved(name: str) -> None:
    assert isinstance(typing.get_type_hints(CALLABLES[name]), dict)


def test_the_public_callables_include_every_kind() -> None:
    assert {
        "bandwidth_events.parse_callback",
        "bandwidth_events.CallbackParseError.__init__",
        "bandwidth_events.UnknownEvent.log_fields",
        "bandwidth_events.testing.inbound_message",
        "bandwidth_events.endpoint.check",
    } < set(CALLABLES)


# Validate bodies that parse against the schema


def validator(schema: dict[str, Any]) -> Any:  # noqa: ANN401  # jsonschema has incomplete types
    return Draft202012Validator(schema)


VALIDATOR = validator(TypeAdapter(list[Event]).json_schema())


def errors(document: Any) -> list[str]:  # noqa: ANN401  # JSON
    return [error.message for error in VALIDATOR.iter_errors(document)]


@given(typed_events | unknown_events)
def test_an_event_that_parses_validates_against_the_schema(document: dict[str, Any]) -> None:
    parse_callback([document])
    assert errors([document]) == []


@given(strategies.events())
def test_a_generated_event_validates_against_the_schema(generated: Event) -> None:
    assert errors(json.loads(encode_callback([generated]))) == []


@given(strategies.callback_bodies())
def test_a_generated_body_that_parses_validates_against_the_schema(body: bytes) -> None:
    parsed = parse_callback(body)
    # Malformed values of optional fields are kept, but the schema does not allow them.
    good = [e for e in parsed if isinstance(e, UnknownEvent) or not e.malformed_fields]
    assert errors(TypeAdapter(list[Event]).dump_python(good, mode="json")) == []


# Pydantic converts strings to numbers, but the schema does not allow that.
STRINGS = {"failed-string-code", "inbound-string-segment-count"}
MALFORMED = {"malformed-no-segment-count", "malformed-one-of-three"}


@pytest.mark.parametrize("name", sorted(set(SAMPLES) - STRINGS - MALFORMED))
def test_a_sample_validates_against_the_schema(name: str) -> None:
    repaired = SAMPLES[name].removeprefix(BOM_UTF8).replace(rb"\ud83d", b"")
    document: Any = json.loads(repaired)
    assert errors(document if isinstance(document, list) else [document]) == []


@pytest.mark.parametrize("type_", TYPES)
def test_the_schema_of_unknown_events_rejects_modelled_types(type_: str) -> None:
    unknown = validator(UnknownEvent.model_json_schema())
    assert not unknown.is_valid({"type": type_})
    assert unknown.is_valid({"type": "message-sung"})
    assert errors([event(type_, to=...)]) != []


def test_media_may_be_null_in_the_schema() -> None:
    assert errors([event(message__media=None)]) == []
    assert errors([event(message__media=[])]) == []
    assert errors([event(message__media="a")]) != []


def test_the_union_and_its_classes_describe_the_same_fields() -> None:
    definitions = TypeAdapter(list[Event]).json_schema()["$defs"]
    inbound = InboundMessageEvent.model_json_schema()
    assert definitions["InboundMessageEvent"]["properties"] == inbound["properties"]


def test_an_installation_without_sources_works(tmp_path: Path) -> None:
    """An application that is frozen into an executable has no sources."""
    archive = tmp_path / "library.zip"
    package = Path(bandwidth_events.__file__).parent
    with zipfile.ZipFile(archive, "w") as bundle:
        for source in package.glob("*.py"):
            compiled = tmp_path / f"{source.stem}.pyc"
            py_compile.compile(str(source), str(compiled), dfile=source.name, doraise=True)
            bundle.write(compiled, f"bandwidth_events/{compiled.name}")
    code = (
        "from bandwidth_events import Message, parse_callback; parse_callback(b'[]');"
        "print(Message.__doc__.split('.')[0], 'Attributes' in Message.__doc__,"
        "'description' in Message.model_json_schema()['properties']['id'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(archive)!r}); {code}"],
        capture_output=True,
        check=True,
        cwd=tmp_path,
    )
    assert done.stdout.decode().strip() == "The message that an event is about False False"
