"""Build the events that AWS Lambda's front ends pass to a function."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias, get_args

LambdaFrontEnd: TypeAlias = Literal[
    "http-api-1.0", "http-api-2.0", "function-url", "alb", "alb-multi-value"
]
"""An HTTP API of API Gateway, with payload format 1.0 or 2.0; a function URL; an Application Load
Balancer, without or with multi-value headers."""

LAMBDA_FRONT_ENDS: Final[tuple[LambdaFrontEnd, ...]] = get_args(LambdaFrontEnd)
"""Every front end."""


def lambda_event(
    request: tuple[Mapping[str, str], bytes],
    front_end: LambdaFrontEnd,
    *,
    path: str = "/callbacks",
    is_binary: bool = False,
) -> dict[str, Any]:
    """Build the event that a front end passes to an AWS Lambda function.

    The events follow AWS' documentation: "Working with AWS Lambda proxy integrations
    for HTTP APIs", "Invoking Lambda function URLs", and "Lambda functions as targets".
    Header names are in lower case.

    Args:
        request: Headers and body, as `bandwidth_events.testing.callback_request`
            returns them.
        front_end: The front end that calls the function.
        path: The path of the URL.
        is_binary: Whether the front end treats the body as binary data and encodes it in
            base64. A body that is not UTF-8 is always encoded in base64.

    Returns:
        The first argument of the function.

    Raises:
        ValueError: `front_end` is unknown.
    """
    if front_end not in LAMBDA_FRONT_ENDS:
        raise ValueError(f"front_end: expected one of {', '.join(LAMBDA_FRONT_ENDS)}")
    sent, body = request
    headers = {name.lower(): value for name, value in sent.items()}
    headers |= {"content-length": str(len(body)), "x-forwarded-proto": "https"}
    several = {name: [value] for name, value in headers.items()}
    text, is_base64 = _text(body, is_binary=is_binary)
    event: dict[str, Any]
    match front_end:
        case "http-api-2.0" | "function-url":
            route = "$default" if front_end == "function-url" else f"POST {path}"
            event = {
                "version": "2.0",
                "routeKey": route,
                "rawPath": path,
                "rawQueryString": "",
                "headers": headers,
                "requestContext": {
                    "http": {"method": "POST", "path": path, "protocol": "HTTP/1.1"},
                    "routeKey": route,
                    "stage": "$default",
                },
                "isBase64Encoded": is_base64,
            }
            # These front ends omit an empty body.
            return event | ({"body": text} if body else {})
        case "http-api-1.0":
            event = {
                "version": "1.0",
                "resource": path,
                "headers": headers,
                "multiValueHeaders": several,
                "queryStringParameters": None,
                "multiValueQueryStringParameters": None,
                "pathParameters": None,
                "stageVariables": None,
                "requestContext": {"httpMethod": "POST", "path": path, "protocol": "HTTP/1.1"},
            }
            text = text or None
        case "alb":
            event = {"headers": headers, "queryStringParameters": {}}
        case _:
            event = {"multiValueHeaders": several, "multiValueQueryStringParameters": {}}
    if front_end != "http-api-1.0":
        group = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/texts/0"
        event["requestContext"] = {"elb": {"targetGroupArn": group}}
    return event | {
        "httpMethod": "POST",
        "path": path,
        "body": text,
        "isBase64Encoded": is_base64,
    }


def _text(body: bytes, *, is_binary: bool) -> tuple[str | None, bool]:
    if not is_binary:
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass
    return b64encode(body).decode(), True
