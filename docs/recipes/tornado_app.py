"""Tornado: ``env PORT=8000 python tornado_app.py``."""

import asyncio
import os

from tornado.web import Application, RequestHandler

import bandwidth_events as bandwidth

CREDENTIALS = bandwidth.BasicCredentials(
    os.environ["BANDWIDTH_EVENTS_USERNAME"],
    os.environ["BANDWIDTH_EVENTS_PASSWORD"],
)


class Callback(RequestHandler):
    def post(self) -> None:
        authorization = self.request.headers.get("Authorization")
        try:
            bandwidth.verify_basic_auth(authorization, CREDENTIALS)
            events = bandwidth.parse_callback(self.request.body)
        except bandwidth.CallbackError as error:
            self.set_status(error.status_code)
            for header in error.headers.items():
                self.set_header(*header)
            events = error.events
        for event in events:
            match event:
                case bandwidth.InboundMessageEvent():
                    print(event.counterparty, "wrote to", event.our_number)
                case bandwidth.MessageFailedEvent():
                    print(event.to, "was not reached, code", event.error_code)
                case _:
                    print("Nothing to do for", event.raw_type)


async def main() -> None:
    app = Application([("/callbacks", Callback)])
    app.listen(int(os.environ["PORT"]), "127.0.0.1")
    await asyncio.Event().wait()


asyncio.run(main())
