"""Quart: ``hypercorn quart_app:app --bind 127.0.0.1:8000``."""

import os

from quart import Quart, Response, request

import bandwidth_events as bandwidth

CREDENTIALS = bandwidth.BasicCredentials(
    os.environ["BANDWIDTH_EVENTS_USERNAME"],
    os.environ["BANDWIDTH_EVENTS_PASSWORD"],
)
app = Quart(__name__)


@app.post("/callbacks")
async def callback() -> Response:
    response = Response(status=204)
    # First of all: Hypercorn closes the connection if nobody reads the body.
    body = await request.get_data()
    authorization = request.headers.get("Authorization")
    try:
        bandwidth.verify_basic_auth(authorization, CREDENTIALS)
        events = bandwidth.parse_callback(body)
    except bandwidth.CallbackError as error:
        response = Response(
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
