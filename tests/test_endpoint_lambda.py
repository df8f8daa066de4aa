"""Compare the events of AWS Lambda's front ends with AWS' documentation."""

import json
from base64 import b64decode
from typing import Any

import pytest
from handlers.correct import CREDENTIALS

from bandwidth_events.endpoint import LAMBDA_FRONT_ENDS, LambdaFrontEnd, lambda_event
from bandwidth_events.testing import callback_request, inbound_message

REQUEST = callback_request(inbound_message(), credentials=CREDENTIALS)
COMMON = {"body", "isBase64Encoded", "requestContext"}
ROUTE = {"path", "httpMethod"}

# From the examples in AWS' documentation, without the keys that functions do not use.
KEYS: dict[LambdaFrontEnd, set[str]] = {
    "http-api-1.0": COMMON
    | ROUTE
    | {"version", "resource", "headers", "multiValueHeaders", "queryStringParameters"}
    | {"multiValueQueryStringParameters", "pathParameters", "stageVariables"},
    "http-api-2.0": COMMON | {"version", "routeKey", "rawPath", "rawQueryString", "headers"},
    "function-url": COMMON | {"version", "routeKey", "rawPath", "rawQueryString", "headers"},
    "alb": COMMON | ROUTE | {"headers", "queryStringParameters"},
    "alb-multi-value": COMMON | ROUTE | {"multiValueHeaders", "multiValueQueryStringParameters"},
}


def headers_of(event: dict[str, Any]) -> dict[str, str]:
    several = event.get("multiValueHeaders", {})
    return event.get("headers") or {name: values[0] for name, values in several.items()}


@pytest.mark.parametrize("front_end", LAMBDA_FRONT_ENDS)
def test_an_event_has_the_documented_keys_and_is_json(front_end: LambdaFrontEnd) -> None:
    event = lambda_event(REQUEST, front_end)
    assert event.keys() == KEYS[front_end]
    assert json.loads(json.dumps(event)) == event


@pytest.mark.parametrize("front_end", LAMBDA_FRONT_ENDS)
def test_an_event_contains_the_request(front_end: LambdaFrontEnd) -> None:
    sent, body = REQUEST
    event = lambda_event(REQUEST, front_end, path="/texts")
    headers = headers_of(event)
    assert all(name == name.lower() for name in headers)
    assert {name.lower(): value for name, value in sent.items()}.items() <= headers.items()
    assert (event["body"].encode(), event["isBase64Encoded"]) == (body, False)
    assert "/texts" in {event.get("path"), event.get("rawPath")}


@pytest.mark.parametrize("front_end", LAMBDA_FRONT_ENDS)
def test_a_binary_body_is_in_base64(front_end: LambdaFrontEnd) -> None:
    headers, body = REQUEST
    as_binary = lambda_event(REQUEST, front_end, is_binary=True)
    no_text = lambda_event((headers, b"\xff\xfe"), front_end)
    assert [b64decode(event["body"]) for event in (as_binary, no_text)] == [body, b"\xff\xfe"]
    assert as_binary["isBase64Encoded"] is no_text["isBase64Encoded"] is True


@pytest.mark.parametrize(
    ("front_end", "expected"),
    [
        ("http-api-1.0", None),
        ("http-api-2.0", "absent"),
        ("function-url", "absent"),
        ("alb", ""),
        ("alb-multi-value", ""),
    ],
)
def test_an_empty_body_has_the_form_of_its_front_end(
    front_end: LambdaFrontEnd, expected: str | None
) -> None:
    headers, _ = REQUEST
    assert lambda_event((headers, b""), front_end).get("body", "absent") == expected


def test_a_load_balancer_sends_single_or_multi_value_headers() -> None:
    assert "multiValueHeaders" not in lambda_event(REQUEST, "alb")
    assert "headers" not in lambda_event(REQUEST, "alb-multi-value")


def test_an_unknown_front_end_raises() -> None:
    front_end: Any = "rest-api"
    with pytest.raises(ValueError, match=r"^front_end: expected one of http-api-1\.0, http-api"):
        lambda_event(REQUEST, front_end)
