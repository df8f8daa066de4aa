"""Litestar: ``uvicorn litestar_app:app --host 127.0.0.1 --port 8000``."""

import os
from typing import Any

from litestar import Litestar, Request, Response, post

import bandwidth_events as bandwidth

CREDENTIALS = bandwidth.BasicCredentials(
    os.environ["BANDWIDTH_EVENTS_USERNAME"],
    os.environ["BANDWIDTH_EVENTS_PASSWORD"],
)


@post("/callbacks", status_code=204)
async def callback(request: Request[Any, Any, Any]) -> Response[None]:
    response = Response(None, status_code=204)
    authorization = request.headers.get("Authorization")
    try:
        bandwidth.verify_basic_auth(authorization, CREDENTIALS)
        events = bandwidth.parse_callback(await request.body())
    except bandwidth.CallbackError as error:
        response = Response(
            None,
            status_code=error.status_code,
            headers=error.headers,
        )
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


app = Litestar([callback])
