"""Compare the models with Bandwidth's AsyncAPI document, which is in this directory."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from bodies import event
from pydantic import BaseModel
from pydantic.alias_generators import to_snake

import bandwidth_events

CONTRACT: dict[str, Any] = yaml.safe_load(
    Path(__file__).with_name("messaging-events.asyncapi.yml").read_text()
)
KEYWORDS = ("type", "format", "enum", "const")

# The models' additional properties, from the OpenAPI document that Bandwidth publishes with its
# SDKs. The AsyncAPI document lacks them.
BEYOND = {
    "carrierName",
    "message.channel",
    "message.content",
    "message.content.media",
    "message.content.media.fileUrl",
    "message.content.media.thumbnailUrl",
    "message.content.text",
    "message.locationResponse",
    "message.locationResponse.latitude",
    "message.locationResponse.longitude",
    "message.suggestionResponse",
    "message.suggestionResponse.pairedMessageId",
    "message.suggestionResponse.postbackData",
    "message.suggestionResponse.text",
}


def resolve(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference, and merge `allOf`."""
    if "$ref" in schema:
        target: Any = root
        for key in schema["$ref"].removeprefix("#/").split("/"):
            target = target[key]
        return resolve(target, root)
    merged: dict[str, Any] = {key: value for key, value in schema.items() if key != "allOf"}
    for part in schema.get("allOf", []):
        for key, value in resolve(part, root).items():
            merged[key] = {**merged.get(key, {}), **value} if key == "properties" else value
    return merged


def walk(
    schema: dict[str, Any], root: dict[str, Any], place: str = ""
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every nested schema with its place, such as ``message.to[]``."""
    schema = resolve(schema, root)
    yield place, schema
    # pydantic writes an optional or open field as `anyOf`: merge the schemas of its branches.
    for branch in schema.get("anyOf", []):
        yield from walk(branch, root, place)
    for name, member in schema.get("properties", {}).items():
        yield from walk(member, root, f"{place}.{name}".removeprefix("."))
    if "items" in schema:
        yield from walk(schema["items"], root, f"{place}[]")


ROWS = [
    (name, place, keyword, found[keyword])
    for name, schema in CONTRACT["components"]["schemas"].items()
    for place, found in walk(schema, CONTRACT)
    for keyword in KEYWORDS
    if keyword in found
]


def model_named(name: str) -> type[BaseModel]:
    return cast("type[BaseModel]", getattr(bandwidth_events, name))


@pytest.mark.parametrize(("name", "place", "keyword", "value"), ROWS)
def test_the_models_schema_contains_the_documents_schema(
    name: str, place: str, keyword: str, value: object
) -> None:
    schema = model_named(name).model_json_schema()
    found = [each for where, each in walk(schema, schema) if where == place]
    assert value in [each.get(keyword) for each in found]


@pytest.mark.parametrize("name", CONTRACT["components"]["schemas"])
def test_the_models_add_only_known_properties_to_the_document(
    name: str,
) -> None:
    schema = model_named(name).model_json_schema()
    ours = {place for place, _ in walk(schema, schema)}
    theirs = {place for row, place, *_ in ROWS if row == name}
    assert ours == theirs | BEYOND


@pytest.mark.parametrize("name", CONTRACT["components"]["schemas"])
def test_attributes_are_the_documents_names_in_snake_case(name: str) -> None:
    for place in {place for row, place, *_ in ROWS if row == name} - {""}:
        fields: Any = model_named(name).model_fields
        *parents, attribute = (to_snake(part) for part in place.removesuffix("[]").split("."))
        for parent in parents:
            fields = fields[parent].annotation.model_fields
        assert attribute in fields or f"{attribute}_" in fields


@pytest.mark.parametrize("message", CONTRACT["components"]["messages"].values(), ids=str)
def test_each_callback_is_an_array_of_one_schema_and_parses_to_its_class(
    message: dict[str, Any],
) -> None:
    payload = message["payload"]
    (type_,) = (
        value
        for name, place, keyword, value in ROWS
        if payload["items"]["$ref"].endswith(f"/{name}") and (place, keyword) == ("type", "const")
    )
    (parsed,) = bandwidth_events.parse_callback([event(type_)])
    assert (message["contentType"], payload["type"]) == ("application/json", "array")
    assert payload["items"]["$ref"] == f"#/components/schemas/{type(parsed).__name__}"


def test_the_only_security_scheme_is_basic() -> None:
    (scheme,) = CONTRACT["components"]["securitySchemes"].values()
    assert (scheme["type"], scheme["scheme"]) == ("http", "basic")


def test_the_table_is_not_empty() -> None:
    assert {keyword for _, _, keyword, _ in ROWS} == set(KEYWORDS)
    assert len(ROWS) > 100
