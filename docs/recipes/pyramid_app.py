"""Pyramid: ``waitress-serve --host=127.0.0.1 --port=8000 pyramid_app:app``."""

import os

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

import bandwidth_events as bandwidth

CREDENTIALS = bandwidth.BasicCredentials(
    os.environ["BANDWIDTH_EVENTS_USERNAME"],
    os.environ["BANDWIDTH_EVENTS_PASSWORD"],
)


def callback(request: Request) -> Response:
    response = Response(status=204)
    authorization = request.headers.get("Authorization")
    try:
        bandwidth.verify_basic_auth(authorization, CREDENTIALS)
        events = bandwidth.parse_callback(request.body)
    except bandwidth.CallbackError as error:
        response = Response(status=error.status_code)
        response.headers.extend(error.headers)
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


with Configurator() as configurator:
    configurator.add_route("callback", "/callbacks", request_method="POST")
    configurator.add_view(callback, route_name="callback")
app = configurator.make_wsgi_app()
