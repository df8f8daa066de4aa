"""AWS Lambda behind an API Gateway: ``python -m awslambdaric aws_lambda.callback``."""

import os
from base64 import b64decode
from typing import Any

import bandwidth_events as bandwidth

CREDENTIALS = bandwidth.BasicCredentials(
    os.environ["BANDWIDTH_EVENTS_USERNAME"], os.environ["BANDWIDTH_EVENTS_PASSWORD"]
)


def callback(request: dict[str, Any], _context: object) -> dict[str, Any]:
    sent: dict[str, str] = request["headers"] or {}
    headers = {name.lower(): value for name, value in sent.items()}
    body = request.get("body") or ""
    response: dict[str, Any] = {"statusCode": 204}
    try:
        bandwidth.verify_basic_auth(headers.get("authorization"), CREDENTIALS)
        events = bandwidth.parse_callback(b64decode(body) if request["isBase64Encoded"] else body)
    except bandwidth.CallbackError as error:
        response = {"statusCode": error.status_code, "headers": dict(error.headers)}
        events = error.events
    for event in events:
        match event:
            case bandwidth.InboundMessageEvent():
                print(event.counterparty, "wrote to", event.our_number)
            case bandwidth.MessageFailedEvent():
                print(event.to, "was not reached, code", event.error_code)
            case _:
                print(type(event).__name__, "is taken note of")
    return response
