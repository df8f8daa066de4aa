"""Bottle: ``waitress-serve --host=127.0.0.1 --port=8000 bottle_app:app``."""

import os

from bottle import Bottle, HTTPResponse, request

import bandwidth_events as bandwidth

CREDENTIALS = bandwidth.BasicCredentials(
    os.environ["BANDWIDTH_EVENTS_USERNAME"],
    os.environ["BANDWIDTH_EVENTS_PASSWORD"],
)


def callback() -> HTTPResponse:
    response = HTTPResponse(status=204)
    # `get_header` raises if the header is not UTF-8.
    authorization = request.environ.get("HTTP_AUTHORIZATION")
    try:
        bandwidth.verify_basic_auth(authorization, CREDENTIALS)
        events = bandwidth.parse_callback(request.body.read())
    except bandwidth.CallbackError as error:
        response = HTTPResponse(
            status=error.status_code,
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


app = Bottle()
app.route("/callbacks", "POST", callback)
