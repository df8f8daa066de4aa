"""Sanic: ``sanic sanic_app:app --host 127.0.0.1 --port 8000
--single-process``."""

import os

from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse

import bandwidth_events as bandwidth

CREDENTIALS = bandwidth.BasicCredentials(
    os.environ["BANDWIDTH_EVENTS_USERNAME"],
    os.environ["BANDWIDTH_EVENTS_PASSWORD"],
)
app = Sanic("callbacks")


@app.post("/callbacks")
async def callback(request: Request) -> HTTPResponse:
    response = HTTPResponse(status=204)
    authorization = request.headers.get("Authorization")
    try:
        bandwidth.verify_basic_auth(authorization, CREDENTIALS)
        events = bandwidth.parse_callback(request.body)
    except bandwidth.CallbackError as error:
        response = HTTPResponse(
            status=error.status_code,
            headers=dict(error.headers),
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
