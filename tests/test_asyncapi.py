"""Compare the models and the generated document with Bandwidth's AsyncAPI document."""

from collections.abc import Iterable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from bodies import event
from pydantic import BaseModel
from pydantic.alias_generators import to_snake

import bandwidth_events
from bandwidth_events._commands._contract import asyncapi_document

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


# The generated AsyncAPI 3.0 document has all that the document of Bandwidth's has

OURS = asyncapi_document()


def as_list(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else [value]


def message_facts(
    address: str, messages: Iterable[dict[str, Any]], root: dict[str, Any]
) -> Iterator[tuple[object, ...]]:
    """List the messages of a channel, and each keyword of each place in their payloads."""
    for message in messages:
        name = message["name"]
        yield address, name, message["contentType"]
        for place, schema in walk(message["payload"], root):
            yield address, name, place, "exists"
            for keyword in KEYWORDS:
                for value in as_list(schema.get(keyword, [])):
                    yield address, name, place, keyword, value


def security_facts(root: dict[str, Any]) -> Iterator[tuple[object, ...]]:
    for name, scheme in root["components"]["securitySchemes"].items():
        yield "security", name, scheme["type"], scheme["scheme"]
    for name, server in root["servers"].items():
        yield "server", name, server["protocol"]
        for requirement in server["security"]:
            # A mapping of names in version 2, a reference in version 3.
            (key,) = requirement
            yield "server", name, requirement.get("$ref", key).rpartition("/")[2]


def facts_of_version_2(root: dict[str, Any]) -> set[tuple[object, ...]]:
    found = {*security_facts(root)}
    for address, channel in root["channels"].items():
        operation = channel["publish"]  # what the application receives, in version 2
        found.add((address, "receive", operation["operationId"]))
        messages = operation["message"].get("oneOf", [operation["message"]])
        found |= {*message_facts(address, [resolve(each, root) for each in messages], root)}
    return found


def facts_of_version_3(root: dict[str, Any]) -> set[tuple[object, ...]]:
    found = {*security_facts(root)}
    for name, operation in root["operations"].items():
        channel = resolve(operation["channel"], root)
        found.add((channel["address"], operation["action"], name))
        messages = [resolve(resolve(each, root), root) for each in operation["messages"]]
        found |= {*message_facts(channel["address"], messages, root)}
    return found


THEIR_FACTS = facts_of_version_2(CONTRACT)


def test_the_generated_document_contains_the_document() -> None:
    assert THEIR_FACTS - facts_of_version_3(OURS) == set()
    assert len(THEIR_FACTS) > 200


def remove(path: tuple[Any, ...]) -> dict[str, Any]:
    """Copy the generated document without one of its parts."""
    changed = deepcopy(OURS)
    *parents, last = path
    parent: Any = changed
    for key in parents:
        parent = parent[key]
    del parent[last]
    return changed


IN_SCHEMAS = ("components", "schemas")
IN_MESSAGE = (*IN_SCHEMAS, "Message", "properties")


@pytest.mark.parametrize(
    ("path", "lost"),
    [
        (("operations", "onInboundMessage"), ("/messaging/inbound", "receive", "onInboundMessage")),
        (
            ("operations", "onMessageStatus", "messages", 0),
            ("/messaging/status", "MessageSendingCallback", "application/json"),
        ),
        (
            (*IN_SCHEMAS, "MessageFailedEvent", "allOf", 1, "properties", "errorCode"),
            ("/messaging/status", "MessageFailedCallback", "[].errorCode", "exists"),
        ),
        (
            (*IN_MESSAGE, "tag"),
            ("/messaging/inbound", "InboundMessageCallback", "[].message.tag", "exists"),
        ),
        (
            (*IN_MESSAGE, "segmentCount", "type"),
            (
                "/messaging/inbound",
                "InboundMessageCallback",
                "[].message.segmentCount",
                "type",
                "integer",
            ),
        ),
        (
            (*IN_MESSAGE, "media", "items", "format"),
            ("/messaging/inbound", "InboundMessageCallback", "[].message.media[]", "format", "uri"),
        ),
        (
            (*IN_MESSAGE, "priority", "anyOf", 0),
            ("/messaging/inbound", "InboundMessageCallback", "[].message.priority", "enum", "high"),
        ),
        (
            ("components", "securitySchemes", "basicAuth"),
            ("security", "basicAuth", "http", "basic"),
        ),
        (("servers", "production", "security", 0), ("server", "production", "basicAuth")),
    ],
)
def test_a_part_that_the_generated_document_lacks_is_found(
    path: tuple[Any, ...], lost: tuple[object, ...]
) -> None:
    assert lost in THEIR_FACTS - facts_of_version_3(remove(path))
