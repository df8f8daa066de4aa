"""Falcon: ``gunicorn falcon_app:app --threads 8 --bind 127.0.0.1:8000``."""

import os

import falcon

import bandwidth_events as bandwidth

CREDENTIALS = bandwidth.BasicCredentials(
    os.environ["BANDWIDTH_EVENTS_USERNAME"],
    os.environ["BANDWIDTH_EVENTS_PASSWORD"],
)


class Callback:
    def on_post(
        self,
        request: falcon.Request,
        response: falcon.Response,
    ) -> None:
        response.status = 204
        authorization = request.get_header("Authorization")
        try:
            bandwidth.verify_basic_auth(authorization, CREDENTIALS)
            # The bounded stream reads nothing from a chunked body.
            terminated = request.env.get("wsgi.input_terminated")
            stream = request.stream if terminated else request.bounded_stream
            events = bandwidth.parse_callback(stream.read(2**21))
        except bandwidth.CallbackError as error:
            response.status = error.status_code
            response.set_headers(error.headers)
            events = error.events
        for event in events:
            match event:
                case bandwidth.InboundMessageEvent():
                    print(event.counterparty, "wrote to", event.our_number)
                case bandwidth.MessageFailedEvent():
                    print(event.to, "was not reached, code", event.error_code)
                case _:
                    print("Nothing to do for", event.raw_type)


app = falcon.App()
app.add_route("/callbacks", Callback())
