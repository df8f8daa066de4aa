"""The definitions that JSON Schema and AsyncAPI share, generated from the models.

They use only what JSON Schema 2020-12 and AsyncAPI's own dialect, a draft 7, have in common.
"""

import re
from collections.abc import Sequence
from typing import Any, Final, TypeAlias

from pydantic.json_schema import JsonSchemaMode, models_json_schema

from bandwidth_events._events import (
    EVENT_CLASSES,
    BaseMessageEvent,
    Event,
    UnknownEvent,
    wire_keys,
)
from bandwidth_events._model import Model

Json: TypeAlias = dict[str, Any]

EVENTS: Final[Sequence[type[Event]]] = (*EVENT_CLASSES.values(), UnknownEvent)
"""Every class of event, the unknown one last."""

_VALIDATION: Final[JsonSchemaMode] = "validation"

# A reader meets the keywords in this order, and then the others.
_ORDER: Final = (
    *("title", "description", "$ref", "allOf", "anyOf", "oneOf", "type", "const", "enum", "not"),
    *("format", "items", "properties", "required", "additionalProperties"),
)

_NAMES: Final = {*wire_keys(), *(event_class.__name__ for event_class in EVENTS)}


def words(name: str) -> str:
    """Write the name of a class as a person would."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", name).capitalize()


def reference(template: str, model: type[Model]) -> Json:
    """Refer to the definition of a model."""
    return {"$ref": template.format(model=model.__name__)}


def definitions(template: str) -> dict[str, Json]:
    """Define every model, and each typed event as what it adds to the base.

    Args:
        template: How to write a reference, with ``{model}`` for the name of the definition.
    """
    models: Sequence[type[Model]] = (BaseMessageEvent, *EVENTS)
    _, generated = models_json_schema(
        [(model, _VALIDATION) for model in models], ref_template=template
    )
    schemas: dict[str, Json] = {
        name: {"title": words(name), **_plain(schema)}
        for name, schema in generated["$defs"].items()
    }
    base = schemas[BaseMessageEvent.__name__]
    for event_class in EVENT_CLASSES.values():
        schema = schemas[event_class.__name__]
        added: Json = {
            "properties": {
                key: member
                for key, member in schema["properties"].items()
                if base["properties"].get(key) != member
            },
            "required": [key for key in schema["required"] if key not in base["required"]],
        }
        schemas[event_class.__name__] = {
            "title": schema["title"],
            "description": schema["description"],
            "allOf": [
                reference(template, BaseMessageEvent),
                {"type": "object", **{key: value for key, value in added.items() if value}},
            ],
        }
    return schemas


def _plain(schema: Json) -> Json:
    """Write a schema without what is peculiar to pydantic, or to Python.

    Titles that repeat a key become types in generated code. ``default: null`` says nothing. What
    may be null needs no ``anyOf``. AsyncAPI ignores what stands beside a ``$ref``.
    """
    plain: Json = {key: value for key, value in schema.items() if key not in {"title", "default"}}
    branches: list[Json] = plain.pop("anyOf", [])
    if branches[1:] == [{"type": "null"}] and "type" in branches[0]:
        plain |= {**branches[0], "type": [branches[0]["type"], "null"]}
    elif branches:
        plain["anyOf"] = [_plain(each) for each in branches]
    if "$ref" in plain and len(plain) > 1:
        plain["allOf"] = [{"$ref": plain.pop("$ref")}]
    if "description" in plain:
        plain["description"] = _without_python(plain["description"])
    if "items" in plain:
        plain["items"] = _plain(plain["items"])
    if "properties" in plain:
        plain["properties"] = {key: _plain(each) for key, each in plain["properties"].items()}
    return {key: plain[key] for key in (*_ORDER, *plain) if key in plain}


def _without_python(text: str) -> str:
    """Leave out the clauses and sentences of a docstring that name an attribute of Python."""
    sentences = re.split(r"(?<=\.) ", re.sub(": see `+[^`]+`+", "", text))
    return " ".join(each for each in sentences if _named(each) <= _NAMES)


def _named(sentence: str) -> set[str]:
    return {part for place in re.findall("`([^`]+)`", sentence) for part in place.split(".")}
