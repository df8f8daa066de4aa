"""AWS Lambda, behind an HTTP API or an ALB:
``python -m awslambdaric aws_lambda.callback``."""

import os
from base64 import b64decode
from typing import Any

import bandwidth_events as bandwidth

CREDENTIALS = bandwidth.BasicCredentials(
    os.environ["BANDWIDTH_EVENTS_USERNAME"],
    os.environ["BANDWIDTH_EVENTS_PASSWORD"],
)


def callback(request: dict[str, Any], _context: object) -> dict[str, Any]:
    several: dict[str, list[str]] = request.get("multiValueHeaders") or {}
    sent: dict[str, str] = request.get("headers") or {}
    sent = {name: values[0] for name, values in several.items()} | sent
    headers = {name.lower(): value for name, value in sent.items()}
    body = request.get("body") or ""
    response: dict[str, Any] = {"statusCode": 204}
    try:
        bandwidth.verify_basic_auth(headers.get("authorization"), CREDENTIALS)
        events = bandwidth.parse_callback(
            b64decode(body) if request.get("isBase64Encoded") else body
        )
    except bandwidth.CallbackError as error:
        sent = dict(error.headers)
        response = {"statusCode": error.status_code, "headers": sent}
        if "headers" not in request:  # an ALB that reads no others
            several = {name: [value] for name, value in sent.items()}
            response["multiValueHeaders"] = several
        events = error.events
    for event in events:
        match event:
            case bandwidth.InboundMessageEvent():
                print(event.counterparty, "wrote to", event.our_number)
            case bandwidth.MessageFailedEvent():
                print(event.to, "was not reached, code", event.error_code)
            case _:
                print("Nothing to do for", event.raw_type)
    return response
